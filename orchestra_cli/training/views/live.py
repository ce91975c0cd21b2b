"""A training run on a terminal, repainted in place by rich's own thread; it stays when it is over.

A long step shows how long it has gone on, since the clock runs between records too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.views.lines import TrainingLines
from orchestra_cli.training.views.render import render
from orchestra_cli.training.views.training_view import TrainingView

if TYPE_CHECKING:
    from rich.console import Console

    from orchestra_cli.views.rows import Rows

_REPAINTS_PER_SECOND = 4


def training_view(
    console: Console, *, of: Mapping[str, int] | None = None
) -> LiveTraining | TrainingLines:
    """What is fed each record: live on a capable terminal, else plain lines.

    `of` has by stage, in order, the step at which it ends.
    """
    if is_capable(console):
        return LiveTraining(console, of=of)
    return TrainingLines(console.file, of=of, encoding=console.encoding)


def is_capable(console: Console) -> bool:
    """Whether it is a terminal that repaints and shows curves."""
    return (
        console.is_terminal
        and not console.is_dumb_terminal
        and console.encoding.lower().startswith("utf")
    )


class LiveTraining:
    """`with LiveTraining(console) as show: show(metrics)`."""

    def __init__(self, console: Console, *, of: Mapping[str, int] | None = None) -> None:
        from rich.live import Live

        self._view = TrainingView(of=of or {}, since=time.monotonic())
        self._is_over = False
        self._console = console
        self._live = Live(
            console=console,
            get_renderable=self._render,
            refresh_per_second=_REPAINTS_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __call__(self, metrics: StepMetrics) -> None:
        """Take a record in."""
        self._view = self._view.apply(metrics, time.monotonic())

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *exc: object) -> None:
        self._is_over = True
        self._live.stop()

    def _render(self) -> Rows:
        height = None if self._is_over else self._console.height - 1
        return render(self._view, time.monotonic(), is_over=self._is_over, height=height)
