"""The catalogue of model files and how they reach the cache."""
