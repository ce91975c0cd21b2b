"""Running the jobs of an evaluation: here, in processes, or on a Ray cluster."""
