"""A policy of plain rules, which no model has a part in: `--policy rule`.

What can be computed goes to python, what the user's own files may hold is searched there, what
changes by the day is searched on the web, and everything else goes to an answerer. A computed
result is the answer: a small model would only garble it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator

from orchestra_cli.engines.base import Sampling
from orchestra_cli.options import Option, options_of
from orchestra_cli.policy import Decision, State
from orchestra_cli.rules.calculation import find_calculation
from orchestra_cli.steering import Steering
from orchestra_cli.trajectory import Turn
from tools.base import ToolCall, Usage

_URL = re.compile(r"https?://[^\s<>\"']+")
_GREETING = re.compile(
    r"\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|night)|thanks|thank you)"
    r"(?: there| again| everyone| all| so much| very much| a lot)*(?:[\s,.!]+|$))+",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"(?:how are (?:you|things)|how(?:['’]s| is) it going|what(?:['’]s| is) up|(?:good)?bye|"
    r"see you|who are you|what can you do|what(?:['’]s| is) your name|nice to meet you|"
    r"tell (?:me|us) (?:a|another) joke|"
    r"(?:please )?write (?:me )?an? (?:poem|haiku|story|limerick))\b",
    re.IGNORECASE,
)
_CHANGES_DAILY = re.compile(
    r"\b(latest|newest|current(ly)?|today'?s?|tonight|right now|this (week|month|year)|news|"
    r"weather|forecast|stock price|exchange rate|score of|who won|released? (date|in 20\d\d))\b",
    re.IGNORECASE,
)


class RulePolicy:
    """A `Policy` that writes its own arguments and never makes a format error."""

    name = "rule"
    answers_itself = True

    def __init__(self, steering: Steering | None = None) -> None:
        """The rules know no better answerer: `steering` chooses among them, else the first is."""
        self._steering = steering

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The first rule that fits."""
        began = time.monotonic()
        thought, decision = _first_turn(state) if not state.turns else _next_turn(state)
        call = decision if isinstance(decision, ToolCall) else None
        choice = None
        if call is not None and call.name == "answer" and self._steering is not None:
            options = _answerers(state)
            if len(options) > 1:
                even = [1 / len(options)] * len(options)
                choice = self._steering.choose(options, even, state, Sampling())
                call = choice.option.call
        usage = Usage("orchestrator", latency_s=time.monotonic() - began)
        yield thought
        return Decision(
            thought=thought,
            call=call,
            answer=decision if isinstance(decision, str) else None,
            usage=(usage,),
            candidates=choice.candidates if choice else (),
            why=choice.why if choice else "",
        )


Choice = tuple[str, ToolCall | str | None]
"""(thought, a call or an answer of the policy's own; None where the money for one is spent)"""
_NOTHING_ANSWERS = "No tool that could answer is available."


def _first_turn(state: State) -> Choice:
    question = state.task.question
    offered = state.offered
    if not state.task.attachment:
        calculation = find_calculation(question) if "python" in offered else None
        if calculation:
            return "This can be computed.", ToolCall("python", {"code": calculation.code})
        if "web_page" in offered and (url := _find_url(question)):
            page = ToolCall("web_page", {"url": url})
            return "The question names a page: read it.", page
        can_search = "web_search" in offered or "local_search" in offered
        if can_search and not _is_small_talk(question):
            if _CHANGES_DAILY.search(question) and "web_search" in offered:
                search = ToolCall("web_search", {"query": question[:400]})
                return "This changes over time: search the web.", search
            if "local_search" in offered:
                search = ToolCall("local_search", {"query": question[:400]})
                return "The indexed files may hold this: search them.", search
    return _answer(state, "Nothing to compute or look up: ask an answerer.")


def _find_url(question: str) -> str | None:
    """The first address, without the punctuation of the sentence that it stands in."""
    found = _URL.search(question)
    if not found:
        return None
    url = found[0].rstrip(".,;:!?")
    return url if "(" in url else url.rstrip(".,;:!?)")


def _is_small_talk(question: str) -> bool:
    """A greeting and nothing more, or a phrase that no file and no page answers."""
    greeting = _GREETING.match(question)
    rest = question[greeting.end() :] if greeting else question.strip()
    return not re.search(r"\w", rest) or bool(_SMALL_TALK.match(rest))


def _next_turn(state: State) -> Choice:
    last = state.turns[-1]
    calculation = find_calculation(state.task.question) if last.tool == "python" else None
    if calculation and last.observation:
        if last.observation.error is None:
            return "The program has the answer.", calculation.answer(last.observation.text)
        # A small model would make a number up.
        return "The program failed.", f"That cannot be computed: {last.observation.error}"
    if last.tool == "web_search" and "local_search" in state.offered and not _succeeded(last):
        search = ToolCall("local_search", {"query": state.task.question[:400]})
        return "The web did not help: search the indexed files.", search
    if _succeeded(last):
        return _answer(state, "Enough is known: ask an answerer.")
    return _answer(state, f"{last.tool} did not help: ask an answerer.")


def _answer(state: State, thought: str) -> Choice:
    if "answer" not in state.offered:
        last = state.turns[-1].observation if state.turns else None
        if last and not last.error:
            return thought, last.text
        return thought, None if "answer" in state.withheld else _NOTHING_ANSWERS
    call = _answerers(state)[0].call
    return thought, call


def _answerers(state: State) -> tuple[Option, ...]:
    """Those that have not failed yet, or all where all have; after a failure the next is first."""
    functions = [function for function in state.functions if function["name"] == "answer"]
    options = options_of(functions, own_answer=False)
    failed = [turn.slot for turn in state.turns if turn.tool == "answer"]
    first = len(failed) % len(options)
    in_turn = options[first:] + options[:first]
    return tuple(option for option in in_turn if option.name not in failed) or in_turn


def _succeeded(turn: Turn) -> bool:
    return turn.observation is not None and turn.observation.error is None
