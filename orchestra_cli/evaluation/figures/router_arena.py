"""RouterArena's columns (arXiv 2510.00202), for one cell against the experts it could have asked.

    C           = (log2 c_max − log2 c) / (log2 c_max − log2 c_min)
    arena score = (1 + β) · A · C / (β · A + C)

A is the accuracy, c the dollars per 1,000 queries, kept within c_min = 0.0044 and c_max = 200,
β = 0.1: the constants and the clamp of RouterArena's own code. It reports the score times 100.

The optimality columns are those of that code, which looks at the tasks where the router was right
and so some expert can be: the optimal expert of a task is the cheapest of those that are right.

    optimal selection = tasks where the optimal expert was asked / tasks where both are right
    optimal cost      = Σ optimal expert's dollars / Σ router's dollars, over the same tasks
    optimal accuracy  = Σ right of the router / Σ right of the best expert, over all tasks

Where this departs from it:
1. Its website divides optimal selection by all selections with an optimal expert, and averages the
   cost ratio task by task. The published rows fit the code: RouteLLM, which always takes the weak
   model there, has 99.7 in selection and 68.8 in accuracy.
2. Its code divides accuracies only where both are right, which is 1 always. This is the website's.
3. A run may ask several experts: it selected the optimal one if it asked nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.figures.bootstrap import Resamples, interval, ratio
from orchestra_cli.evaluation.figures.cell_rows import CellRows
from orchestra_cli.evaluation.figures.regret import Known
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import ArenaScores

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_BETA = 0.1
_MAX_USD_PER_1K = 200.0
_MIN_USD_PER_1K = 0.0044


def arena_columns(
    cell: CellRows, known: Mapping[str, Mapping[str, Known]], resamples: Resamples
) -> ArenaScores:
    """All of them; None where dollars or the experts' outcomes are unknown."""
    priced = cell.cost_usd is not None
    best = {task: max((e.right for e in known[task].values()), default=0.0) for task in known}
    optimal = {task: _optimal(known.get(task, {}), row) for task, row in cell.rows.items()}
    columns = {
        "right": cell.right,
        "judged": cell.judged,
        "has": cell.has,
        "cost": cell.cost_usd if cell.cost_usd is not None else 0 * cell.has,
        "right_known": cell.always(lambda row: (row.right or 0.0) * (row.task in best)),
        "best": cell.always(lambda row: 0.0 if row.right is None else best.get(row.task, 0.0)),
        "both": cell.always(lambda row: float(optimal[row.task] is not None)),
        "selected": cell.always(lambda row: float(_selected(optimal[row.task], known, row))),
        "optimal_cost": cell.always(lambda row: optimal[row.task] or 0.0),
        "both_cost": cell.always(
            lambda row: 0.0 if optimal[row.task] is None else row.cost_usd or 0.0
        ),
    }
    sums = resamples.sums(columns)
    per_1k = 1_000 * ratio(sums["cost"], sums["has"])
    score = arena_score(ratio(sums["right"], sums["judged"]), per_1k)
    return ArenaScores(
        arena_score=interval(score) if priced else None,
        cost_per_1k_usd=interval(per_1k) if priced else None,
        optimal_selection=interval(ratio(sums["selected"], sums["both"])),
        optimal_cost=interval(ratio(sums["optimal_cost"], sums["both_cost"])) if priced else None,
        optimal_accuracy=interval(ratio(sums["right_known"], sums["best"])),
    )


def arena_score(accuracy: Floats, cost_per_1k_usd: Floats) -> Floats:
    """The formula above, from 0 to 1, draw by draw."""
    import numpy as np

    dollars = np.log2(np.clip(cost_per_1k_usd, _MIN_USD_PER_1K, _MAX_USD_PER_1K))
    top, bottom = np.log2(_MAX_USD_PER_1K), np.log2(_MIN_USD_PER_1K)
    cheapness = (top - dollars) / (top - bottom)
    return ratio((1 + _BETA) * accuracy * cheapness, _BETA * accuracy + cheapness)


def _optimal(experts: Mapping[str, Known], row: Row) -> float | None:
    """The optimal expert's dollars; None where the run or all experts are wrong."""
    if (row.right or 0.0) < 1:
        return None
    return min((each.cost_usd for each in experts.values() if each.right >= 1), default=None)


def _selected(
    optimal_usd: float | None, known: Mapping[str, Mapping[str, Known]], row: Row
) -> bool:
    if optimal_usd is None or len(row.calls) != 1:
        return False
    asked = known[row.task].get(next(iter(row.calls)))
    return asked is not None and asked.right >= 1 and asked.cost_usd <= optimal_usd
