"""Dollars against accuracy: every policy a point, families of policies lines, and the front."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from orchestra_cli.evaluation.report.charts import LEGEND, Chart, error_bars, layout, shown
from orchestra_cli.evaluation.report.label_places import Spot, place_labels
from orchestra_cli.evaluation.report.lines import ORACLE, front_of, point, seen_cells
from orchestra_cli.evaluation.report.number_text import half_width, money, percent, whole_percent
from orchestra_cli.evaluation.report.pareto_drawing import (
    MAX_NAME,
    OTHER,
    OWN,
    SINGLE,
    THE_ORACLE,
    Drawing,
    Kind,
    families_of,
)
from orchestra_cli.evaluation.report.pareto_scale import HEIGHT_PX, WIDTH_PX, Scale
from orchestra_cli.evaluation.summary import CellSummary, Summary
from tools.base import JsonObject

_TITLE = "What accuracy costs"
_GUIDE = (
    "Up is more accurate, left is cheaper. Bars are 95% confidence intervals. The grey steps are "
    "the front: nothing that can be used lies above them. A coloured line is one policy held to "
    "several shares of the strongest expert's cost. The oracle knows who will be right: it is a "
    "bound."
)
_FREE = "What costs nothing stands at the left edge."
_FRONT_COLOR = "rgba(140,150,160,0.55)"
_TOP_TITLE = "The top, enlarged"
_TOP_GUIDE = "The same points where most policies crowd; some bars reach out of the picture."
_TOP_PART = 0.3
"""Of what lies between the best and the worst."""
_MIN_CROWD = 8


def pareto_charts(key: str, summary: Summary, profile: str) -> Iterator[Chart]:
    """All of a profile, and where many crowd at the top, these once more, enlarged."""
    cells = seen_cells(summary, profile)
    known = [cell for cell in cells if point(cell) is not None]
    if not known:
        return
    missing = [cell.policy for cell in cells if point(cell) is None]
    whole = Drawing(
        known,
        frozenset(expert.name for expert in summary.experts),
        Scale.of(known, holds_intervals=True),
        families_of(known),
    )
    yield Chart(key, _TITLE, _guide(known, missing), _figure(whole), profile)
    if crowd := _crowd(known):
        enlarged = replace(whole, scale=Scale.of(crowd, holds_intervals=False))
        yield Chart(f"{key}-top", _TOP_TITLE, _TOP_GUIDE, _figure(enlarged), profile)


def _figure(drawing: Drawing) -> JsonObject:
    return {
        "data": [_front(drawing), *_lines(drawing), *_points(drawing)],
        "layout": layout(height=HEIGHT_PX + 90, left=64, legend=LEGEND, **drawing.scale.axes()),
    }


def _crowd(known: Sequence[CellSummary]) -> list[CellSummary]:
    """The upper part of what can be used; none where it is not crowded."""
    usable = [(each[1], cell) for cell in known if cell.policy != ORACLE and (each := point(cell))]
    if not usable:
        return []
    best, worst = (pick(accuracy for accuracy, _ in usable) for pick in (max, min))
    least = best - _TOP_PART * (best - worst)
    found = [cell for accuracy, cell in usable if accuracy >= least]
    return found if len(found) >= _MIN_CROWD else []


def _guide(known: Sequence[CellSummary], missing: Sequence[str]) -> str:
    texts = [_GUIDE]
    if any(cell.cost_usd is not None and cell.cost_usd.value <= 0 for cell in known):
        texts.append(_FREE)
    if missing:
        texts.append(f"Not drawn, since their cost or accuracy is not known: {', '.join(missing)}.")
    return " ".join(texts)


def _front(drawing: Drawing) -> JsonObject:
    """Steps: between two of the front nothing is better than the cheaper one."""
    corners = [drawing.scale.drawn(each) for each in _front_steps(drawing)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "the front",
        "x": [dollars for dollars, _ in corners],
        "y": [right for _, right in corners],
        "line": {"color": _FRONT_COLOR, "width": 5},
        "hoverinfo": "skip",
    }


def _front_steps(drawing: Drawing) -> list[tuple[float, float]]:
    """To the right, then up; the last one goes on to the edge."""
    found = [each for cell in front_of(drawing.cells) if (each := point(cell)) is not None]
    steps = found[:1]
    for (_, before), (dollars, right) in pairwise(found):
        steps += [(dollars, before), (dollars, right)]
    if found:
        steps.append((max(found[-1][0], drawing.scale.dollars[1]), found[-1][1]))
    return steps


def _lines(drawing: Drawing) -> Iterator[JsonObject]:
    for family, kind in drawing.families.items():
        points = [drawing.scale.drawn(each) for each in drawing.line(family)]
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": shown(family, MAX_NAME),
            "legendgroup": shown(family),
            "x": [dollars for dollars, _ in points],
            "y": [right for _, right in points],
            "line": {"color": kind.color, "width": 2},
            "hoverinfo": "skip",
        }


def _points(drawing: Drawing) -> Iterator[JsonObject]:
    """A trace for each kind, our own on top, with names where there is room."""
    places = _places(drawing)
    for kind in (*drawing.families.values(), OTHER, SINGLE, THE_ORACLE, OWN):
        cells = [cell for cell in drawing.cells if drawing.kind(cell) == kind]
        if cells:
            yield _trace(drawing, kind, cells, places)


def _places(drawing: Drawing) -> dict[str, str]:
    """By policy, where its name goes. Our own and those on the front choose first."""
    front = {cell.policy for cell in front_of(drawing.cells)}
    wanted = [
        (cell, Spot(drawing.label(cell), *drawing.scale.pixels(where)))
        for cell in drawing.cells
        if (where := point(cell)) is not None and drawing.scale.holds(where)
    ]
    wanted.sort(key=lambda each: _priority(drawing, each[0], front))
    drawn = [*map(drawing.line, drawing.families), _front_steps(drawing)]
    lines = [[drawing.scale.pixels(each) for each in line] for line in drawn]
    found = place_labels([spot for _, spot in wanted], lines, width=WIDTH_PX, height=HEIGHT_PX)
    return {wanted[index][0].policy: place for index, place in found.items()}


def _priority(drawing: Drawing, cell: CellSummary, front: set[str]) -> tuple[bool, bool, bool]:
    kind = drawing.kind(cell)
    return kind != OWN, cell.policy not in front, kind.is_family


def _trace(
    drawing: Drawing, kind: Kind, cells: Sequence[CellSummary], places: Mapping[str, str]
) -> JsonObject:
    points = [drawing.scale.drawn(each) for cell in cells if (each := point(cell)) is not None]
    halves = [
        (100 * (right.value - right.low), 100 * (right.high - right.value))
        for cell in cells
        if (right := cell.accuracy) is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": shown(kind.name, MAX_NAME),
        "legendgroup": shown(kind.name),
        "showlegend": not kind.is_family,
        "x": [dollars for dollars, _ in points],
        "y": [accuracy for _, accuracy in points],
        "text": [drawing.label(cell) if cell.policy in places else "" for cell in cells],
        "textposition": [places.get(cell.policy, "top center") for cell in cells],
        "textfont": {"size": 11},
        "error_y": error_bars(halves, _faint(kind.color)),
        "marker": {"color": kind.color, "symbol": kind.symbol, "size": kind.size},
        "hoverinfo": "text",
        "hovertext": [_hover(cell) for cell in cells],
    }


def _faint(color: str) -> str:
    """A #rrggbb that lets what is behind shine through."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.4)"


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
