"""What `ask` does with the standard streams: views, the answer, a question to the user."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Self, TextIO

from orchestra_cli.events import Event, RunFinished
from orchestra_cli.views.base import View
from orchestra_cli.views.json_lines import JsonLines, rebuild_trajectory


def choose_view(*, quiet: bool, plain: bool, explains: bool = False) -> View:
    """Live where standard error is a capable terminal, else plain lines; or nothing.

    `explains` gives a sentence for each choice that was weighed.
    """
    if quiet:
        return _NoView()
    if plain or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        from orchestra_cli.views.plain import PlainView

        return PlainView(sys.stderr, explains=explains)
    from rich.console import Console

    from orchestra_cli.views.live import LiveView

    return LiveView(Console(stderr=True, highlight=False), explains=explains)


class _NoView:
    """--quiet."""

    def __call__(self, event: Event) -> None:
        """Show nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def suspended(self) -> AbstractContextManager[None]:
        """There is nothing to keep off the terminal."""
        return nullcontext()


class JsonDocument(_NoView):
    """--json: the whole run as one document, once it is over, however it ended."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last_line = io.StringIO()

    def __call__(self, event: Event) -> None:
        """Keep the event that has the trajectory, in a form that any reader of JSON takes."""
        if isinstance(event, RunFinished):
            JsonLines(self._last_line)(event)

    def __exit__(self, *exc: object) -> None:
        if line := self._last_line.getvalue():
            encoding = (self._stream.encoding or "utf-8").lower()
            # A terminal would obey a control character in the text.
            ascii_only = self._stream.isatty() or not encoding.startswith("utf")
            document = rebuild_trajectory([line])
            print(json.dumps(document, ensure_ascii=ascii_only, indent=2), file=self._stream)


def asker(view: View) -> Callable[[str], str] | None:
    """A function that asks the person at the terminal; None where there is no terminal."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(question: str) -> str:
        from orchestra_cli.views.clean_text import clean_text

        with view.suspended():
            print(f"? {clean_text(question)}\n> ", end="", file=sys.stderr, flush=True)
            # Read past sys.stdin: a thread that is given up must hold no lock at the exit.
            return os.read(sys.stdin.fileno(), 2**16).decode("utf-8", errors="replace")

    return ask


def print_answer(answer: str) -> None:
    """Markdown on a terminal, the bare text in a pipe."""
    if not sys.stdout.isatty():
        encoding = sys.stdout.encoding or "utf-8"
        print(answer.encode(encoding, errors="replace").decode(encoding))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    from orchestra_cli.views.clean_text import clean_text

    Console().print(Markdown(clean_text(answer)))
