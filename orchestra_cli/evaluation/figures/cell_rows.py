"""The rows of one cell as columns over the tasks of the whole run.

A task that the cell has no row of is 0 everywhere, `has` included; NaN never stands in a column. A
figure that any row lacks has no column at all: half a sum is not a sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.rows import Cell, Row

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

STRONGEST = "strongest"
"""The policy that always asks the strongest single expert: the baseline of shares and adherence."""
CHEAPEST = "cheapest"
"""The one that always asks the cheapest."""


@dataclass(frozen=True)
class CellRows:
    """What came of one cell."""

    cell: Cell
    rows: Mapping[str, Row]
    """By task."""
    tasks: Sequence[str]
    """Of the whole run, in the order of all columns."""

    def column(self, value: Callable[[Row], float | None]) -> Floats | None:
        """Over the tasks; None where any row has no value."""
        import numpy as np

        values = [value(self.rows[task]) if task in self.rows else 0.0 for task in self.tasks]
        if any(each is None for each in values):
            return None
        return np.array(values, dtype=float)

    def always(self, value: Callable[[Row], float]) -> Floats:
        """The same of what every row has."""
        column = self.column(value)
        assert column is not None
        return column

    @cached_property
    def has(self) -> Floats:
        """1 where there is a row."""
        return self.always(lambda row: 1.0)

    @cached_property
    def judged(self) -> Floats:
        """1 where the row was judged."""
        return self.always(lambda row: float(row.right is not None))

    @cached_property
    def right(self) -> Floats:
        """0 where it was not judged."""
        return self.always(lambda row: row.right or 0.0)

    @cached_property
    def cost_usd(self) -> Floats | None:
        """None where any bill is unknown."""
        return self.column(lambda row: row.cost_usd)

    @cached_property
    def latency_s(self) -> Floats | None:
        """None where any seconds are unknown."""
        return self.column(lambda row: row.latency_s)

    @cached_property
    def mean_calls(self) -> dict[str, float]:
        """Calls a task, by expert or tool."""
        calls: Counter[str] = Counter()
        for row in self.rows.values():
            calls.update(row.calls)
        return {name: number / len(self.rows) for name, number in sorted(calls.items())}


def cells_of(rows: Iterable[Row]) -> dict[Cell, CellRows]:
    """By cell, in the order of their first rows; of two rows of one task, the later counts."""
    found: dict[Cell, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row.cell, {})[row.task] = row
    tasks = sorted({task for by_task in found.values() for task in by_task})
    return {cell: CellRows(cell, by_task, tasks) for cell, by_task in found.items()}
