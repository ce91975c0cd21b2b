"""Where the names of points go so that none covers another: a greedy search over a few places.

Everything is in pixels of a plot of the usual width; in a narrower one the page hides the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CHARACTER_PX = 6.6
_LINE_PX = 15.0
_AWAY_PX = 6.0
_POINT_PX = 5.0


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


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that wants a name."""

    text: str
    x: float
    y: float


def place_labels(
    wanted: Sequence[Spot], others: Sequence[tuple[float, float]], *, width: float, height: float
) -> dict[int, str]:
    """By index: the `textposition` at which the name covers nothing. The first ones choose first.

    A name for which there is no such place is missing.
    """
    taken = [_around(spot.x, spot.y) for spot in wanted]
    taken += [_around(x, y) for x, y in others]
    found: dict[int, str] = {}
    for index, spot in enumerate(wanted):
        for position, box in _places(spot):
            inside = box.left >= 0 and box.right <= width and box.top >= 0 and box.bottom <= height
            if inside and not any(box.overlaps(each) for each in taken):
                found[index] = position
                taken.append(box)
                break
    return found


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
