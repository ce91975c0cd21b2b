"""A curve in one row of a terminal, and a bar: as many cells as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from statistics import fmean

_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def sparkline(values: Sequence[float], cells: int) -> str:
    """From the least to the greatest value; more values than cells are averaged, none is left out.

    All equal is a line at the middle.
    """
    points = _averaged([value for value in values if isfinite(value)], cells)
    if not points:
        return ""
    low, high = min(points), max(points)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return _LEVELS[len(_LEVELS) // 2 - 1] * len(points)
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[round(top * (value - low) / (high - low))] for value in points)


def _averaged(values: Sequence[float], cells: int) -> list[float]:
    if len(values) <= cells:
        return list(values)
    bounds = [len(values) * cell // cells for cell in range(cells + 1)]
    return [fmean(values[a:b]) for a, b in zip(bounds, bounds[1:], strict=False)]


def bar(share: float, cells: int) -> str:
    """The share of the cells that is full, to an eighth of a cell; as wide as `cells`."""
    eighths = round(8 * cells * min(1.0, max(0.0, share)))
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(cells)
