"""Where the names of points go so that none covers another: a greedy search over a few places.

Everything is in pixels of a plot of the usual width; in a narrower one the page hides the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_CHARACTER_PX = 6.6
_LINE_PX = 15.0
_AWAY_PX = 6.0
_POINT_PX = 5.0

Polyline = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether both cover some of the same."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def is_within(self, other: Box) -> bool:
        """Whether nothing of it sticks out."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that wants a name."""

    text: str
    x: float
    y: float


def place_labels(
    wanted: Sequence[Spot], lines: Sequence[Polyline], *, width: float, height: float
) -> dict[int, str]:
    """By index: the `textposition` at which the name covers nothing. The first ones choose first.

    A name covers a line where there is no other place, but never a point or another name: where
    no such place is left, it is missing.
    """
    taken = [_around(spot.x, spot.y) for spot in wanted]
    along = [_around(*place) for line in lines for place in _along(line)]
    page = Box(0, 0, width, height)
    found: dict[int, str] = {}
    for index, spot in enumerate(wanted):
        free = [
            (position, box)
            for position, box in _places(spot)
            if box.is_within(page) and not any(box.overlaps(each) for each in taken)
        ]
        if free:
            position, box = min(free, key=lambda each: sum(map(each[1].overlaps, along)))
            found[index] = position
            taken.append(box)
    return found


def _along(line: Polyline) -> Iterator[tuple[float, float]]:
    """Points so close to each other that no name fits between two."""
    for (x0, y0), (x1, y1) in pairwise(line):
        steps = 1 + int(max(abs(x1 - x0), abs(y1 - y0)) / _POINT_PX)
        for step in range(steps + 1):
            part = step / steps
            yield x0 + part * (x1 - x0), y0 + part * (y1 - y0)


def _places(spot: Spot) -> Iterator[tuple[str, Box]]:
    long = _CHARACTER_PX * len(spot.text)
    above, below = spot.y - _AWAY_PX, spot.y + _AWAY_PX
    middle = (spot.y - _LINE_PX / 2, spot.y + _LINE_PX / 2)
    right, left = spot.x + _AWAY_PX, spot.x - _AWAY_PX
    yield "top left", Box(left - long, above - _LINE_PX, left, above)
    yield "top center", Box(spot.x - long / 2, above - _LINE_PX, spot.x + long / 2, above)
    yield "middle left", Box(left - long, middle[0], left, middle[1])
    yield "middle right", Box(right, middle[0], right + long, middle[1])
    yield "bottom right", Box(right, below, right + long, below + _LINE_PX)
    yield "bottom center", Box(spot.x - long / 2, below, spot.x + long / 2, below + _LINE_PX)
    yield "top right", Box(right, above - _LINE_PX, right + long, above)
    yield "bottom left", Box(left - long, below, left, below + _LINE_PX)


def _around(x: float, y: float) -> Box:
    return Box(x - _POINT_PX, y - _POINT_PX, x + _POINT_PX, y + _POINT_PX)
