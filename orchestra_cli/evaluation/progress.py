"""The view of a run that goes on: a bar on a terminal, else a line for each tenth of it.

     1,234/12,032 ━━━━━━╺━━━━━━━━━━━  75.2% right · $0.43 of $5.00 · 2 failed · 3:05 left

All of it is for eyes and goes to stderr. The sums are those of the whole run, rows from before it
was resumed included.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from orchestra_cli.evaluation.execution.running import Progress, Show

if TYPE_CHECKING:
    from rich.console import Console

_STEPS = 10
_BAR_CELLS = 12
"""The figures say more: all of it fits 80 columns."""
_LEAST_S = 2.0
"""Lines come no closer than this; but for the last one."""


@contextmanager
def progress_view(stream: TextIO) -> Iterator[Show]:
    """What `run_jobs` shows its progress with, on stderr or wherever the stream leads."""
    from rich.console import Console

    console = Console(file=stream)
    if console.is_interactive:
        with _bar(console) as show:
            yield show
    else:
        yield ProgressLines(stream)


class ProgressLines:
    """A line now and then: a log keeps them all."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._step: int | None = None
        self._written_at = float("-inf")

    def __call__(self, progress: Progress) -> None:
        """Write a line if the run has come far enough since the last."""
        step = _STEPS * progress.finished // max(1, progress.total)
        is_end = progress.finished == progress.total
        is_soon = time.monotonic() - self._written_at < _LEAST_S
        if step == self._step or (is_soon and not is_end):
            return
        self._step, self._written_at = step, time.monotonic()
        self._stream.write(f"{count_words(progress)} · {figure_words(progress)}\n")
        self._stream.flush()


def count_words(progress: Progress) -> str:
    """`1,234/12,032`"""
    return f"{progress.finished:,}/{progress.total:,}"


def figure_words(progress: Progress) -> str:
    """The running sums, and how long it may take."""
    totals = progress.totals
    words = []
    if totals.accuracy is not None:
        words.append(f"{totals.accuracy:.1%} right")
    words.append(_money_words(progress))
    if totals.failed:
        words.append(f"{totals.failed:,} failed")
    if progress.finished == progress.total:
        words.append(f"done in {_clock(progress.elapsed_s)}")
    elif progress.left_s is not None:
        words.append(f"{_clock(progress.left_s)} left")
    return " · ".join(words)


def _money_words(progress: Progress) -> str:
    """Spent of what may be; a `+` where not every price is known."""
    spent = f"${_amount(progress.spent_usd)}{'+' if progress.totals.unpriced else ''}"
    if progress.max_cost_usd is None:
        return spent
    return f"{spent} of ${_amount(progress.max_cost_usd)}"


def _amount(usd: float) -> str:
    """Cents, and as much of one as says something."""
    return f"{usd:,.2f}" if usd >= 1 or usd == 0 else f"{usd:.4f}"


def _clock(seconds: float) -> str:
    """`0:07`, `12:30`, `3:02:01`"""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def _bar(console: Console) -> Iterator[Show]:
    """stdout stays as it is: the answer to the command goes there, not through the bar."""
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[count]}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    bar = Bar(*columns, console=console, redirect_stdout=False, redirect_stderr=False)
    with bar:
        line = bar.add_task("", total=None, count="", figures="starting")

        def show(progress: Progress) -> None:
            bar.update(
                line,
                total=progress.total,
                completed=progress.finished,
                count=count_words(progress),
                figures=figure_words(progress),
            )

        yield show
