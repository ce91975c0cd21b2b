"""Two runs beside each other: what changed beyond noise.

Cells of one name are compared on the tasks that both runs have, task by task, with a paired
bootstrap (`bootstrap`). A difference is beyond noise where its 95% interval leaves out 0 and at
least six tasks differ: of five that differ by chance, all go the same way in 2 of 32 cases, so that
fewer than six can show nothing at this level, whatever a bootstrap of them says.

Of many differences some are beyond noise by chance: one in twenty of those that nothing caused.
`Comparison.expected_by_chance` says how many that would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.figures.bootstrap import Resamples, interval, ratio
from orchestra_cli.evaluation.figures.cell_rows import CellRows, cells_of
from orchestra_cli.evaluation.figures.regret import row_utility_usd
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.summary import Interval
from prefs.profile import Profile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from orchestra_cli.evaluation.figures.bootstrap import Floats

_MIN_DIFFERING = 6
_ROUNDING = 1e-12
"""Differences below are those of the arithmetic."""
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one cell in two runs."""

    policy: str
    profile: str
    variant: str
    metric: str
    before: float
    after: float
    difference: Interval
    """After less before."""
    is_beyond_noise: bool
    gained: int
    """Tasks of which the figure is higher after: for accuracy, those that are right now."""
    lost: int
    """Tasks of which it is lower."""
    num_tasks: int
    """Tasks of which both runs know the figure."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of them."""

    differences: tuple[Difference, ...]
    only_a: tuple[Cell, ...]
    """Cells that the second run lacks."""
    only_b: tuple[Cell, ...]
    num_tasks: int
    """Tasks that both runs have."""

    @property
    def num_beyond_noise(self) -> int:
        """How many differences are."""
        return sum(each.is_beyond_noise for each in self.differences)

    @property
    def expected_by_chance(self) -> float:
        """How many would be if nothing had changed but chance; equal figures cannot be."""
        return _LEVEL * sum(each.gained + each.lost > 0 for each in self.differences)


def compare(
    rows_a: Iterable[Row],
    rows_b: Iterable[Row],
    *,
    profiles: Mapping[str, Profile] | None = None,
    seed: int = 0,
) -> Comparison:
    """From A to B. With the profiles, the worth of the runs to the user is compared as well.

    Where each run has one cell only, those two are compared, whatever their names.
    """
    cells_a, cells_b = cells_of(rows_a), cells_of(rows_b)
    tasks_a, tasks_b = (_tasks(cells) for cells in (cells_a, cells_b))
    tasks = sorted(tasks_a & tasks_b)
    resamples = Resamples(len(tasks), seed=seed)
    pairs = [(cells_a[cell], cells_b[cell]) for cell in cells_a if cell in cells_b]
    if not pairs and len(cells_a) == len(cells_b) == 1:
        pairs = [(next(iter(cells_a.values())), next(iter(cells_b.values())))]
    seen_a, seen_b = {a.cell for a, _ in pairs}, {b.cell for _, b in pairs}
    differences = [
        difference
        for a, b in pairs
        for difference in _differences(
            replace(a, tasks=tasks), replace(b, tasks=tasks), profiles or {}, resamples
        )
    ]
    return Comparison(
        differences=tuple(differences),
        only_a=tuple(cell for cell in cells_a if cell not in seen_a),
        only_b=tuple(cell for cell in cells_b if cell not in seen_b),
        num_tasks=len(tasks),
    )


def _tasks(cells: Mapping[Cell, CellRows]) -> set[str]:
    return {task for cell in cells.values() for task in cell.rows}


@dataclass(frozen=True, slots=True)
class _Column:
    """One side of a figure, over the tasks of both runs."""

    values: Floats
    counts: Floats
    """What the sum of the values is divided by: 1 a task, or its calls."""
    known: NDArray[np.bool_]


def _differences(
    a: CellRows, b: CellRows, profiles: Mapping[str, Profile], resamples: Resamples
) -> Iterator[Difference]:
    of_b = dict(_columns(b, a, profiles.get(b.cell.profile)))
    for metric, before in _columns(a, b, profiles.get(a.cell.profile)):
        if metric in of_b:
            found = _difference(a.cell, b.cell, metric, (before, of_b[metric]), resamples)
            if found is not None:
                yield found


def _columns(
    cell: CellRows, other: CellRows, profile: Profile | None
) -> Iterator[tuple[str, _Column]]:
    yield "accuracy", _of_rows(cell, lambda row: row.right)
    yield "cost_usd", _of_rows(cell, lambda row: row.cost_usd)
    yield "latency_s", _of_rows(cell, lambda row: row.latency_s)
    yield "turns", _of_rows(cell, lambda row: row.turns)
    legal = cell.always(lambda row: row.legal_calls)
    calls = legal + cell.always(lambda row: row.illegal_calls)
    yield "legal_rate", _Column(legal, calls, cell.has > 0)
    if profile is not None:
        yield "utility_usd", _of_rows(cell, lambda row: _utility_usd(row, other, profile))


def _utility_usd(row: Row, other: CellRows, profile: Profile) -> float | None:
    """Seconds count where both runs know them."""
    beside = other.rows.get(row.task)
    with_seconds = beside is not None and None not in (row.latency_s, beside.latency_s)
    return row_utility_usd(row, profile, with_seconds=with_seconds)


def _of_rows(cell: CellRows, value: Callable[[Row], float | None]) -> _Column:
    known = cell.always(lambda row: float(value(row) is not None))
    return _Column(cell.always(lambda row: value(row) or 0.0), known, known > 0)


def _difference(
    a: Cell, b: Cell, metric: str, sides: tuple[_Column, _Column], resamples: Resamples
) -> Difference | None:
    import numpy as np

    both = sides[0].known & sides[1].known
    sums = resamples.sums(
        {
            f"{what} {side}": column * both
            for side, each in zip("ab", sides, strict=True)
            for what, column in (("values", each.values), ("counts", each.counts))
        }
    )
    before = ratio(sums["values a"], sums["counts a"])
    after = ratio(sums["values b"], sums["counts b"])
    changes = after - before
    found = interval(np.where(np.abs(changes) < _ROUNDING, 0.0, changes))
    if found is None:
        return None
    rates = [ratio(each.values, each.counts) for each in sides]
    by_task = np.nan_to_num((rates[1] - rates[0])[both])
    gained, lost = int((by_task > _ROUNDING).sum()), int((by_task < -_ROUNDING).sum())
    return Difference(
        policy=_both_names(a.policy, b.policy),
        profile=_both_names(a.profile, b.profile),
        variant=_both_names(a.variant, b.variant),
        metric=metric,
        before=float(before[0]),
        after=float(after[0]),
        difference=found,
        is_beyond_noise=gained + lost >= _MIN_DIFFERING and (found.low > 0 or found.high < 0),
        gained=gained,
        lost=lost,
        num_tasks=int(both.sum()),
    )


def _both_names(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"
