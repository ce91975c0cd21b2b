"""The plain view: lines for a stderr that is no terminal, or for whoever asks for `--plain`.

No colour, no cursor movement, nothing rewritten: what has been written stands. The short forms are
those of the live view.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Self, TextIO

from orchestra_cli.events import (
    CallChosen,
    Event,
    FormatErrorSeen,
    RunFinished,
    RunStarted,
    TurnFinished,
    TurnStarted,
)
from orchestra_cli.trajectory import Turn
from orchestra_cli.views.clean_text import one_line
from orchestra_cli.views.short_forms import (
    bill_lines,
    choice_lines,
    cut,
    figures,
    no_legal_call,
    only_says,
    short_arguments,
    short_callee,
    short_lines,
    stop_words,
    total_figures,
    withheld_words,
)
from tools.base import Observation


class PlainView:
    """Writes lines to a stream as things happen."""

    def __init__(self, stream: TextIO, *, explains: bool = False) -> None:
        """`explains` gives a sentence for each choice that was weighed."""
        self._stream = stream
        self._explains = explains
        self._turn = 0

    def __call__(self, event: Event) -> None:
        """Write what the event has to say, if anything."""
        if isinstance(event, TurnStarted):
            self._turn = event.index
        encoding = self._stream.encoding or "utf-8"
        for line in _lines(event, turn=self._turn + 1, explains=self._explains):
            self._stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def suspended(self) -> AbstractContextManager[None]:
        """Nothing to take away."""
        return nullcontext()


def _lines(event: Event, *, turn: int, explains: bool) -> Iterator[str]:
    match event:
        case RunStarted(notes=notes):
            yield from (f"note: {cut(one_line(note))}" for note in notes)
        case TurnStarted(withheld=withheld) if withheld:
            yield f"turn {turn}: {withheld_words(withheld)}"
        case FormatErrorSeen(message=message, retries_left=left):
            yield f"turn {turn}: error: {no_legal_call(message, left)}"
        case CallChosen():
            leaves = " (leaves this machine)" if event.leaves_machine else ""
            yield f"turn {turn}: {short_callee(event)}{leaves} {short_arguments(event)}".rstrip()
        case TurnFinished(turn=finished):
            yield from _turn_lines(finished, explains=explains)
        case RunFinished(trajectory=trajectory):
            yield f"{stop_words(trajectory)} ({' · '.join(total_figures(trajectory))})"
            yield from (f"  {who}  {' · '.join(words)}" for who, words in bill_lines(trajectory))


def _turn_lines(turn: Turn, *, explains: bool) -> Iterator[str]:
    if turn.tool is None:
        yield f"turn {turn.index + 1}: {short_callee(turn)}"
    yield from (f"  {line}" for line in choice_lines(turn, explains=explains))
    if turn.observation is not None:
        yield from _observation_lines(turn.observation)
    yield f"  {' · '.join(figures(turn.usage))}"


def _observation_lines(observation: Observation) -> Iterator[str]:
    error = observation.error
    if error is None or not only_says(observation.text, error):
        first, *rest = short_lines(observation.text) or ["(no output)"]
        yield f"  → {first}"
        yield from (f"    {line}" for line in rest)
    if error is not None:
        yield f"  error: {cut(one_line(error))}"
    yield from (f"  note: {cut(one_line(note))}" for note in observation.notes)
