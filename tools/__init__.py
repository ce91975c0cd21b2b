"""Everything the orchestrator can call: one family a file."""
