"""The application: CLI, loop, engines and views. Importing it does nothing."""
