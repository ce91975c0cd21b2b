"""The curves of the training report as plotly figures: plain data, without plotly.

A thin line is what each step gave, the bold one its running mean; diamonds are evaluations on dev
tasks, which no step has trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from statistics import fmean

from orchestra_cli.evaluation.report.charts import COLORS, LEGEND, Chart, layout, shown
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.report.stages import Stage
from orchestra_cli.training.views.figures import FIGURES, Figure, four_digits
from orchestra_cli.training.views.training_view import figure_of
from tools.base import JsonObject

DEV_COLOR = "#e0803a"
_HEIGHT = 250
_LINE_COLOR = COLORS[0]
_MAX_LABEL = 28
_AXES: dict[str, JsonObject] = {
    "accuracy": {"tickformat": ".0%"},
    "clipped": {"tickformat": ".1%"},
    "cost_usd": {"tickprefix": "$"},
    "latency_s": {"ticksuffix": " s"},
}
_Points = list[tuple[int, float]]


def curve_charts(stage: Stage, key: str) -> Iterator[Chart]:
    """One chart for each figure that the stage has, then one with a line for each environment."""
    for figure in FIGURES:
        if (chart := _figure_chart(stage, figure, f"{key}-{figure.name}")) is not None:
            yield chart
    if (chart := _environment_chart(stage, f"{key}-environments")) is not None:
        yield chart


def _figure_chart(stage: Stage, figure: Figure, key: str) -> Chart | None:
    points = _points(stage.steps, figure.name)
    on_dev = _points(stage.dev, figure.name) if figure.on_dev else []
    if not points and not on_dev:
        return None
    traces = _line_traces(points, figure.heading, _LINE_COLOR, text=figure.text)
    if on_dev:
        traces.append(_dev_trace(on_dev, figure))
    return Chart(
        key,
        figure.heading,
        figure.meaning,
        {"data": traces, "layout": _layout(_AXES.get(figure.name, {}))},
    )


def _environment_chart(stage: Stage, key: str) -> Chart | None:
    names = dict.fromkeys(name for each in stage.steps for name in each.by_environment)
    if not names:
        return None
    traces: list[JsonObject] = []
    for name, color in zip(names, COLORS, strict=False):
        points = [
            (each.step, each.by_environment[name])
            for each in stage.steps
            if isfinite(each.by_environment.get(name, float("nan")))
        ]
        mean = _line_traces(points, name, color, text=four_digits)[-1:]
        traces += [{**trace, "name": shown(name, _MAX_LABEL)} for trace in mean]
    what = "mean reward" if stage.steps[-1].reward is not None else "mean loss"
    guide = f"{what} of each environment, as running means"
    figure: JsonObject = {
        "data": traces,
        "layout": _layout({}) | {"legend": LEGEND, "showlegend": True},
    }
    return Chart(key, "by environment", guide, figure)


def _points(records: Sequence[StepMetrics], name: str) -> _Points:
    """Without what is absent, and without what no axis can show."""
    found = [(each.step, figure_of(each, name)) for each in records]
    return [(step, value) for step, value in found if value is not None and isfinite(value)]


def _line_traces(
    points: _Points, name: str, color: str, *, text: Callable[[float], str]
) -> list[JsonObject]:
    steps = [step for step, _ in points]
    values = [value for _, value in points]
    smooth = running_mean(values)
    if not points:
        return []
    common: JsonObject = {"type": "scatter", "mode": "lines", "x": steps, "hoverinfo": "text"}
    bold: JsonObject = {
        **common,
        "y": smooth,
        "line": {"color": color, "width": 2},
        "name": "running mean",
        "hovertext": [
            f"step {step:,}<br>{shown(name)}: {text(mean)}"
            for step, mean in zip(steps, smooth, strict=True)
        ],
    }
    thin: JsonObject = {
        **common,
        "y": values,
        "line": {"color": color, "width": 1},
        "opacity": 0.35,
        "name": "each step",
        "hoverinfo": "skip",
    }
    return [thin, bold] if len(points) > 1 else [{**bold, "mode": "markers"}]


def running_mean(values: Sequence[float]) -> list[float]:
    """Over about a twentieth of all, centred; shorter at both ends, so that it lags nowhere."""
    half = len(values) // 40
    return [
        fmean(values[max(0, at - half) : at + half + 1])
        for at in range(len(values))
    ]  # fmt: skip


def _dev_trace(points: _Points, figure: Figure) -> JsonObject:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "dev",
        "x": [step for step, _ in points],
        "y": [value for _, value in points],
        "marker": {"color": DEV_COLOR, "size": 9, "symbol": "diamond"},
        "line": {"color": DEV_COLOR, "width": 1, "dash": "dot"},
        "hoverinfo": "text",
        "hovertext": [
            f"step {step:,}, dev tasks<br>{figure.heading}: {figure.text(value)}"
            for step, value in points
        ],
    }


def _layout(more_of_y: JsonObject) -> JsonObject:
    axis: JsonObject = {"zeroline": False, "fixedrange": True}
    return layout(
        height=_HEIGHT,
        xaxis={**axis, "title": {"text": "step"}, "nticks": 7},
        yaxis={**axis, "nticks": 6, "exponentformat": "e", **more_of_y},
        showlegend=False,
    )
