"""What `ask` does with the terminal: the view that fits, the answer, a question to the user."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from orchestra_cli.events import Event
from orchestra_cli.trajectory import Trajectory
from orchestra_cli.views.base import View


def choose_view(*, quiet: bool, plain: bool) -> View:
    """Live where standard error is a capable terminal, else plain lines; or nothing."""
    if quiet:
        return _NoView()
    if plain or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        from orchestra_cli.views.plain import PlainView

        return PlainView(sys.stderr)
    from rich.console import Console

    from orchestra_cli.views.live import LiveView

    return LiveView(Console(stderr=True, highlight=False))


class _NoView:
    """--quiet."""

    def __call__(self, event: Event) -> None:
        """Show nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """There is nothing to keep off the terminal."""
        yield


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
        print(answer.encode("utf-8", errors="replace").decode("utf-8"))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    from orchestra_cli.views.clean_text import clean_text

    Console().print(Markdown(clean_text(answer)))


def print_json(trajectory: Trajectory) -> None:
    """The whole document on standard output."""
    text = json.dumps(trajectory.to_json(), ensure_ascii=False, indent=2)
    print(text.encode("utf-8", errors="replace").decode("utf-8"))
