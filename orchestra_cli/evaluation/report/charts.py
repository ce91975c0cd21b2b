"""The plots of the HTML report as plotly figures: plain data, without plotly.

Colours of text, axes and grid are the page's (it has a light and a dark face); those of the data
are of a middle brightness, so that they read on both. Names from data are escaped, since plotly
reads some HTML in texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape as escape_html

from orchestra_cli.evaluation.report.columns import Column, short_name
from orchestra_cli.evaluation.report.lines import Line
from orchestra_cli.views.clean_text import one_line
from tools.base import JsonObject

COLORS = (
    "#3b82c4",
    "#e0803a",
    "#4a9e5c",
    "#c9507a",
    "#8a6fc8",
    "#b39a2b",
    "#2fa3a0",
    "#a8684a",
    "#d06fc0",
    "#7c8a99",
)
OTHERS_COLOR = "#9aa3ad"
_ROW_PX = 24
LEGEND: JsonObject = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
_MAX_LABEL = 26
_MAX_EXPERTS = len(COLORS) - 1


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot with the words around it."""

    key: str
    title: str
    guide: str
    """How to read it, in a sentence or two."""
    figure: JsonObject
    profile: str | None = None
    """The profile whose cells it shows; None where it shows all."""
    is_narrow: bool = False
    """Whether several stand side by side."""


def shown(text: str, max_characters: int = 200) -> str:
    """A text from data, for plotly."""
    return escape_html(short_name(text, max_characters), quote=False)


def layout(*, height: int, left: int = 60, **more: object) -> JsonObject:
    """What all plots have in common."""
    return {
        "height": height,
        "margin": {"l": left, "r": 16, "t": 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        **more,
    }


def calls_chart(key: str, lines: Sequence[Line], profile: str) -> Chart | None:
    """Who is called, and how often, under each policy."""
    known = [line for line in lines if line.seen is not None and line.seen.calls]
    if not known:
        return None
    calls = {line.policy: dict(line.seen.calls) for line in known if line.seen is not None}
    figure: JsonObject = {
        "data": _call_bars(calls),
        "layout": layout(
            height=120 + _ROW_PX * len(known),
            left=_label_px(calls),
            barmode="stack",
            xaxis={"title": {"text": "mean calls a task"}, "rangemode": "tozero"},
            yaxis=_names_axis(list(calls)),
            legend={
                "orientation": "h",
                "y": 1.0,
                "yanchor": "bottom",
                "x": 0,
                "traceorder": "normal",
            },
        ),
    }
    guide = "Each bar is a policy; its parts are the experts and tools that it calls for a task."
    return Chart(key, "Who gets called", guide, figure, profile)


def _call_bars(calls: Mapping[str, Mapping[str, float]]) -> list[JsonObject]:
    totals: dict[str, float] = {}
    for of_policy in calls.values():
        for name, amount in of_policy.items():
            totals[name] = totals.get(name, 0.0) + amount
    ordered = sorted(totals, key=lambda name: -totals[name])
    groups = {name: [name] for name in ordered[:_MAX_EXPERTS]}
    if rest := ordered[_MAX_EXPERTS:]:
        groups[f"{len(rest)} others"] = rest
    colors = [*COLORS[:_MAX_EXPERTS], OTHERS_COLOR]
    return [
        _bar(label, [sum(calls[policy].get(each, 0.0) for each in names) for policy in calls],
             list(calls), color)
        for (label, names), color in zip(groups.items(), colors, strict=False)
    ]  # fmt: skip


def _bar(label: str, values: Sequence[float], policies: Sequence[str], color: str) -> JsonObject:
    return {
        "type": "bar",
        "orientation": "h",
        "name": shown(label, _MAX_LABEL),
        "x": list(values),
        "y": _positions(policies),
        "marker": {"color": color},
        "hoverinfo": "text",
        "hovertext": [
            f"{shown(policy)}<br>{shown(label)}: {value:.2f} calls a task"
            for policy, value in zip(policies, values, strict=True)
        ],
    }


def dots_chart(
    key: str, rows: Mapping[str, Mapping[str, Line]], column: Column, *, factor: float, unit: str
) -> Chart | None:
    """One figure side by side: a row for each policy, a dot for each name within.

    `rows` has by policy, by the name of the dot, the line that the figure is taken from.
    """
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    data = [
        trace
        for name, color in zip(names, COLORS, strict=False)
        if (trace := _dots(name, rows, column, factor, color)) is not None
    ]
    if not data:
        return None
    figure: JsonObject = {
        "data": data,
        "layout": layout(
            height=110 + _ROW_PX * len(rows),
            left=_label_px(rows),
            xaxis={"title": {"text": unit}, "nticks": 6},
            yaxis=_names_axis(list(rows)),
            legend=LEGEND,
            showlegend=True,
        ),
    }
    return Chart(key, unit, "", figure, is_narrow=True)


def _dots(
    name: str, rows: Mapping[str, Mapping[str, Line]], column: Column, factor: float, color: str
) -> JsonObject | None:
    places = dict(zip(rows, _positions(list(rows)), strict=True))
    found = [
        (policy, row[name], number)
        for policy, row in rows.items()
        if name in row and (number := column.number(row[name])) is not None
    ]
    if not found:
        return None
    halves = [_errors(column, line, factor) for _, line, _ in found]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": shown(name, _MAX_LABEL),
        "x": [factor * number for _, _, number in found],
        "y": [places[policy] for policy, _, _ in found],
        "error_x": error_bars(halves, color),
        "marker": {"color": color, "size": 9},
        "hoverinfo": "text",
        "hovertext": [
            f"{shown(policy)}, {shown(name)}<br>{column.heading}: {column.text(line)}"
            for policy, line, _ in found
        ],
    }


def error_bars(halves: Sequence[tuple[float, float]], color: str) -> JsonObject:
    """(below, above) of each point."""
    return {
        "type": "data",
        "symmetric": False,
        "arrayminus": [below for below, _ in halves],
        "array": [above for _, above in halves],
        "color": color,
        "thickness": 1,
        "width": 0,
    }


def _errors(column: Column, line: Line, factor: float) -> tuple[float, float]:
    interval = column.interval(line)
    if interval is None:
        return 0.0, 0.0
    return factor * (interval.value - interval.low), factor * (interval.high - interval.value)


def _positions(policies: Sequence[str]) -> list[int]:
    """Numbers rather than names: two long names may be cut to the same one."""
    return list(range(len(policies)))


def _names_axis(policies: Sequence[str]) -> JsonObject:
    return {
        "tickmode": "array",
        "tickvals": _positions(policies),
        "ticktext": [shown(policy, _MAX_LABEL) for policy in policies],
        "range": [len(policies) - 0.5, -0.5],
        "zeroline": False,
        "showgrid": True,
        "fixedrange": True,
    }


def _label_px(policies: Mapping[str, object]) -> int:
    longest = max(min(len(one_line(policy)), _MAX_LABEL) for policy in policies)
    return 18 + 7 * longest
