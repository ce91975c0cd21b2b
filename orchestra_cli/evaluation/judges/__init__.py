"""Judges: whether an answer is right. A rule wherever one can tell, a model only where none can."""
