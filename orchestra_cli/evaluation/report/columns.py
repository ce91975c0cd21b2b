"""The columns of a report's table: heading, meaning, and how a cell gives text and number.

The terminal, CSV, Markdown and HTML all take them from here. A column that nobody has a figure for
is left out; where one policy has none, it shows a dash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from orchestra_cli.evaluation.report.lines import SEEN, Line
from orchestra_cli.evaluation.report.number_text import (
    UNKNOWN,
    amount,
    count,
    half_width,
    milliseconds,
    money,
    percent,
    seconds,
    whole_percent,
)
from orchestra_cli.evaluation.rows import UNSEEN
from orchestra_cli.evaluation.summary import ArenaScores, CellSummary, Interval
from orchestra_cli.views.clean_text import one_line

_SHOWN_CALLEES = 3
_LEAST_CALLS = 0.005
"""Fewer would show as 0.00."""
_MAX_NAME = 20

Figure = Interval | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of each line."""

    key: str
    """Its name in a file, with its unit."""
    heading: str
    meaning: str
    """Half a sentence in plain words."""
    figure: Callable[[CellSummary], Figure]
    written: Callable[[float], str]
    rank: float
    """The lower, the longer it stays when there is little room."""
    variant: str = SEEN
    shows_noise: bool = False
    """Whether ± stands behind it."""
    words: Callable[[CellSummary], str] | None = None
    """What is shown instead of the number."""

    def text(self, line: Line) -> str:
        """As a person reads it."""
        cell = line.cells.get(self.variant)
        value = self.number(line)
        if cell is None or value is None:
            return UNKNOWN
        if self.words is not None:
            return self.words(cell)
        interval = self.interval(line)
        if interval is None or not self.shows_noise:
            return self.written(value)
        return f"{self.written(value)} ±{self.written(half_width(interval))}"

    def number(self, line: Line) -> float | None:
        """What the text is about, for sorting."""
        cell = line.cells.get(self.variant)
        figure = None if cell is None else self.figure(cell)
        return figure.value if isinstance(figure, Interval) else figure

    def interval(self, line: Line) -> Interval | None:
        """Its 95% confidence interval, where there is one."""
        cell = line.cells.get(self.variant)
        figure = None if cell is None else self.figure(cell)
        return figure if isinstance(figure, Interval) else None

    def range_text(self, line: Line) -> str:
        """`71.9 to 75.7`, or nothing."""
        interval = self.interval(line)
        if interval is None:
            return ""
        return f"{self.written(interval.low)} to {self.written(interval.high)}"


def _arena(figure: Callable[[ArenaScores], Interval | None]) -> Callable[[CellSummary], Figure]:
    return lambda cell: None if cell.arena is None else figure(cell.arena)


def _short_calls(cell: CellSummary) -> str:
    """`gpt-4o 0.71, llama-8b 0.40, 2 more`."""
    called = [item for item in cell.calls.items() if item[1] >= _LEAST_CALLS]
    ordered = sorted(called, key=lambda item: -item[1])
    texts = [f"{short_name(name)} {calls:.2f}" for name, calls in ordered[:_SHOWN_CALLEES]]
    more = len(ordered) - _SHOWN_CALLEES
    return ", ".join([*texts, f"{more} more"] if more > 0 else texts)


def short_name(name: str, max_characters: int = _MAX_NAME) -> str:
    """On one line, and bounded."""
    clean = one_line(name)
    return clean if len(clean) <= max_characters else clean[: max_characters - 1] + "…"


# fmt: off
_ACCURACY = Column("accuracy", "accuracy %", "right answers, of those that could be judged",
                   lambda cell: cell.accuracy, percent, 0, shows_noise=True)
_COST = Column("cost_usd", "cost a task", "mean bill of a task, the orchestrator's own included",
               lambda cell: cell.cost_usd, money, 1)

