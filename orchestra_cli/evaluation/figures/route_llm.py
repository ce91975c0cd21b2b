"""RouteLLM's measures of a router between a weak and a strong expert (arXiv 2406.18665, 3.2).

    c      = share of tasks that the strong expert was asked
    PGR    = (accuracy − accuracy of weak) / (accuracy of strong − accuracy of weak)
    APGR   = ∫ PGR dc                        from c = 0 to 1
    CPT(x) = the least c at which PGR reaches x

The points FAMILY@NN% give PGR over c, linear between them, the ends being the experts themselves:
PGR is 0 at c = 0 and 1 at c = 1. The accuracies of the experts are those of the record on the same
tasks. A coin has APGR 0.5, CPT(50%) = 0.5 and CPT(80%) = 0.8.

How it differs from the paper: its APGR is the mean over ten shares, its code's and ours the
trapezoid; its code finds CPT by interpolating c over accuracy, which wants accuracy to rise
throughout, and ours takes the first crossing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.figures.bootstrap import Resamples, interval, ratio
from orchestra_cli.evaluation.figures.cell_rows import CellRows
from orchestra_cli.evaluation.figures.curves import area_under, families
from orchestra_cli.evaluation.figures.regret import Known
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.summary import PairScores

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

Measure = Callable[["Floats", "Floats"], float]
"""Of shares and PGR, by share."""
Outcomes = Mapping[str, Mapping[str, Known]]
"""By task and expert."""


def pair_scores(
    cells: Mapping[Cell, CellRows],
    known: Mapping[str, Outcomes],
    *,
    pair: tuple[str, str],
    resamples: Resamples,
) -> tuple[PairScores, ...]:
    """Of each family of policies that asks the weak and the strong expert of the pair only.

    What a threshold does hangs on no profile and the pair is of what was seen: of several profiles
    the first counts. None where the strong expert is no better than the weak one.
    """
    found: dict[str, PairScores] = {}
    for (family, _, variant), points in families(cells).items():
        if variant != "seen" or family in found:
            continue
        of_family = [cells[cell] for cell in points]
        if all(set(each.mean_calls) <= set(pair) for each in of_family):
            scores = _scores(family, of_family, known.get(variant, {}), pair, resamples)
            if scores is not None:
                found[family] = scores
    return tuple(found.values())


def _scores(
    family: str,
    points: list[CellRows],
    known: Outcomes,
    pair: tuple[str, str],
    resamples: Resamples,
) -> PairScores | None:
    shares, gaps = _draws(points, known, pair, resamples)
    if not ((shares[0] > 0) & (shares[0] < 1)).any():
        return None  # one expert alone, at every point: no router between the two
    apgr = interval(_by_draw(shares, gaps, area_under))
    if apgr is None:
        return None
    return PairScores(
        policy=family,
        weak=pair[0],
        strong=pair[1],
        apgr=apgr,
        cpt50=interval(_by_draw(shares, gaps, lambda c, pgr: threshold(c, pgr, reach=0.5))),
        cpt80=interval(_by_draw(shares, gaps, lambda c, pgr: threshold(c, pgr, reach=0.8))),
    )


def _draws(
    points: list[CellRows], known: Outcomes, pair: tuple[str, str], resamples: Resamples
) -> tuple[Floats, Floats]:
    """(c, PGR) of each draw (rows) and point (columns), on the tasks that all points have judged.

    PGR is NaN in a draw where the strong expert is no better.
    """
    import numpy as np

    weak, strong = pair
    tasks = points[0].tasks
    shared = np.array([weak in known.get(t, {}) and strong in known.get(t, {}) for t in tasks])
    for point in points:
        shared = shared & (point.judged > 0)
    columns = {"tasks": shared.astype(float)}
    for name in pair:
        right = [known[t][name].right if ok else 0.0 for t, ok in zip(tasks, shared, strict=True)]
        columns[f"expert {name}"] = np.array(right)
    for index, point in enumerate(points):
        columns[f"right {index}"] = point.right * shared
        asked = point.always(lambda row: float(row.calls.get(strong, 0) > 0))
        columns[f"asked {index}"] = asked * shared
    sums = resamples.sums(columns)
    gap = sums[f"expert {strong}"] - sums[f"expert {weak}"]
    gap = np.where(gap > 0, gap, 0.0)
    numbers = range(len(points))
    shares = [ratio(sums[f"asked {i}"], sums["tasks"]) for i in numbers]
    gaps = [ratio(sums[f"right {i}"] - sums[f"expert {weak}"], gap) for i in numbers]
    return np.column_stack(shares), np.column_stack(gaps)


def _by_draw(shares: Floats, gaps: Floats, measure: Measure) -> Floats:
    import numpy as np

    values = np.full(len(shares), np.nan)
    for row, (c, pgr) in enumerate(zip(shares, gaps, strict=True)):
        if np.isfinite(pgr).all() and np.isfinite(c).all():
            values[row] = measure(*_with_ends(c, pgr))
    return values


def _with_ends(c: Floats, pgr: Floats) -> tuple[Floats, Floats]:
    """By share, with the experts themselves at the ends instead of points that are just those."""
    import numpy as np

    inside = (c > 0) & (c < 1)
    order = np.argsort(c[inside], kind="stable")
    c, pgr = c[inside][order], pgr[inside][order]
    return np.concatenate([[0.0], c, [1.0]]), np.concatenate([[0.0], pgr, [1.0]])


def threshold(c: Floats, pgr: Floats, *, reach: float) -> float:
    """CPT: the least share at which the line through the points reaches a PGR, NaN if none does."""
    for i in range(len(c)):
        if pgr[i] >= reach:
            if i == 0:
                return float(c[0])
            part = (reach - pgr[i - 1]) / (pgr[i] - pgr[i - 1])
            return float(c[i - 1] + part * (c[i] - c[i - 1]))
    return float("nan")
