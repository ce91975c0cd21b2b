"""The figures of one cell, as ratios of sums over tasks, bootstrapped as such.

    accuracy       right over judged rows; a failed row is a wrong one, an unjudged one is left out
    cost, latency  means over the rows, None where any row lacks it
    cost share     this cell's dollars over the `strongest` cell's, on the tasks of both
    legal rate     legal calls over all calls; legal runs are those without an illegal one
    right tools    over the rows whose task names them
    adherence      mean of the paper's score (`preference_test.adherence`), M0 = the `strongest` row
    regret         mean of what the best single expert is worth more (`regret`)

A recorded score counts as right for adherence above a half. Adherence leaves out tasks whose
baseline failed or was not judged; where any run of one profile and variant has unknown seconds, the
term of seconds is left out for all cells of that profile and variant, so that they still compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.figures.bootstrap import Resamples, interval, ratio
from orchestra_cli.evaluation.figures.cell_rows import CellRows
from orchestra_cli.evaluation.figures.regret import Known, Oracle
from orchestra_cli.evaluation.figures.router_arena import arena_columns
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import CellSummary, Interval
from orchestra_cli.preference_test.adherence import adherence
from prefs.metrics import RunMetrics
from prefs.profile import Profile

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CellFigures:
    """One cell with what its figures are measured against."""

    cell: CellRows
    baseline: CellRows | None
    """The `strongest` policy under the same profile and variant."""
    profile: Profile
    known: Mapping[str, Mapping[str, Known]]
    """By task and expert; empty for live runs."""
    oracle: Oracle | None
    with_seconds: bool
    """Whether adherence has its term of seconds."""
    resamples: Resamples

    def summary(self) -> CellSummary:
        """All of them."""
        cell, key = self.cell, self.cell.cell
        rows = list(cell.rows.values())
        own_usd = cell.column(lambda row: row.own_cost_usd)
        legal_calls = cell.always(lambda row: row.legal_calls)
        illegal_calls = cell.always(lambda row: row.illegal_calls)
        return CellSummary(
            policy=key.policy,
            profile=key.profile,
            variant=key.variant,
            num_tasks=len(rows),
            num_failed=sum(row.stop_reason == _FAILED for row in rows),
            num_unjudged=sum(row.right is None for row in rows),
            accuracy=self._ratio(cell.right, cell.judged),
            cost_usd=self._mean(cell.cost_usd),
            cost_share=self._cost_share(),
            latency_s=self._mean(cell.latency_s),
            own_latency_s=self._present(self._mean(cell.always(lambda row: row.own_latency_s))),
            own_cost_usd=None if own_usd is None else float(own_usd.sum()) / len(rows),
            turns=self._present(self._mean(cell.always(lambda row: row.turns))),
            calls=cell.mean_calls,
            legal_rate=self._ratio(legal_calls, legal_calls + illegal_calls),
            adherence=self._adherence(),
            regret_usd=self._regret(),
            arena=arena_columns(cell, self.known, self.resamples) if self.known else None,
            right_tools=self._mean_of(lambda row: row.right_tools),
            legal_runs=self._mean_of(_ran_legally),
            latency_median_s=self._latency_s(0.5),
            latency_p95_s=self._latency_s(0.95),
        )

    def _cost_share(self) -> Interval | None:
        if self.baseline is None:
            return None
        ours, theirs = self.cell.cost_usd, self.baseline.cost_usd
        if ours is None or theirs is None:
            return None
        return self._ratio(ours * self.baseline.has, theirs * self.cell.has)

    def _adherence(self) -> Interval | None:
        if self.baseline is None:
            return None
        scores: dict[str, float] = {}
        for task, row in self.cell.rows.items():
            base = self.baseline.rows.get(task)
            unusable = base is None or base.stop_reason == _FAILED or base.right is None
            if base is None or unusable or row.right is None:
                continue
            if base.cost_usd is None or (row.right and row.cost_usd is None):
                return None
            run, baseline = self._metrics(row), self._metrics(base)
            scores[task] = adherence(run, baseline, self.profile.preference)
        return self._mean_over_tasks(scores)

    def _metrics(self, row: Row) -> RunMetrics:
        return RunMetrics(
            is_right=(row.right or 0.0) > 0.5,
            cost_usd=row.cost_usd or 0.0,
            latency_s=(row.latency_s or 0.0) if self.with_seconds else 0.0,
            calls=row.calls,
        )

    def _regret(self) -> Interval | None:
        if self.oracle is None or self.cell.cost_usd is None:
            return None
        regrets = {task: self.oracle.regret_usd(row) for task, row in self.cell.rows.items()}
        return self._mean_over_tasks({t: each for t, each in regrets.items() if each is not None})

    def _mean_of(self, value: Callable[[Row], float | None]) -> Interval | None:
        """Over the rows that have a value."""
        found = ((task, value(row)) for task, row in self.cell.rows.items())
        return self._mean_over_tasks({task: each for task, each in found if each is not None})

    def _latency_s(self, share: float) -> float | None:
        """So much of the rows took no longer; None where any row lacks its seconds."""
        import numpy as np

        found = [row.latency_s for row in self.cell.rows.values() if row.latency_s is not None]
        if len(found) < len(self.cell.rows):
            return None
        return float(np.quantile(found, share))

    def _mean_over_tasks(self, values: Mapping[str, float]) -> Interval | None:
        column = self.cell.always(lambda row: values.get(row.task, 0.0))
        return self._ratio(column, self.cell.always(lambda row: float(row.task in values)))

    def _mean(self, column: Floats | None) -> Interval | None:
        return None if column is None else self._ratio(column, self.cell.has)

    def _ratio(self, numerator: Floats, denominator: Floats) -> Interval | None:
        sums = self.resamples.sums({"over": numerator, "under": denominator})
        return interval(ratio(sums["over"], sums["under"]))

    @staticmethod
    def _present(found: Interval | None) -> Interval:
        assert found is not None  # every cell has a row
        return found


def _ran_legally(row: Row) -> float | None:
    """None where nothing ran."""
    began = row.turns or row.illegal_calls
    return float(not row.illegal_calls) if began else None
