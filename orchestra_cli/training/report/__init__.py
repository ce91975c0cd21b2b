"""The report of a training run: curves, configuration and checkpoints in one HTML file."""
