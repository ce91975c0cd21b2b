"""The catalogue of models, how their files reach the cache, and what a file is found to be."""
