"""Where rollouts come from: an engine in this process, an endpoint, or actors of a Ray cluster."""
