"""The metrics of a group of rollouts, made comparable as the paper does (section 4).

    M      = [calls of each tool …, right or wrong, -cost_usd, -latency_s]      a row per rollout
    M_norm = (M - min) / (max - min)    by column over the group; 0 where max = min
    R      = M_norm · P                 where the answer is right, else 0

Cost and latency stand negated in M, so that 1 is best in every column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Metrics = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """What a run is scored by."""

    is_right: bool
    cost_usd: float
    latency_s: float
    calls: Mapping[str, int] = field(default_factory=dict)
    """By expert or tool."""


def normalise(group: Sequence[Sequence[float]]) -> tuple[Metrics, ...]:
    """M_norm. ValueError for rows of unequal length and for what is no finite number."""
    columns = [_min_max(column) for column in zip(*group, strict=True)]
    return tuple(zip(*columns, strict=True)) if columns else tuple(() for _ in group)


def _min_max(column: Sequence[float]) -> list[float]:
    low, high = min(column), max(column)
    spread = high - low
    if not math.isfinite(spread) or not all(map(math.isfinite, column)):
        raise ValueError(f"metrics must be finite and less than 1e308 apart, got {list(column)}")
    return [(value - low) / spread if spread else 0.0 for value in column]
