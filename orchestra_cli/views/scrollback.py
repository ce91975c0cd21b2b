"""What the live view leaves in the terminal: notes, finished turns, errors and the closing line.

Everything is built at the width of the moment; colour only repeats what the words say.
"""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from orchestra_cli.events import (
    Event,
    FormatErrorSeen,
    RunFinished,
    RunStarted,
    TurnFinished,
    TurnStarted,
)
from orchestra_cli.trajectory import StopReason, Trajectory, Turn
from orchestra_cli.views.clean_text import one_line
from orchestra_cli.views.rows import Rows, beside, flow, indent, indent_after_first, wrap
from orchestra_cli.views.short_forms import (
    CODE_ARGUMENT,
    MAX_LINES,
    Call,
    Weighed,
    bill_lines,
    choice_lines,
    code_of,
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

LEAVES = "↗ leaves this machine"
_LEFT = "↗ left this machine"
_MAX_ARGUMENT_ROWS = 2


def scrollback_of(event: Event, *, explains: bool = False) -> RenderableType | None:
    """What stays of an event, if anything does."""
    match event:
        case RunStarted(notes=notes) if notes:
            return render_notes(notes)
        case TurnStarted(withheld=withheld) if withheld:
            return render_notes((withheld_words(withheld),))
        case FormatErrorSeen():
            return render_format_error(event)
        case TurnFinished(turn=turn):
            return render_turn(turn, explains=explains)
        case RunFinished(trajectory=trajectory):
            return render_closing(trajectory)
    return None


def render_notes(notes: tuple[str, ...]) -> Rows:
    """The run's make-up, one note after the other."""
    return Rows(
        lambda width: [
            row
            for note in notes
            for row in indent_after_first(wrap(f"· {one_line(note)}", width - 2, style="dim"))
        ]
    )


def render_format_error(event: FormatErrorSeen) -> Rows:
    """A reply that was no legal call."""
    message = no_legal_call(event.message, event.retries_left)
    return Rows(lambda width: _error_rows(message, width))


def render_turn(turn: Turn, *, explains: bool = False) -> Rows:
    """A finished turn: who was called, at what price, with what, and what came back."""

    def build(width: int) -> list[Text]:
        head = call_head(turn.index, turn, width, mark=_LEFT if turn.leaves_machine else None)
        seen = [] if turn.observation is None else _observation_rows(turn.observation, width)
        seen += [] if turn.observation is None else _note_rows(turn.observation.notes, width)
        return [
            *beside(head, figure_rows(figures(turn.usage), width), width),
            *argument_rows(turn, width),
            *weighed_rows(turn, width, explains=explains),
            *seen,
        ]

    return Rows(build)


def render_closing(trajectory: Trajectory) -> Rows:
    """Why the run ended and what it took."""
    answered = trajectory.stop_reason is StopReason.ANSWERED
    failed = trajectory.stop_reason is StopReason.FAILED
    style = "bold green" if answered else "bold red" if failed else "bold yellow"

    def build(width: int) -> list[Text]:
        words = indent_after_first(wrap(stop_words(trajectory), width - 2, style=style))
        rows = beside(words, figure_rows(total_figures(trajectory), width), width)
        for who, line in bill_lines(trajectory):
            rows += indent(beside([Text(who)], figure_rows(line, width - 2), width - 2), "  ")
        return rows

    return Rows(build)


def call_head(index: int, call: Call | None, width: int, *, mark: str | None) -> list[Text]:
    """`turn 2  answer-2 → gpt-5-mini  ↗ leaves this machine`."""
    pieces = [Text(f"turn {index + 1}", style="dim")]
    if call is not None:
        pieces.append(Text(short_callee(call), style="bold"))
    if mark is not None:
        pieces.append(Text(mark, style="yellow"))
    return indent_after_first(flow(pieces, width, gap="  "))


def figure_rows(words: list[str], width: int) -> list[Text]:
    """`0.4 s · 412 in · 21 out · $0`."""
    return [
        Text(row.plain, style="dim")
        for row in flow((Text(word) for word in words), width - 2, gap=" · ")
    ]


def argument_rows(call: Call, width: int) -> list[Text]:
    """The call's arguments in short, a program as highlighted lines."""
    code = code_of(call)
    words = short_arguments(call, without=CODE_ARGUMENT if code is not None else None)
    rows = wrap(words, width - 2, max_rows=_MAX_ARGUMENT_ROWS)
    return indent([*rows, *(_code_rows(code) if code is not None else [])], "  ")


def weighed_rows(call: Weighed, width: int, *, explains: bool) -> list[Text]:
    """What the choice was drawn from, and, where it is asked for, why."""
    rows = (
        indent_after_first(wrap(line, width - 4, style="dim"))
        for line in choice_lines(call, explains=explains)
    )
    return [row for each in rows for row in indent(each, "  ")]


def _code_rows(code: str) -> list[Text]:
    from rich.syntax import Syntax

    lines = short_lines(code)
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    highlighted = syntax.highlight("\n".join(lines[:MAX_LINES]))
    highlighted.style = ""
    rows = [row for row in highlighted.split("\n") if row.plain]
    return [*rows, *(Text(line, style="dim") for line in lines[MAX_LINES:])]


def _observation_rows(observation: Observation, width: int) -> list[Text]:
    error = observation.error
    error_rows = [] if error is None else indent(_error_rows(error, width - 4), "  ")
    if error is not None and only_says(observation.text, error):
        return error_rows
    lines = short_lines(observation.text)
    # A single line is prose as often as not: one row of it would say too little.
    prose = len(lines) == 1
    rows = wrap(lines[0], width - 4, max_rows=MAX_LINES) if prose else [Text(ln) for ln in lines]
    if observation.attempt is not None:  # it will be printed whole: one row says which it is
        rows = wrap(one_line(observation.text), width - 4, max_rows=1)
    elif len(lines) > MAX_LINES:
        rows[-1].style = "dim"
    if not rows and error is None:
        rows = [Text("(no output)", style="dim")]
    first = [Text.assemble(("  → ", "dim"), row) for row in rows[:1]]
    return [*first, *indent(rows[1:], "    "), *error_rows]


def _note_rows(notes: tuple[str, ...], width: int) -> list[Text]:
    rows = [
        wrap(f"note: {cut(one_line(note))}", width - 4, style="yellow", max_rows=MAX_LINES)
        for note in notes
    ]
    return [row for each in rows for row in indent(indent_after_first(each), "  ")]


def _error_rows(message: str, width: int) -> list[Text]:
    return indent_after_first(
        wrap(f"error: {cut(one_line(message))}", width - 2, style="red", max_rows=MAX_LINES)
    )
