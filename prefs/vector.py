"""The preference vector of the paper (section 4): what matters to this user, and how much.

Weights in [0, 1] over accuracy, cost, latency and every tool or expert by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class PreferenceVector:
    """Immutable weights; ValueError names the one outside [0, 1]."""

    accuracy: float = 1.0
    cost: float = 0.3
    latency: float = 0.1
    tools: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        weights = [("accuracy", self.accuracy), ("cost", self.cost), ("latency", self.latency)]
        for name, weight in (*weights, *self.tools.items()):
            if not 0 <= weight <= 1:  # also true of NaN
                raise ValueError(f"{name} must lie between 0 and 1, got {weight}")
        object.__setattr__(self, "tools", MappingProxyType(dict(self.tools)))

    def to_json(self) -> dict[str, Any]:
        """As the trajectory's `preference` holds it."""
        return {
            "accuracy": self.accuracy,
            "cost": self.cost,
            "latency": self.latency,
            "tools": dict(self.tools),
        }
