"""A summary as a real evaluation gives it: many policies, three profiles, two variants, curves.

The figures are made up by formula, so that tests know what must stand where.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestra_cli.evaluation.summary import (
    ArenaScores,
    CellSummary,
    Curve,
    ExpertFacts,
    Interval,
    PairScores,
    Summary,
)

PROFILES = ("default", "thrifty", "quick")
VARIANTS = ("seen", "unseen-experts")
EXPERTS = {
    "atlas-xl": (0.735, 0.0061),
    "atlas-mini": (0.612, 0.00042),
    "birch-70b": (0.655, 0.0011),
    "birch-8b": (0.441, 0.0003),
    "cobalt-pro": (0.708, 0.0044),
    "cobalt-flash": (0.634, 0.00019),
    "delta-coder": (0.668, 0.0006),
    "echo-72b": (0.649, 0.00105),
}
"""Accuracy and dollars a task."""
SINGLE = {f"expert:{name}": figures for name, figures in EXPERTS.items()}
ROUTERS = {
    "orchestrator": (0.762, 0.0021),
    "rule": (0.731, 0.0016),
    "cheapest": (0.634, 0.00019),
    "strongest": (0.735, 0.0061),
    "random": (0.636, 0.0017),
    "tfidf@20%": (0.712, 0.0012),
    "tfidf@40%": (0.732, 0.0024),
    "tfidf@60%": (0.738, 0.0037),
    "domain-average@20%": (0.738, 0.0013),
    "domain-average@40%": (0.755, 0.00245),
    "domain-average@60%": (0.757, 0.0036),
    "knn@40%": (0.724, 0.0023),
    "agree": (0.751, 0.0027),
    "vote": (0.752, 0.0107),
    "oracle": (0.908, 0.0007),
}
_INSENSITIVE = ("cheapest", "strongest", "random", "vote", "oracle")
_SHIFT = {"default": (0.0, 1.0), "thrifty": (-0.021, 0.55), "quick": (-0.012, 0.8)}


def interval(value: float, half: float) -> Interval:
    """Around a value."""
    return Interval(value, value - half, value + half)


def cell_summary(
    policy: str = "orchestrator",
    profile: str = "default",
    variant: str = "seen",
    *,
    accuracy: float = 0.7,
    cost_usd: float | None = 0.002,
    calls: Mapping[str, float] | None = None,
) -> CellSummary:
    """One cell; what is not given follows from what is."""
    cost = None if cost_usd is None else interval(cost_usd, cost_usd / 20)
    share = None if cost_usd is None else interval(cost_usd / 0.0061, cost_usd / 0.122)
    latency = 1.2 + 600 * (cost_usd or 0.0)
    return CellSummary(
        policy=policy,
        profile=profile,
        variant=variant,
        num_tasks=2000,
        num_failed=0,
        num_unjudged=0,
        accuracy=interval(accuracy, 0.019),
        cost_usd=cost,
        cost_share=share,
        latency_s=interval(latency, 0.2),
        own_latency_s=interval(0.00031, 0.00002),
        own_cost_usd=0.0,
        turns=interval(1.4, 0.03),
        calls={"atlas-xl": 0.3, "delta-coder": 0.7} if calls is None else calls,
        legal_rate=interval(1.0, 0.0),
        adherence=interval(2 * accuracy + 0.4, 0.03),
        regret_usd=interval(0.908 - accuracy, 0.01),
        arena=ArenaScores(
            interval(accuracy - 0.03, 0.01),
            interval(1000 * (cost_usd or 0.0), 0.0),
            interval(0.41, 0.02),
            interval(0.33, 0.02),
            interval(accuracy / 0.908, 0.02),
        ),
    )


def make_summary() -> Summary:
    """The whole of it."""
    cells = [
        _cell(policy, profile, variant)
        for profile in PROFILES
        for variant in VARIANTS
        for policy in (*SINGLE, *ROUTERS)
    ]
    curves = [
        _curve(family, profile, variant)
        for family in ("tfidf", "domain-average")
        for profile in PROFILES
        for variant in VARIANTS
    ]
    return Summary(
        suite="made-up-questions",
        split="test",
        num_tasks=2000,
        cells=tuple(cells),
        curves=tuple(curves),
        pairs=(
            PairScores(
                "threshold",
                "birch-8b",
                "atlas-xl",
                interval(0.571, 0.021),
                interval(0.372, 0.03),
                interval(0.712, 0.04),
            ),
            PairScores("random", "birch-8b", "atlas-xl", interval(0.5, 0.02), None, None),
        ),
        experts=tuple(
            ExpertFacts(name, 500 * cost, 1500 * cost, "a list of 2024-08-11", accuracy - 0.01)
            for name, (accuracy, cost) in EXPERTS.items()
        ),
        judge_agreement={"choice": interval(0.993, 0.004), "model": interval(0.942, 0.012)},
        notes=("no tokens were recorded: they are a quarter of the characters",),
        command="orchestra eval made-up --policy all --profile default --profile thrifty",
    )


def _cell(policy: str, profile: str, variant: str) -> CellSummary:
    accuracy, cost = {**SINGLE, **ROUTERS}[policy]
    if policy not in SINGLE and policy not in _INSENSITIVE:
        shift, factor = _SHIFT[profile]
        accuracy, cost = accuracy + shift, cost * factor
    if variant != "seen":
        accuracy -= 0.017
    return cell_summary(
        policy, profile, variant, accuracy=accuracy, cost_usd=cost, calls=_calls(policy, cost)
    )


def _calls(policy: str, cost: float) -> dict[str, float]:
    if policy in SINGLE:
        return {policy.removeprefix("expert:"): 1.0}
    if policy == "strongest":
        return {"atlas-xl": 1.0}
    if policy == "cheapest":
        return {"cobalt-flash": 1.0}
    if policy == "random":
        return dict.fromkeys(EXPERTS, 0.125)
    share = min(1.0, cost / 0.0061)
    return {"atlas-xl": share, "delta-coder": 0.8 * (1 - share), "birch-70b": 0.2 + share / 5}


def _curve(family: str, profile: str, variant: str) -> Curve:
    members = [name for name in ROUTERS if name.startswith(f"{family}@")]
    cells = [_cell(name, profile, variant) for name in members]
    points = [
        (cell.cost_usd.value, cell.accuracy.value)
        for cell in cells
        if cell.cost_usd is not None and cell.accuracy is not None
    ]
    return Curve(family, profile, variant, tuple(sorted(points)), interval(0.721, 0.012))
