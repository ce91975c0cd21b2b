"""When a task is an expert's to answer, and what must have been found before.

With experts configured, what was looked up is read by the first of them; alone, the policy says it
itself. Of two experts or more an answer is an attempt, which is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.training.environment import Golden
from orchestra_cli.training.environments.made_up_experts import OWN_MODEL
from orchestra_cli.training.environments.tool_menu import (
    ACCEPT,
    ANSWER,
    LOCAL_SEARCH,
    WEB_PAGE,
    WEB_SEARCH,
)
from orchestra_cli.trajectory import Trajectory
from tools.accept import attempt_names
from tools.base import ToolCall
from tools.experts import ExpertCard

HANDING_OVER = frozenset({ANSWER, ACCEPT})
_LOOKING_UP = frozenset({LOCAL_SEARCH, WEB_SEARCH, WEB_PAGE})


def with_experts(golden: Golden, cards: Sequence[ExpertCard]) -> Golden:
    """As is right with these experts: what was found goes to the first, whose answer is taken."""
    calls = tuple(_aliased(call, cards) for call in golden.calls)
    if not calls:
        return golden
    answer = golden.answer
    if OWN_MODEL not in cards and calls[-1].name in _LOOKING_UP and answer is not None:
        calls, answer = (*calls, ToolCall(ANSWER, {"model": f"{ANSWER}-1"})), None
    if calls[-1].name == ANSWER and len(cards) > 1:
        calls = (*calls, ToolCall(ACCEPT, {"attempt": attempt_names(1)[0]}))
    return Golden(calls, answer)


def _aliased(call: ToolCall, cards: Sequence[ExpertCard]) -> ToolCall:
    """A golden call of an expert that this episode does not have goes to the first one."""
    alias = str(call.arguments.get("model", ""))
    role, _, number = alias.rpartition("-")
    if not number.isdigit() or int(number) <= len(cards):
        return call
    return ToolCall(call.name, {"model": f"{role}-1"})


def has_found(task: EvalTask, golden: Golden, trajectory: Trajectory) -> bool:
    """Whether what had to be looked up was seen by a tool of this run before it was handed over."""
    if golden.calls[0].name not in _LOOKING_UP:
        return True
    seen = [
        " ".join(turn.observation.text.split()).casefold()
        for turn in trajectory.turns
        if turn.tool in _LOOKING_UP and turn.observation is not None
    ]
    return any(each.casefold() in text for each in accepted(task) for text in seen)


def accepted(task: EvalTask) -> tuple[str, ...]:
    """The right answers, in words."""
    answers = task.answer if isinstance(task.answer, list) else [task.answer]
    return tuple(" ".join(str(answer).split()) for answer in answers if answer is not None)
