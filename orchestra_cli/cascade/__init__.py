"""Whom to ask, when to check with another, when to stop: what experts' cards alone say of it."""
