"""The axes of the Pareto plot: dollars by multiples, accuracy in percent, and what lies where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from orchestra_cli.evaluation.report.lines import point
from orchestra_cli.evaluation.report.number_text import money
from orchestra_cli.evaluation.summary import CellSummary
from tools.base import JsonObject

WIDTH_PX, HEIGHT_PX = 1060, 520
"""Of the plot where names are placed."""
_MIN_USD = 1e-6


@dataclass(frozen=True, slots=True)
class Scale:
    """From dollars and accuracy to the place in the plot."""

    floor_usd: float
    """Where what costs nothing stands on the logarithmic axis."""
    dollars: tuple[float, float]
    accuracies: tuple[float, float]

    @classmethod
    def of(cls, cells: Sequence[CellSummary], *, holds_intervals: bool) -> Scale:
        """One that holds them all, and where wanted their confidence intervals."""
        costs = [cost for cost, _ in filter(None, map(point, cells))]
        floor_usd = min((cost for cost in costs if cost > 0), default=3 * _MIN_USD) / 3
        drawn = [max(cost, floor_usd) for cost in costs]
        ends = [
            end
            for cell in cells
            if (each := cell.accuracy)
            for end in ((each.low, each.high) if holds_intervals else (each.value,))
        ]
        ratio = max(1.2, (max(drawn) / min(drawn)) ** 0.07)
        margin = max(0.008, 0.08 * (max(ends) - min(ends)))
        return cls(
            floor_usd,
            (min(drawn) / ratio, max(drawn) * ratio),
            (min(ends) - margin, max(ends) + margin),
        )

    def drawn(self, where: tuple[float, float]) -> tuple[float, float]:
        """(dollars, percent), as plotly gets it."""
        dollars, accuracy = where
        return max(dollars, self.floor_usd), 100 * accuracy

    def pixels(self, where: tuple[float, float]) -> tuple[float, float]:
        """(from the left, from the top)."""
        low, high = (log10(each) for each in self.dollars)
        bottom, top = self.accuracies
        across = (log10(max(where[0], self.floor_usd)) - low) / (high - low)
        return WIDTH_PX * across, HEIGHT_PX * (top - where[1]) / (top - bottom)

    def holds(self, where: tuple[float, float]) -> bool:
        """Whether it is in the plot."""
        x, y = self.pixels(where)
        return 0 <= x <= WIDTH_PX and 0 <= y <= HEIGHT_PX

    def axes(self) -> JsonObject:
        """The part of the layout that has them."""
        ticks = _ticks(*self.dollars)
        return {
            "xaxis": {
                "title": {"text": "cost of a task, by multiples"},
                "type": "log",
                "range": [log10(each) for each in self.dollars],
                "tickmode": "array",
                "tickvals": ticks,
                "ticktext": [money(tick) for tick in ticks],
                "automargin": True,
            },
            "yaxis": {
                "title": {"text": "right answers, %"},
                "range": [100 * each for each in self.accuracies],
                "zeroline": False,
            },
        }


def _ticks(low: float, high: float) -> list[float]:
    decades = range(floor(log10(low)), floor(log10(high)) + 1)
    steps = (1, 2, 5) if len(decades) <= 4 else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    return [tick for tick in ticks if 1.04 * low <= tick <= high]
