"""Everything about what the user wants: preference vector, profile and hard rules."""
