"""How far a synthesis is: a bar on a terminal, else a line for each tenth, all on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_STEPS = 10


@contextmanager
def progress_bar(stream: TextIO, what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Called once for each that is done, with a word on how it goes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(file=stream)
    if not console.is_interactive:
        yield _Lines(stream, what, total).advance
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bar:
        line = bar.add_task(what, total=total)
        yield lambda words: bar.update(line, description=f"{what} {words}".strip(), advance=1)


class _Lines:
    def __init__(self, stream: TextIO, what: str, total: int) -> None:
        self._stream = stream
        self._what = what
        self._total = total
        self._done = 0

    def advance(self, words: str) -> None:
        """One more; a line where that makes another tenth."""
        before, self._done = _STEPS * self._done // self._total, self._done + 1
        if _STEPS * self._done // self._total > before:
            line = f"{self._what} {self._done:,}/{self._total:,} {words}".strip()
            self._stream.write(f"{line}\n")
            self._stream.flush()
