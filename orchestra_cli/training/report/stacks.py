"""Counts of a training run, stacked over its steps: who is called, and what the filters drop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestra_cli.evaluation.report.charts import (
    COLORS,
    LEGEND,
    OTHERS_COLOR,
    Chart,
    layout,
    shown,
)
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.report.stages import Stage
from orchestra_cli.training.views.training_view import added_up
from tools.base import JsonObject

_HEIGHT = 320
_MAX_GROUPS = 60
"""More would show the noise of single steps instead of the drift."""
_MAX_NAMES = len(COLORS) - 1
_MAX_LABEL = 28
_FILTER_COLORS = {"kept": "#4a9e5c", "flat": "#9aa3ad", "malformed": "#c9507a",
                  "unanswered": "#e0803a", "unscored": "#8a6fc8"}  # fmt: skip


def stack_charts(stage: Stage, key: str) -> Iterator[Chart]:
    """Those that the stage has anything to show in."""
    groups = _in_groups(stage.steps)
    calls = [(group[-1].step, added_up(each.calls for each in group)) for group in groups]
    if any(counts for _, counts in calls):
        guide = "The share of all calls that goes to each expert and tool."
        yield Chart(f"{key}-calls", "calls by expert", guide, _figure(_with_others(calls), {}))
    filters = [(group[-1].step, added_up(each.filters for each in group)) for group in groups]
    if any(counts for _, counts in filters):
        guide = "What became of all rollouts: trained on, or dropped by which filter."
        yield Chart(f"{key}-filters", "filters", guide, _figure(filters, _FILTER_COLORS))


def _in_groups(steps: Sequence[StepMetrics]) -> list[Sequence[StepMetrics]]:
    count = min(len(steps), _MAX_GROUPS)
    bounds = [len(steps) * index // count for index in range(count + 1)] if count else []
    return [steps[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]


def _with_others(
    by_step: Sequence[tuple[int, Mapping[str, int]]],
) -> list[tuple[int, Mapping[str, int]]]:
    """Those called most, in that order, and the rest as one."""
    totals = added_up(counts for _, counts in by_step)
    ordered = sorted(totals, key=lambda name: -totals[name])
    rest = ordered[_MAX_NAMES:]
    return [
        (
            step,
            {name: counts.get(name, 0) for name in ordered[:_MAX_NAMES]}
            | ({f"{len(rest)} others": sum(counts.get(each, 0) for each in rest)} if rest else {}),
        )
        for step, counts in by_step
    ]


def _figure(
    by_step: Sequence[tuple[int, Mapping[str, int]]], colors: Mapping[str, str]
) -> JsonObject:
    totals = added_up(counts for _, counts in by_step)
    names = [name for name, total in totals.items() if total]
    palette = [*COLORS[:_MAX_NAMES], OTHERS_COLOR]
    return {
        "data": [
            _area(name, by_step, colors.get(name, palette[index % len(palette)]))
            for index, name in enumerate(names)
        ],
        "layout": layout(
            height=_HEIGHT,
            xaxis={"title": {"text": "step"}, "nticks": 9, "zeroline": False, "fixedrange": True},
            yaxis={"range": [0, 100], "ticksuffix": "%", "nticks": 6, "fixedrange": True},
            legend={**LEGEND, "traceorder": "normal"},
            showlegend=True,
        ),
    }


def _area(name: str, by_step: Sequence[tuple[int, Mapping[str, int]]], color: str) -> JsonObject:
    shares = [100 * counts.get(name, 0) / (sum(counts.values()) or 1) for _, counts in by_step]
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "all",
        "name": shown(name, _MAX_LABEL),
        "x": [step for step, _ in by_step],
        "y": shares,
        "line": {"color": color, "width": 0.5},
        "fillcolor": color,
        "hoverinfo": "text",
        "text": [
            f"to step {step:,}<br>{shown(name)}: {counts.get(name, 0):,}, {share:.1f}%"
            for (step, counts), share in zip(by_step, shares, strict=True)
        ],
    }
