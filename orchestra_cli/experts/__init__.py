"""The user's experts: found on this machine, built from config.toml, tested and described."""
