"""The live view: finished turns stay in the scrollback, the running one repaints below them.

`render` is pure. Rich's own thread calls it ten times a second while the loop blocks in llama.cpp;
it reads one immutable `RunView` and needs no lock. The answer is not shown: it goes to stdout.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from orchestra_cli.events import Event
from orchestra_cli.views.clean_text import clean_text
from orchestra_cli.views.rows import Rows, beside, indent, tail
from orchestra_cli.views.run_view import RunView, thinking
from orchestra_cli.views.scrollback import (
    LEAVES,
    argument_rows,
    call_head,
    figure_rows,
    scrollback_of,
    weighed_rows,
)
from orchestra_cli.views.short_forms import counted, figures

_REPAINTS_PER_SECOND = 10
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_THOUGHT_ROWS = 3
_OUTPUT_ROWS = 4


class LiveView:
    """Shows a run on a terminal, inline."""

    def __init__(self, console: Console, *, explains: bool = False) -> None:
        """`explains` gives a sentence for each choice that was weighed."""
        self._console = console
        self._explains = explains
        self._view = RunView(since=time.monotonic())
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        """Take an event in; what stays of it is printed above the live region."""
        self._view = self._view.apply(event, time.monotonic())
        stays = scrollback_of(event, explains=self._explains)
        if stays is None:
            return
        if self._live is not None:
            # Printing repaints the region as it was last: a finished turn would show twice.
            self._live.refresh()
        self._console.print(stays)

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Takes the live region away while a question is put to the user on the terminal."""
        was_live = self._live is not None
        self._stop()
        try:
            yield
        finally:
            if was_live:
                self._start()

    def _start(self) -> None:
        # A Live that has stopped remembers its height and would erase the lines above.
        self._live = Live(
            console=self._console,
            get_renderable=lambda: render(self._view, time.monotonic()),
            refresh_per_second=_REPAINTS_PER_SECOND,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start(refresh=True)

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()


def render(view: RunView, now: float) -> Rows:
    """The live region: the running turn, what it is doing and for how long."""

    def build(width: int) -> list[Text]:
        if view.phase == "finished":
            return []
        return [*_turn_rows(view, width), *_status_rows(view, now, width)]

    return Rows(build, fit_height=True)


def _turn_rows(view: RunView, width: int) -> list[Text]:
    if view.turn is None:
        return []
    call = view.call
    mark = LEAVES if call is not None and call.leaves_machine else None
    head = call_head(view.turn, call, width, mark=mark)
    if call is None:
        thought, _ = thinking(view.reply)
        return head + _tail_rows(thought, width, max_rows=_THOUGHT_ROWS)
    output = _tail_rows(view.output, width, max_rows=_OUTPUT_ROWS)
    weighed = weighed_rows(call, width, explains=False)
    return [*head, *argument_rows(call, width), *weighed, *output]


def _tail_rows(text: str, width: int, *, max_rows: int) -> list[Text]:
    clean = clean_text(text).rstrip()
    return indent(tail(clean, width - 2, style="dim", max_rows=max_rows), "  ")


def _status_rows(view: RunView, now: float, width: int) -> list[Text]:
    waited_s = max(0.0, now - view.since)
    spinner = _SPINNER[int(now * _REPAINTS_PER_SECOND) % len(_SPINNER)]
    status = Text(f"{spinner} {_activity(view)}  {waited_s:.1f} s")
    if not view.num_turns:
        return [status]
    so_far = [f"so far {counted(view.num_turns, 'turn')}", *figures(view.usage)]
    return beside([status], figure_rows(so_far, width), width, gap="   ")


def _activity(view: RunView) -> str:
    if view.phase == "starting":
        return "starting"
    if view.call is not None and view.turn is not None:
        return "running"
    _, choosing = thinking(view.reply)
    return "choosing…" if choosing else "thinking"
