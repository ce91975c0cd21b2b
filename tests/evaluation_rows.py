"""Rows made by hand, for the tests of the figures."""

from __future__ import annotations

from collections.abc import Sequence

from orchestra_cli.evaluation.rows import Cell, Row


def rows_of(
    policy: str,
    rights: Sequence[float | None],
    costs: Sequence[float | None] | float = 0.01,
    *,
    profile: str = "default",
    variant: str = "seen",
    calls: Sequence[dict[str, int]] | None = None,
    latency_s: float | None = 1.0,
) -> list[Row]:
    """A row a task: t000, t001 …"""
    return [
        Row(
            task=f"t{index:03}",
            cell=Cell(policy, profile, variant),
            right=right,
            judge="record",
            stop_reason="answered",
            turns=1,
            legal_calls=1,
            calls=calls[index] if calls else {policy: 1},
            cost_usd=costs[index] if isinstance(costs, Sequence) else costs,
            latency_s=latency_s,
        )
        for index, right in enumerate(rights)
    ]
