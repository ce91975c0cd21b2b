"""A policy beside itself: under other profiles, with unseen experts, at unseen prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orchestra_cli.evaluation.report.charts import Chart, dots_chart
from orchestra_cli.evaluation.report.columns import COLUMNS
from orchestra_cli.evaluation.report.lines import SEEN, Line
from orchestra_cli.evaluation.rows import UNSEEN

Rows = Mapping[str, Mapping[str, Line]]

_BY_KEY = {column.key: column for column in COLUMNS}
_PANELS = (
    ("accuracy", 100.0, "right answers, %"),
    ("cost_usd", 100.0, "cents a task"),
    ("latency_s", 1.0, "seconds"),
)
_SAME = 1e-9


def sweep_charts(lines: Sequence[Line]) -> list[Chart]:
    """Policies that do something else under another profile: accuracy, cents and seconds."""
    grouped: dict[str, dict[str, Line]] = {}
    for line in lines:
        if line.seen is not None:
            grouped.setdefault(line.policy, {})[line.profile] = line
    return _panels("sweep", {name: row for name, row in grouped.items() if _reacts(row)})


def unseen_charts(lines: Sequence[Line], profile: str) -> list[Chart]:
    """What was learned, with experts or prices that it was not learned from."""
    rows = {
        line.policy: _as_seen(line)
        for line in lines
        if line.profile == profile and any(variant in line.cells for variant in UNSEEN)
    }
    number = list(dict.fromkeys(line.profile for line in lines)).index(profile)
    return _panels(f"unseen-{number}", rows)[:2]


def _panels(key: str, rows: Rows) -> list[Chart]:
    if not rows:
        return []
    charts = (
        dots_chart(f"{key}-{name}", rows, _BY_KEY[name], factor=factor, unit=unit)
        for name, factor, unit in _PANELS
    )
    return [chart for chart in charts if chart is not None]


def _reacts(row: Mapping[str, Line]) -> bool:
    if len(row) < 2:
        return False
    return any(
        max(numbers) - min(numbers) > _SAME
        for name, _, _ in _PANELS
        if len(numbers := _numbers(name, row)) > 1
    )


def _numbers(key: str, row: Mapping[str, Line]) -> list[float]:
    found = (_BY_KEY[key].number(line) for line in row.values())
    return [number for number in found if number is not None]


def _as_seen(line: Line) -> dict[str, Line]:
    """A line for each variant, on which that one stands where `seen` does."""
    return {
        variant.replace("-", " "): replace(line, cells={SEEN: line.cells[variant]})
        for variant in (SEEN, *UNSEEN)
        if variant in line.cells
    }
