"""A summary for eyes and for other programs: terminal, JSON, CSV, Markdown, HTML."""
