"""The rule policy: conducts for models that have not learned to."""
