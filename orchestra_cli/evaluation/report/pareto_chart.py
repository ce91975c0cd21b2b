"""Dollars against accuracy: every policy a point, families of policies lines, and the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from orchestra_cli.evaluation.figures.curves import family_of
from orchestra_cli.evaluation.report.charts import COLORS, Chart, error_bars, layout, shown
from orchestra_cli.evaluation.report.label_places import Spot, place_labels
from orchestra_cli.evaluation.report.lines import ORACLE, SEEN, front_of, point, seen_cells
from orchestra_cli.evaluation.report.number_text import half_width, money, percent, whole_percent
from orchestra_cli.evaluation.summary import CellSummary, Summary
from tools.base import JsonObject

_TITLE = "What accuracy costs"
_GUIDE = (
    "Up is more accurate, left is cheaper; each step to the right is a multiple. Bars are 95% "
    "confidence intervals. The grey steps are the front: nothing that can be used lies above them. "
    "Lines join one policy at several budgets. The oracle knows who will be right: it is a bound."
)
_WIDTH_PX, _HEIGHT_PX = 900, 460
"""Of the plot where names are placed."""
_HIGHLIGHTED = ("orchestrator", "rule", "model")
_KINDS = {
    "own": ("the orchestrator", "#d6453d", "star", 14),
    "oracle": ("the oracle", "#8d97a3", "diamond-open", 11),
    "expert": ("a single expert", "#7c8a99", "square", 8),
    "other": ("other policies", "#2f6fb0", "circle", 9),
}
_FRONT_COLOR = "rgba(140,150,160,0.65)"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From dollars and accuracy to the place in the plot."""

    dollars: tuple[float, float]
    accuracies: tuple[float, float]

    def pixels(self, dollars: float, accuracy: float) -> tuple[float, float]:
        low, high = (log10(each) for each in self.dollars)
        bottom, top = self.accuracies
        across = (log10(dollars) - low) / (high - low)
        return _WIDTH_PX * across, _HEIGHT_PX * (top - accuracy) / (top - bottom)


def pareto_chart(key: str, summary: Summary, profile: str) -> Chart | None:
    """None where no policy's cost is known."""
    cells = seen_cells(summary, profile)
    known = [cell for cell in cells if point(cell) is not None]
    if not known:
        return None
    floor_usd = _least_usd(known)
    scale = _scale(known, floor_usd)
    experts = {expert.name for expert in summary.experts}
    data = [*_curves(summary, profile, floor_usd), _front(known, floor_usd, scale)]
    data += _points(known, experts, floor_usd, scale)
    figure: JsonObject = {"data": data, "layout": _layout(scale)}
    return Chart(key, _TITLE, _guide(cells, known), figure, profile)


def _guide(cells: Sequence[CellSummary], known: Sequence[CellSummary]) -> str:
    missing = [cell.policy for cell in cells if point(cell) is None]
    texts = [_GUIDE]
    if any(cell.cost_usd is not None and cell.cost_usd.value <= 0 for cell in known):
        texts.append("What costs nothing stands at the left edge.")
    if missing:
        texts.append(f"Not drawn, since their cost or accuracy is not known: {', '.join(missing)}.")
    return " ".join(texts)


def _least_usd(cells: Sequence[CellSummary]) -> float:
    """Where what costs nothing stands on the logarithmic axis."""
    positive = [cost for cell in cells if (cost := _point(cell)[0]) > 0]
    return min(positive) / 3 if positive else 1e-6


def _point(cell: CellSummary, floor_usd: float = 0.0) -> tuple[float, float]:
    cost, accuracy = point(cell) or (0.0, 0.0)
    return max(cost, floor_usd), accuracy


def _scale(cells: Sequence[CellSummary], floor_usd: float) -> _Scale:
    dollars = [_point(cell, floor_usd)[0] for cell in cells]
    ends = [end for cell in cells if (each := cell.accuracy) for end in (each.low, each.high)]
    ratio = max(1.35, (max(dollars) / min(dollars)) ** 0.07)
    margin = max(0.01, 0.05 * (max(ends) - min(ends)))
    return _Scale(
        (min(dollars) / ratio, max(dollars) * ratio), (min(ends) - margin, max(ends) + margin)
    )


def _points(
    cells: Sequence[CellSummary], experts: set[str], floor_usd: float, scale: _Scale
) -> list[JsonObject]:
    """A trace for each kind, with names where there is room."""
    labels = _labels(cells, floor_usd, scale)
    by_kind: dict[str, list[CellSummary]] = {kind: [] for kind in reversed(_KINDS)}
    for cell in cells:
        by_kind[_kind(cell, experts)].append(cell)
    return [_trace(kind, group, labels, floor_usd) for kind, group in by_kind.items() if group]


