"""Recorded outcomes as arrays, (rows, experts): who was right, and what each call cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.records import Outcome, Record
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Task

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats


@dataclass(frozen=True)
class Outcomes:
    """NaN where an expert was not asked."""

    rows: Sequence[Record]
    right: Floats
    cost_usd: Floats

    @classmethod
    def of(
        cls,
        rows: Sequence[Record],
        names: Sequence[str],
        cost_usd: Callable[[EvalTask, str, Outcome], float],
    ) -> Outcomes:
        """The columns in the order of `names`."""
        import numpy as np

        nothing = float("nan")
        costs = [
            [
                cost_usd(row.task, name, row.outcomes[name]) if name in row.outcomes else nothing
                for name in names
            ]
            for row in rows
        ]
        shape = (len(rows), len(names))
        return cls(rows, rights(rows, names), np.array(costs, dtype=float).reshape(shape))

    @property
    def tasks(self) -> list[Task]:
        """As a run is asked them."""
        return asked(self.rows)

    def whole(self) -> Outcomes:
        """Only the rows where every expert was asked."""
        import numpy as np

        places = np.flatnonzero(~np.isnan(self.right).any(axis=1)).tolist()
        return Outcomes([self.rows[at] for at in places], self.right[places], self.cost_usd[places])


def rights(rows: Sequence[Record], names: Sequence[str]) -> Floats:
    """(rows, experts)"""
    import numpy as np

    nothing = float("nan")
    values = [
        [row.outcomes[name].right if name in row.outcomes else nothing for name in names]
        for row in rows
    ]
    return np.array(values, dtype=float).reshape(len(rows), len(names))


def asked(rows: Sequence[Record]) -> list[Task]:
    """The rows' questions as a run is asked them."""
    return [row.task.as_task() for row in rows]