COLUMNS: tuple[Column, ...] = (
    _ACCURACY,
    _COST,
    Column("cost_share", "of strongest", "its dollars over those of the strongest single expert",
           lambda cell: cell.cost_share, whole_percent, 2),
    Column("latency_s", "seconds", "mean wait for an answer",
           lambda cell: cell.latency_s, seconds, 4),
    Column("latency_median_s", "median s", "half of the tasks waited no longer",
           lambda cell: cell.latency_median_s, seconds, 19),
    Column("latency_p95_s", "95% s", "nineteen of twenty tasks waited no longer",
           lambda cell: cell.latency_p95_s, seconds, 20),
    Column("own_latency_s", "own ms", "of it, what choosing took on this machine, in milliseconds",
           lambda cell: cell.own_latency_s, milliseconds, 10),
    Column("turns", "turns", "mean turns of a run", lambda cell: cell.turns, amount, 9),
    Column("calls", "calls by expert", "mean calls of a task, the most called first",
           lambda cell: sum(cell.calls.values()) if cell.calls else None, amount, 13,
           words=_short_calls),
    Column("legal_rate", "legal %", "calls that were well-formed and allowed",
           lambda cell: cell.legal_rate, percent, 7),
    Column("legal_runs", "legal runs %", "runs without a reply that was no legal call",
           lambda cell: cell.legal_runs, percent, 21),
    Column("right_tools", "right tools %", "runs that called the tools which the task names, and "
           "no others", lambda cell: cell.right_tools, percent, 0.5, shows_noise=True),
    Column("adherence", "adherence", "how well the profile's weights were obeyed, measured "
           "against always asking the strongest expert; more is better",
           lambda cell: cell.adherence, amount, 3),
    Column("regret_usd", "regret", "what the oracle gains more on a task, in money",
           lambda cell: cell.regret_usd, money, 8),
    *(
        column
        for variant in UNSEEN
        for words in (variant.replace("-", " "),)
        for column in (
            replace(_ACCURACY, key=f"accuracy_{variant.replace('-', '_')}", heading=f"{words} %",
                    meaning=f"accuracy with {words}", rank=5, variant=variant),
            replace(_COST, key=f"cost_usd_{variant.replace('-', '_')}", heading=f"{words}, cost",
                    meaning=f"cost of a task with {words}", rank=11, variant=variant),
        )
    ),
    Column("arena_score", "arena", "accuracy and cost in one score, as RouterArena weighs them",
           _arena(lambda arena: arena.arena_score), percent, 14),
    Column("cost_per_1k_usd", "$ per 1k", "dollars for a thousand tasks",
           _arena(lambda arena: arena.cost_per_1k_usd), lambda value: f"{value:,.2f}", 15),
    Column("optimal_selection", "optimal choice %",
           "how often the cheapest expert that is right was the one that answered",
           _arena(lambda arena: arena.optimal_selection), percent, 16),
    Column("optimal_cost", "optimal cost %",
           "the oracle's dollars over the policy's, where both are right",
           _arena(lambda arena: arena.optimal_cost), percent, 17),
    Column("optimal_accuracy", "of oracle %", "right answers over the oracle's",
           _arena(lambda arena: arena.optimal_accuracy), percent, 18),
    Column("num_failed", "failed", "tasks on which the run failed",
           lambda cell: float(cell.num_failed) or None, count, 6),
    Column("num_unjudged", "unjudged", "tasks whose answer nobody could judge",
           lambda cell: float(cell.num_unjudged) or None, count, 12),
)
# fmt: on


def columns_of(lines: Sequence[Line]) -> list[Column]:
    """Those for which at least one line has a figure."""
    return [column for column in COLUMNS if any(column.number(line) is not None for line in lines)]


def columns_within(lines: Sequence[Line], *, width: int, gap: int) -> list[Column]:
    """The most important ones that stand side by side in this many characters."""
    chosen: list[Column] = []
    left = width
    for column in sorted(columns_of(lines), key=lambda column: column.rank):
        needed = gap + column_width(column, lines)
        if needed <= left:
            chosen.append(column)
            left -= needed
    return [column for column in COLUMNS if column in chosen]


def column_width(column: Column, lines: Iterable[Line]) -> int:
    """Characters of its widest text; a heading may break between words."""
    return max(
        *(len(word) for word in column.heading.split()),
        *(len(column.text(line)) for line in lines),
    )
