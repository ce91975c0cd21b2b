"""A policy at several shares of the strongest expert's cost: its curve, and the area under it.

Policies named FAMILY@NN% are the points of FAMILY's curve, (mean dollars, accuracy); `cheapest`,
where it was run, is the left end of all. The curve is linear in accuracy over the logarithm of
dollars between its points, since prices of experts lie decades apart.

    area = 1 / (ln hi − ln lo) · ∫ accuracy d ln dollars        from lo to hi

which is the mean accuracy over [lo, hi], the dollars that all curves of one profile and variant
span, so that areas compare. The bounds are those of the sample; where a resample's own points end
before a bound, the accuracy at its last point goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.figures.bootstrap import Resamples, interval, ratio
from orchestra_cli.evaluation.figures.cell_rows import CHEAPEST, CellRows
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.summary import Curve

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_POINT = re.compile(r"(?P<family>.+)@\d+(?:\.\d+)?%")
_MIN_USD = 1e-7
"""What runs for nothing stands here on the logarithmic axis."""

Setting = tuple[str, str]
"""(profile, variant)"""
Family = tuple[str, str, str]
"""(policy without its share, profile, variant)"""


def family_of(policy: str) -> str | None:
    """The name before @NN%; None of a policy that is no point of a curve."""
    found = _POINT.fullmatch(policy)
    return found["family"] if found else None


def families(cells: Iterable[Cell]) -> dict[Family, list[Cell]]:
    """The points of each curve."""
    found: dict[Family, list[Cell]] = {}
    for cell in cells:
        family = family_of(cell.policy)
        if family is not None:
            found.setdefault((family, cell.profile, cell.variant), []).append(cell)
    return found


def area_under(x: Floats, y: Floats) -> float:
    """By the trapezoid rule, which is exact for what is linear between its points."""
    return float(((y[1:] + y[:-1]) / 2 * (x[1:] - x[:-1])).sum())


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Of (dollars, accuracy): those that none beats in one without losing the other, by dollars."""
    best, front = float("-inf"), []
    for index in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if points[index][1] > best:
            best = points[index][1]
            front.append(index)
    return front


def curves(cells: Mapping[Cell, CellRows], resamples: Resamples) -> tuple[Curve, ...]:
    """All of a run. A point whose dollars or accuracy are unknown is left out."""
    drawn: dict[Family, list[Draws]] = {}
    for (family, profile, variant), points in families(cells).items():
        named = [Cell(CHEAPEST, profile, variant), *points]
        found = [_draws(cells[cell], resamples) for cell in named if cell in cells]
        drawn[family, profile, variant] = [each for each in found if each is not None]
    drawn = {family: points for family, points in drawn.items() if points}
    spans = _spans(drawn)
    return tuple(
        Curve(
            policy=family,
            profile=profile,
            variant=variant,
            points=_points(points),
            area=interval(_areas(points, spans[profile, variant])),
        )
        for (family, profile, variant), points in drawn.items()
    )


Draws = tuple["Floats", "Floats"]
"""(dollars, accuracy) of one point, of the sample and of each resample."""


def _draws(cell: CellRows, resamples: Resamples) -> Draws | None:
    import numpy as np

    if cell.cost_usd is None or not cell.judged.any():
        return None
    columns = {
        "cost": cell.cost_usd,
        "has": cell.has,
        "right": cell.right,
        "judged": cell.judged,
    }
    sums = resamples.sums(columns)
    dollars = ratio(sums["cost"], sums["has"])
    return np.maximum(dollars, _MIN_USD), ratio(sums["right"], sums["judged"])


def _points(points: Sequence[Draws]) -> tuple[tuple[float, float], ...]:
    return tuple(sorted({(round(float(usd[0]), 12), float(right[0])) for usd, right in points}))


def _spans(drawn: Mapping[Family, Sequence[Draws]]) -> dict[Setting, tuple[float, float]]:
    """The dollars that all curves of one profile and variant reach."""
    spans: dict[Setting, tuple[float, float]] = {}
    for (_, profile, variant), points in drawn.items():
        dollars = [float(usd[0]) for usd, _ in points]
        low, high = spans.get((profile, variant), (0.0, float("inf")))
        spans[profile, variant] = (max(low, min(dollars)), min(high, max(dollars)))
    return spans


def _areas(points: Sequence[Draws], span: tuple[float, float]) -> Floats:
    """Of the sample and of each resample; NaN where the curves share no span."""
    import numpy as np

    low, high = np.log(span)
    xs = np.log(np.column_stack([usd for usd, _ in points]))  # (1 + resamples, points)
    ys = np.column_stack([right for _, right in points])
    areas = np.full(len(xs), np.nan)
    if high - low > 1e-12:
        for row, (x, y) in enumerate(zip(xs, ys, strict=True)):
            areas[row] = _area(x, y, low, high)
    return areas


def _area(x: Floats, y: Floats, low: float, high: float) -> float:
    """The mean of y between two bounds, y being linear between the points."""
    import numpy as np

    if np.isnan(x).any() or np.isnan(y).any():
        return float("nan")
    order = np.lexsort((y, x))  # of two points at one price the better one stands last
    x, y = x[order], y[order]
    keep = np.append(np.diff(x) > 0, True)
    x, y = x[keep], y[keep]
    knots = np.concatenate([[low], x[(x > low) & (x < high)], [high]])
    return area_under(knots, np.interp(knots, x, y)) / (high - low)
