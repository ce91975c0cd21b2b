"""Function-calling domains: a database, a policy in words, and tools that change the database."""
