"""The short forms in which every view shows a call, an observation and a bill.

All of them are clean (`clean_text`) and of bounded length, whatever a model or a tool wrote. An
unknown price shows as "$?", never as "$0".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

from orchestra_cli.trajectory import Bill, StopReason, Trajectory
from orchestra_cli.views.clean_text import clean_text, one_line
from prefs.steering import Steered
from tools.base import JsonObject, Usage

MAX_LINES = 6
MAX_LINE_CHARACTERS = 1000
CODE_ARGUMENT = "code"
_MOST_WEIGHED = 4

_STOP_WORDS = {
    StopReason.COST_LIMIT: "cost limit reached",
    StopReason.TIME_LIMIT: "time limit reached",
    StopReason.TURN_LIMIT: "turn limit reached",
    StopReason.FORMAT_ERRORS: "stopped: no legal call",
}


class Call(Protocol):
    """What a chosen call and a finished turn have in common."""

    @property
    def tool(self) -> str | None: ...
    @property
    def slot(self) -> str | None: ...
    @property
    def expert(self) -> str | None: ...
    @property
    def arguments(self) -> JsonObject: ...


class Weighed(Protocol):
    """A call or a turn whose choice may have been steered."""

    @property
    def candidates(self) -> tuple[Steered, ...]: ...
    @property
    def why(self) -> str: ...


def short_callee(call: Call) -> str:
    """Who is called: `python`, or `answer-2 → gpt-5-mini`."""
    if call.tool is None:
        return "answers itself"
    name = cut(one_line(call.slot or call.tool))
    return f"{name} → {cut(one_line(call.expert))}" if call.expert else name


def short_arguments(call: Call, *, without: str | None = None) -> str:
    """The arguments on one line, `query="…" count=5`, less what the slot says already."""
    return " ".join(
        f"{cut(one_line(name))}={_short_value(value)}"
        for name, value in call.arguments.items()
        if name != without and (call.slot is None or value != call.slot)
    )


def code_of(call: Call) -> str | None:
    """The program that the call would run, if it has one."""
    code = call.arguments.get(CODE_ARGUMENT)
    return code if isinstance(code, str) else None


def _short_value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(cut(clean_text(value)), ensure_ascii=False)
    return cut(one_line(json.dumps(value, ensure_ascii=False, default=str)))


def short_lines(text: str, *, max_lines: int = MAX_LINES) -> list[str]:
    """The first lines that are not blank; the last one counts those left out."""
    lines = [line for line in clean_text(text).expandtabs(4).split("\n") if line.strip()]
    shown = [cut(line.rstrip()) for line in lines[:max_lines]]
    left_out = len(lines) - len(shown)
    return [*shown, f"… {counted(left_out, 'more line')}"] if left_out else shown


def only_says(text: str, error: str) -> bool:
    """Whether an observation's text adds nothing to its error."""
    words, error = one_line(text), one_line(error)
    return not words or words in error or (error in words and "\n" not in clean_text(text).strip())


def no_legal_call(message: str, retries_left: int) -> str:
    """What is said of a reply that was no legal call."""
    retries = "1 retry" if retries_left == 1 else f"{retries_left} retries"
    return f"no legal call, {retries} left: {cut(one_line(message))}"


def cut(line: str) -> str:
    """The line, bounded: no terminal is wider."""
    if len(line) <= MAX_LINE_CHARACTERS:
        return line
    return line[: MAX_LINE_CHARACTERS - 1] + "…"


def counted(count: int, noun: str) -> str:
    """`1 turn`, `2 turns`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def short_seconds(seconds: float) -> str:
    """`0.04 s`, `3.1 s`, `2 min 5 s`."""
    if seconds >= 59.95:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes:,} min {rest} s"
    return f"{seconds:.2f} s" if seconds < 0.095 else f"{seconds:.1f} s"


def short_dollars(cost_usd: float | None) -> str:
    """`$0`, `$0.0012`, `$1.25`; `$?` where it is unknown."""
    if cost_usd is None:
        return "$?"
    if 0 < cost_usd < 0.000001:
        return "<$0.000001"
    digits = 0 if cost_usd == 0 else 6 if cost_usd < 0.0001 else 4 if cost_usd < 1 else 2
    return f"${cost_usd:,.{digits}f}"


def figures(usages: Iterable[Usage]) -> list[str]:
    """Seconds, tokens where there are any, and dollars: `0.4 s`, `412 in`, `21 out`, `$0`.

    `~` stands before what was guessed from the text, for a provider that did not count.
    """
    bill = Bill.of(usages)
    tokens_in = sum(line.input_tokens for line in bill.lines)
    tokens_out = sum(line.output_tokens for line in bill.lines)
    cached = sum(line.cached_input_tokens for line in bill.lines)
    about = "~" if any(line.estimated for line in bill.lines) else ""
    words = [short_seconds(bill.latency_s)]
    if tokens_in or tokens_out:
        of_them = f" ({cached:,} cached)" if cached else ""
        words += [f"{about}{tokens_in:,} in{of_them}", f"{about}{tokens_out:,} out"]
    dollars = short_dollars(bill.cost_usd)
    return [*words, f"{about}{dollars}" if bill.cost_usd else dollars]


def bill_lines(trajectory: Trajectory) -> list[tuple[str, list[str]]]:
    """(who, figures) for each line of a bill on which there is money; else none."""
    lines = trajectory.bill.lines
    if all(line.cost_usd == 0 for line in lines):
        return []
    width = max(len(one_line(line.who)) for line in lines)
    return [(cut(one_line(line.who)).ljust(width), figures([line])) for line in lines]


def weighed_words(candidates: Iterable[Steered]) -> str:
    """What a steered choice was drawn from, the likeliest first: `answer-2 44→62%`."""
    ordered = sorted(candidates, key=lambda each: -each.probability)
    shown = [
        f"{cut(one_line(each.candidate.name))} "
        f"{100 * each.candidate.probability:.0f}→{100 * each.probability:.0f}%"
        for each in ordered[:_MOST_WEIGHED]
    ]
    left_out = len(ordered) - len(shown)
    return f"weighed: {', '.join(shown)}" + (f" and {left_out} more" if left_out else "")


def choice_lines(choice: Weighed, *, explains: bool) -> list[str]:
    """What a choice was drawn from, and why it fell so: asked for, or all that there is to say."""
    lines = [weighed_words(choice.candidates)] if choice.candidates else []
    if choice.why and (explains or not choice.candidates):
        lines.append(f"why: {cut(one_line(choice.why))}")
    return lines


def withheld_words(withheld: tuple[str, ...]) -> str:
    """What is said of the choices that the budget leaves out."""
    return f"withheld, may cost more than is left: {', '.join(withheld)}"


def total_figures(trajectory: Trajectory) -> list[str]:
    """The figures of the whole run, the number of turns before them."""
    return [counted(len(trajectory.turns), "turn"), *figures(trajectory.usage)]


def stop_words(trajectory: Trajectory) -> str:
    """Why the run ended, as a person would say it."""
    reason = trajectory.stop_reason
    words = _STOP_WORDS.get(reason, reason.value)
    return f"{words}: {cut(one_line(trajectory.error))}" if trajectory.error else words