def _kind(cell: CellSummary, experts: set[str]) -> str:
    if cell.policy in _HIGHLIGHTED:
        return "own"
    if cell.policy == ORACLE:
        return "oracle"
    return "expert" if cell.policy.rpartition(":")[2] in experts else "other"


def _labels(cells: Sequence[CellSummary], floor_usd: float, scale: _Scale) -> dict[str, str]:
    """By policy, where its name goes. Those on the front and our own choose first."""
    front = {cell.policy for cell in front_of(cells)}
    ordered = sorted(
        cells,
        key=lambda cell: (
            cell.policy not in _HIGHLIGHTED,
            cell.policy not in front,
            family_of(cell.policy) is not None,
            -_point(cell)[1],
        ),
    )
    spots = [
        Spot(shown(cell.policy, 26), *scale.pixels(*_point(cell, floor_usd))) for cell in ordered
    ]
    places = place_labels(spots, [], width=_WIDTH_PX, height=_HEIGHT_PX)
    return {ordered[index].policy: place for index, place in places.items()}


def _trace(
    kind: str, cells: Sequence[CellSummary], labels: dict[str, str], floor_usd: float
) -> JsonObject:
    name, color, symbol, size = _KINDS[kind]
    points = [_point(cell, floor_usd) for cell in cells]
    halves = [
        (100 * (each.value - each.low), 100 * (each.high - each.value))
        for cell in cells
        if (each := cell.accuracy) is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [cost for cost, _ in points],
        "y": [100 * accuracy for _, accuracy in points],
        "text": [shown(cell.policy, 26) if cell.policy in labels else "" for cell in cells],
        "textposition": [labels.get(cell.policy, "top center") for cell in cells],
        "textfont": {"size": 11},
        "error_y": {**error_bars(halves, color), "thickness": 0.8},
        "marker": {"color": color, "symbol": symbol, "size": size},
        "hoverinfo": "text",
        "hovertext": [_hover(cell) for cell in cells],
    }


def _hover(cell: CellSummary) -> str:
    assert cell.accuracy is not None
    assert cell.cost_usd is not None
    accuracy, cost = cell.accuracy, cell.cost_usd
    lines = [
        f"<b>{shown(cell.policy)}</b>",
        f"{percent(accuracy.value)}% ±{percent(half_width(accuracy))} right",
        f"{money(cost.value)} a task ({money(cost.low)} to {money(cost.high)})",
    ]
    if cell.cost_share is not None:
        lines.append(f"{whole_percent(cell.cost_share.value)} of the strongest's cost")
    return "<br>".join(lines)


def _curves(summary: Summary, profile: str, floor_usd: float) -> list[JsonObject]:
    found = [each for each in summary.curves if (each.profile, each.variant) == (profile, SEEN)]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"{shown(curve.policy, 26)} at several budgets",
            "x": [max(cost, floor_usd) for cost, _ in curve.points],
            "y": [100 * accuracy for _, accuracy in curve.points],
            "line": {"color": color, "width": 2},
            "hoverinfo": "skip",
        }
        for curve, color in zip(found, COLORS[1:] * len(found), strict=False)
    ]


def _front(cells: Sequence[CellSummary], floor_usd: float, scale: _Scale) -> JsonObject:
    """Steps: between two of the front nothing is better than the cheaper one."""
    points = [_point(cell, floor_usd) for cell in front_of(cells)]
    last = points[-1][1] if points else 0.0
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "the front",
        "x": [*(cost for cost, _ in points), scale.dollars[1]],
        "y": [100 * accuracy for accuracy in (*(each for _, each in points), last)],
        "line": {"shape": "hv", "color": _FRONT_COLOR, "width": 5},
        "hoverinfo": "skip",
    }


def _layout(scale: _Scale) -> JsonObject:
    ticks = _ticks(*scale.dollars)
    return layout(
        height=_HEIGHT_PX + 100,
        left=64,
        xaxis={
            "title": {"text": "dollars a task (each step to the right is a multiple)"},
            "type": "log",
            "range": [log10(each) for each in scale.dollars],
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [money(tick) for tick in ticks],
        },
        yaxis={
            "title": {"text": "right answers, %"},
            "range": [100 * each for each in scale.accuracies],
            "zeroline": False,
        },
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )


def _ticks(low: float, high: float) -> list[float]:
    decades = range(floor(log10(low)), floor(log10(high)) + 1)
    steps = (1, 2, 5) if len(decades) <= 4 else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    return [tick for tick in ticks if low <= tick <= high]
