"""The live view of a training run as rows of a terminal; `render` is pure.

What a low terminal has no room for goes in a fixed order: figures of the optimizer, then experts.

    grpo  step 132 of 400  ━━━━━━━━━━━━━━━━━━━━━━━━  33%  14:05 left
                   now  last 20      dev
    reward      0.6100   0.5925   0.6040  ▁▂▂▃▄▄▅▆▆▇█
    …
    calls, last 20 steps
    gpt-4o      ███████▋           312  44%
    …
    rollouts, last 20 steps: 1,200 kept · 64 flat · 16 malformed
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from orchestra_cli.training.views.figures import FIGURES, Figure, clock
from orchestra_cli.training.views.sparkline import bar, sparkline
from orchestra_cli.training.views.training_view import (
    RECENT_STEPS,
    TrainingView,
    added_up,
    figure_of,
    known,
    tokens_per_s,
)
from orchestra_cli.views.clean_text import one_line
from orchestra_cli.views.rows import Rows, flow
from orchestra_cli.views.short_forms import short_seconds

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_GAP = "  "
_LEAST_CURVE = 8
_MOST_CURVE = 60
_MOST_BAR = 30
_MAX_EXPERTS = 6
_LEAST_FIGURES = 4
_DROPPED_FIRST = (
    "learning_rate",
    "gradient_norm",
    "clipped",
    "tokens_per_s",
    "entropy",
    "latency_s",
)
_MAX_NAME = 24
_COLORS = {"reward": "green", "accuracy": "green", "loss": "yellow", "cost_usd": "cyan"}


def render(
    view: TrainingView, now: float, *, is_over: bool = False, height: int | None = None
) -> Rows:
    """All that fits the height; `is_over` leaves out what only says that something goes on."""

    def build(width: int) -> list[Text]:
        head = _head_rows(view, now, width, is_over=is_over)
        if view.latest is None and not view.dev:
            return head
        filters = _filter_rows(view, width)
        figures = _shown_figures(view)
        calls = _call_rows(view, width, _MAX_EXPERTS)
        if height is not None:
            room = height - len(head) - len(filters) - 2
            figures = _most_important(figures, max(_LEAST_FIGURES, room - len(calls)))
            most = room - len(figures) - 3
            calls = _call_rows(view, width, min(most, _MAX_EXPERTS)) if most > 0 else []
        return [*head, Text(""), *_figure_rows(view, figures, width), *calls, *filters]

    return Rows(build)


def _shown_figures(view: TrainingView) -> list[Figure]:
    return [each for each in FIGURES if known((*view.of_stage, *view.dev[-1:]), each.name)]


def _most_important(figures: list[Figure], count: int) -> list[Figure]:
    dropped = [name for name in _DROPPED_FIRST if name in {each.name for each in figures}]
    dropped = dropped[: max(0, len(figures) - count)]
    return [each for each in figures if each.name not in dropped]


def _head_rows(view: TrainingView, now: float, width: int, *, is_over: bool) -> list[Text]:
    of = "" if view.end is None else f" of {view.end:,}"
    stage = view.stage if view.steps or view.dev else None
    pieces = [Text(one_line(stage or "starting"), style="bold")]
    pieces.append(Text(f"step {view.step:,}{of}"))
    if view.end:
        cells = max(4, min(30, width - 60))
        share = view.step / view.end
        pieces.append(_bar_text(share, cells, "green").append(f" {min(1.0, share):4.0%}"))
    if view.is_finished:
        spent = sum(each.seconds for each in (*view.steps, *view.dev))
        pieces.append(Text(f"took {clock(spent)}"))
    elif view.left_s and not is_over:
        pieces.append(Text(f"{clock(view.left_s)} left"))
    if not is_over and not view.is_finished:
        waited = short_seconds(max(0.0, now - view.since))
        pieces.append(Text(f"{_SPINNER[int(10 * now) % len(_SPINNER)]} {waited}", style="dim"))
    return flow(pieces, width, gap=_GAP)


def _bar_text(share: float, cells: int, style: str) -> Text:
    full = round(cells * min(1.0, share))
    return Text("━" * full, style=style).append("━" * (cells - full), style="bright_black")


def _figure_rows(view: TrainingView, shown: Sequence[Figure], width: int) -> list[Text]:
    table = [("", "now", f"last {len(view.recent)}", f"dev {view.dev[-1].step:,}"
              if view.dev else "")]  # fmt: skip
    table += [_cells(figure, view) for figure in shown]
    kept = [column for column in range(4) if column in _columns_within(width, table)]
    widths = [max(len(row[column]) for row in table) for column in kept]
    room = min(_MOST_CURVE, width - sum(widths) - len(_GAP) * len(widths))
    rows = []
    for row, figure in zip(table, (None, *shown), strict=True):
        cells = [
            row[column].ljust(size) if column == 0 else row[column].rjust(size)
            for column, size in zip(kept, widths, strict=True)
        ]
        text = Text(_GAP.join(cells), style="dim" if figure is None else "")
        if figure is not None and room >= _LEAST_CURVE:
            curve = sparkline(known(view.of_stage, figure.name), room)
            text.append(_GAP).append(curve, style=_COLORS.get(figure.name, "blue"))
        rows.append(text)
    return rows


def _columns_within(width: int, table: Sequence[tuple[str, ...]]) -> list[int]:
    """Name and present value always; then dev, then the mean, if they fit and say something."""
    kept, used = [0, 1], 0
    for column in (0, 1, 3, 2):
        size = max(len(row[column]) for row in table)
        used += size + len(_GAP)
        if column > 1 and size and used <= width + len(_GAP):
            kept.append(column)
    return kept


def _cells(figure: Figure, view: TrainingView) -> tuple[str, str, str, str]:
    values = known(view.recent, figure.name)
    mean = fmean(values) if values else None
    if figure.name == "tokens_per_s":
        mean = tokens_per_s(view.recent)
    now = None if view.latest is None else figure_of(view.latest, figure.name)
    dev = figure_of(view.dev[-1], figure.name) if view.dev and figure.on_dev else None
    texts = ["–" if value is None else figure.text(value) for value in (now, mean, dev)]
    return figure.heading, texts[0], texts[1], texts[2] if view.dev else ""


def _call_rows(view: TrainingView, width: int, max_experts: int) -> list[Text]:
    """The experts and tools called most, as bars; the rest as one."""
    calls = added_up(each.calls for each in view.recent)
    total = sum(calls.values())
    if not total:
        return []
    ordered = sorted(calls.items(), key=lambda item: -item[1])
    shown = [(one_line(name), count) for name, count in ordered[:max_experts]]
    if rest := ordered[max_experts:]:
        shown.append((f"{len(rest)} others", sum(count for _, count in rest)))
    figures = [f"{count:,}  {count / total:4.0%}" for _, count in shown]
    longest = max(map(len, figures))
    largest = max(count for _, count in shown)
    room = max(4, width - longest - len(_GAP))
    names = min(_MAX_NAME, room, max(cell_len(name) for name, _ in shown))
    cells = min(_MOST_BAR, width - names - longest - 2 * len(_GAP))
    rows = [Text(""), Text(f"calls, {_recently(view)}", style="dim")]
    for (name, count), figure in zip(shown, figures, strict=True):
        row = Text(_fitted(name, names)).append(_GAP)
        if cells >= _LEAST_CURVE:
            row.append(bar(count / largest, cells), style="magenta").append(_GAP)
        rows.append(row.append(figure.rjust(longest)))
    return rows


def _filter_rows(view: TrainingView, width: int) -> list[Text]:
    filters = added_up(each.filters for each in view.recent)
    if not filters:
        return []
    head = Text(f"rollouts, {_recently(view)}:", style="dim")
    words = [f"{count:,} {one_line(name)}" for name, count in filters.items() if count]
    pieces = [Text(word if word == words[-1] else f"{word} ·") for word in words]
    return [Text(""), *flow([head, *pieces], width)]


def _recently(view: TrainingView) -> str:
    count = min(RECENT_STEPS, len(view.recent))
    return "last step" if count == 1 else f"last {count} steps"


def _fitted(name: str, cells: int) -> str:
    """As wide as `cells`, wide characters included."""
    cut = name if cell_len(name) <= cells else f"{set_cell_size(name, cells - 1)}…"
    return set_cell_size(cut, cells)
