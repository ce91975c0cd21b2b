"""A wish bound to what it is about, and the calls that fulfil it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.domain import Session
from orchestra_cli.evaluation.domains.values import resolve
from orchestra_cli.synthesis.binding import Bound
from orchestra_cli.synthesis.drawing import meets
from orchestra_cli.synthesis.seed_file import Call, Case, SeedFile
from tools.base import ToolCall, ToolError


@dataclass(frozen=True, slots=True)
class Wish:
    """An intent with the case that is aimed at."""

    intent: str
    case: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A wish with what it is about."""

    wish: Wish
    bound: Bound


def calls_of(seed: SeedFile, part: Part) -> list[tuple[Call, str]]:
    """The calls that fulfil the wish, each with its place in the file."""
    intent, place = seed.intents[part.wish.intent], f"intents.{part.wish.intent}"
    calls = [(call, f"{place}.calls[{at}]") for at, call in enumerate(intent.calls)]
    if part.wish.case is not None:
        number = part.wish.case
        case = intent.cases[number]
        calls += [(c, f"{place}.cases[{number}].calls[{at}]") for at, c in enumerate(case.calls)]
    return calls


def case_that_holds(cases: Sequence[Case], bound: Bound) -> int | None:
    """The first."""
    return next((n for n, case in enumerate(cases) if meets(case.when, bound.names)), None)


def execute(call: Call, scope: dict[str, Any], session: Session, *, where: str) -> None:
    """Run it and name its result. Raises ToolError where it fails, UsageError where it is none."""
    try:
        arguments = resolve(call.arguments, scope)
    except ToolError as error:
        raise UsageError(f"{where}: {call.name}: {error}") from None
    session.call(ToolCall(call.name, arguments))
    if call.named is not None:
        scope[call.named] = _parsed(session.log[-1].text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
