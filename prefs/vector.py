"""The preference vector of the paper (section 4): what matters to this user, and how much.

Weights in [0, 1] over accuracy, cost, latency and tools. A tool's weight is kept under its name, or
under a glob that fits it; so is that of a slot's function and of an expert. What no key fits has no
weight: None to those who steer, 0 in the paper's array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

ANY = "*"
"""The glob for what no other key fits."""


@dataclass(frozen=True)
class PreferenceVector:
    """Immutable weights; ValueError names the one outside [0, 1]."""

    accuracy: float = 1.0
    cost: float = 0.3
    latency: float = 0.1
    tools: Mapping[str, float] = field(default_factory=dict)
    """By the name of a tool, a function or an expert, or a glob of names."""

    def __post_init__(self) -> None:
        weights = [("accuracy", self.accuracy), ("cost", self.cost), ("latency", self.latency)]
        for name, weight in (*weights, *self.tools.items()):
            if not 0 <= weight <= 1:  # also true of NaN
                raise ValueError(f"{name} must lie between 0 and 1, got {weight}")
        object.__setattr__(self, "tools", MappingProxyType(dict(self.tools)))

    def __reduce__(self) -> tuple[Any, ...]:
        """For worker processes: a mapping proxy does not travel."""
        return type(self), (self.accuracy, self.cost, self.latency, dict(self.tools))

    def tool_weight(self, *names: str) -> float | None:
        """The weight of what goes by these names; None where no key fits.

        The last name is the most special (function first, then expert): a key that fits it wins
        over all that fit an earlier one. Of one name's keys its own wins, then the longest glob;
        `*` is for what nothing else names.
        """
        for name in reversed(names):
            if name in self.tools:
                return self.tools[name]
            globs = [key for key in self.tools if key != ANY and fnmatchcase(name, key)]
            if globs:
                return self.tools[max(globs, key=lambda glob: (len(glob), glob))]
        return self.tools.get(ANY)

    def as_array(self, tool_names: Sequence[str] = ()) -> tuple[float, ...]:
        """P, in the paper's order: a weight for each tool, then accuracy, cost and latency."""
        tools = (self.tool_weight(name) or 0.0 for name in tool_names)
        return (*tools, self.accuracy, self.cost, self.latency)

    def dot(self, metrics: Sequence[float], tool_names: Sequence[str] = ()) -> float:
        """M · P for a rollout's metrics, which stand in the order of `as_array`."""
        weights = self.as_array(tool_names)
        return sum(value * weight for value, weight in zip(metrics, weights, strict=True))

    def to_json(self) -> dict[str, Any]:
        """As the trajectory's `preference` holds it."""
        return {
            "accuracy": self.accuracy,
            "cost": self.cost,
            "latency": self.latency,
            "tools": dict(self.tools),
        }
