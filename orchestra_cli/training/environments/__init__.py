"""What a policy is trained in: tasks of one kind each, with all that varies drawn from a seed."""
