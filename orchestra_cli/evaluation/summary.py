"""What the rows of a run say: figures with 95% confidence intervals. Data alone; `report` shows it.

Intervals are percentile bootstrap over tasks, and all cells share one set of resamples, so that
the difference of two cells is a paired one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95% confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArenaScores:
    """Router columns in the manner of RouterArena."""

    arena_score: Interval | None
    cost_per_1k_usd: Interval | None
    optimal_selection: Interval | None
    """How often the cheapest expert that is right was the one that answered."""
    optimal_cost: Interval | None
    """The oracle's dollars over the policy's, where both are right."""
    optimal_accuracy: Interval | None
    """Right answers over those of the oracle."""


@dataclass(frozen=True, slots=True)
class CellSummary:
    """One policy under one profile and variant."""

    policy: str
    profile: str
    variant: str
    num_tasks: int
    num_failed: int
    num_unjudged: int
    accuracy: Interval | None
    cost_usd: Interval | None
    """Mean dollars a task; None where any price is unknown."""
    cost_share: Interval | None
    """Of the strongest single expert's dollars on the same tasks."""
    latency_s: Interval | None
    own_latency_s: Interval
    own_cost_usd: float | None
    turns: Interval
    calls: Mapping[str, float]
    """Mean calls a task, by expert or tool."""
    legal_rate: Interval | None
    adherence: Interval | None
    """Mean over tasks, against the strongest single expert as the baseline run."""
    regret_usd: Interval | None
    """Mean utility that the oracle has more, in dollars a task, under this profile."""
    arena: ArenaScores | None
    right_tools: Interval | None = None
    """How often the tools were those that the task names; None where no task names any."""
    legal_runs: Interval | None = None
    """How often every reply of a run was a legal call or an answer."""
    latency_median_s: float | None = None
    latency_p95_s: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A policy at several shares of the strongest expert's cost: (mean dollars, accuracy)."""

    policy: str
    profile: str
    variant: str
    points: tuple[tuple[float, float], ...]
    """By dollars, the cheapest first."""
    area: Interval | None
    """Mean accuracy over the dollars that all curves of the run span."""


@dataclass(frozen=True, slots=True)
class PairScores:
    """RouteLLM's measures of a router between a weak and a strong expert."""

    policy: str
    weak: str
    strong: str
    apgr: Interval
    """Average performance gap recovered; 0.5 is a coin's."""
    cpt50: Interval | None
    """Share of calls to the strong expert that recovers half of the gap; None where none does."""
    cpt80: Interval | None


@dataclass(frozen=True, slots=True)
class ExpertFacts:
    """What was known of an expert, for the reader to check."""

    name: str
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    price_source: str
    train_accuracy: float | None
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a report shows."""

    suite: str
    split: str
    num_tasks: int
    cells: tuple[CellSummary, ...]
    curves: tuple[Curve, ...] = ()
    pairs: tuple[PairScores, ...] = ()
    experts: tuple[ExpertFacts, ...] = ()
    judge_agreement: Mapping[str, Interval] = field(default_factory=dict)
    """By judge: how often it agrees with the record where both apply."""
    domains: Mapping[str, tuple[CellSummary, ...]] = field(default_factory=dict)
    """The cells once more, over the tasks of each domain alone; empty for recorded suites."""
    notes: tuple[str, ...] = ()
    """What the records lack, and what was estimated."""
    command: str = ""
    """The command line that makes it again."""
