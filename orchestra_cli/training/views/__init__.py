"""The view of a training run: what its metrics say, while it goes on or afterwards."""
