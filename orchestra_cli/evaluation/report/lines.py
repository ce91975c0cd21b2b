"""A line of a report's table: one policy under one profile, with its variants beside each other.

The front holds the policies that nobody beats in accuracy at their cost or below. The oracle is
never on it: it knows the right answers, so nobody can use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestra_cli.evaluation.figures.curves import pareto
from orchestra_cli.evaluation.summary import CellSummary, Summary

SEEN = "seen"
ORACLE = "oracle"

Point = tuple[float, float]
"""(dollars, accuracy)"""


@dataclass(frozen=True, slots=True)
class Line:
    """What a row of the table shows."""

    policy: str
    profile: str
    cells: Mapping[str, CellSummary]
    """By variant."""
    is_on_front: bool

    @property
    def seen(self) -> CellSummary | None:
        """With the experts and prices that policies were fitted to."""
        return self.cells.get(SEEN)


def lines_of(summary: Summary) -> tuple[Line, ...]:
    """Profile by profile, as they came; the most accurate first."""
    grouped: dict[tuple[str, str], dict[str, CellSummary]] = {}
    for cell in summary.cells:
        grouped.setdefault((cell.profile, cell.policy), {})[cell.variant] = cell
    order = profiles_of(summary)
    front = {
        profile: {point(cell) for cell in front_of(seen_cells(summary, profile))}
        for profile in order
    }
    lines = [
        Line(policy, profile, cells, _is_among(front[profile], cells.get(SEEN)))
        for (profile, policy), cells in grouped.items()
    ]
    return tuple(sorted(lines, key=lambda line: (order.index(line.profile), *_rank(line))))


def profiles_of(summary: Summary) -> list[str]:
    """In the order in which they came."""
    return list(dict.fromkeys(cell.profile for cell in summary.cells))


def seen_cells(summary: Summary, profile: str) -> list[CellSummary]:
    """Those of one profile, without the unseen variants."""
    return [cell for cell in summary.cells if cell.profile == profile and cell.variant == SEEN]


def front_of(cells: Sequence[CellSummary]) -> list[CellSummary]:
    """The Pareto-optimal ones in dollars and accuracy, the cheapest first."""
    points = [(each, point(each)) for each in cells if each.policy != ORACLE]
    known = [(each, where) for each, where in points if where is not None]
    return [known[index][0] for index in pareto([where for _, where in known])]


def point(cell: CellSummary) -> Point | None:
    """Where it stands; None where either is unknown."""
    if cell.cost_usd is None or cell.accuracy is None:
        return None
    return cell.cost_usd.value, cell.accuracy.value


def _is_among(front: set[Point | None], cell: CellSummary | None) -> bool:
    """As good as one of them: two policies may do the same."""
    return cell is not None and cell.policy != ORACLE and point(cell) in (front - {None})


def _rank(line: Line) -> tuple[float, float, str]:
    cell = line.seen
    accuracy = cell.accuracy.value if cell and cell.accuracy else float("-inf")
    cost = cell.cost_usd.value if cell and cell.cost_usd else float("inf")
    return -accuracy, cost, line.policy
