"""From rows to figures: intervals, curves, regret, RouteLLM's and RouterArena's measures."""
