"""How a run's state becomes the messages a model reads."""
