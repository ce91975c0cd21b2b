"""The policies that are compared, each one a `Policy` that the ordinary loop drives."""
