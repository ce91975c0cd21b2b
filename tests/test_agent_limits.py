"""Limits of turns and of time: a run ends at them with the best that it has."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from agent_runs import ANSWER, END, THINKING, Doing, Oracle, noting, played
from scripted import call

from orchestra_cli.agent import Limits
from orchestra_cli.policy import Decision
from orchestra_cli.trajectory import StopReason
from tools.base import CallContext, Observation, ToolError, Usage
from tools.slots import AnswerSlot


def hanging() -> Doing:
    """A tool that works until it is told to stop."""

    def wait(context: CallContext) -> Observation:
        context.cancelled.wait(20)
        return Observation("stopped")

    return Doing(wait)


def test_the_last_turn_offers_the_answer_alone_and_forces_it() -> None:
    script = [call("note"), call("note", x=1), ANSWER]
    slot = AnswerSlot([Oracle(["x"])])
    run = played(script, noting(), slot, limits=Limits(max_turns=3))
    assert run.offered == [("note", "answer"), ("note", "answer"), ("answer",)]
    assert [state.force_call for state in run.policy.states] == [False, False, True]
    assert run.trajectory.stop_reason == StopReason.ANSWERED


@pytest.mark.parametrize(("seen", "answer"), [({"attempt": "maybe"}, "maybe"), ({}, None)])
def test_after_the_last_turn_the_best_attempt_is_given(
    seen: dict[str, Any], answer: str | None
) -> None:
    run = played([call("note")], noting(**seen), limits=Limits(max_turns=3))
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.TURN_LIMIT, answer)
    assert len(run.trajectory.turns) == 3
    assert not any(state.force_call for state in run.policy.states)


def test_a_last_answer_that_fails_is_a_failure() -> None:
    spent = Usage("oracle", cost_usd=0.02)
    slot = AnswerSlot([Oracle([ToolError("broke off", usage=(spent,))])])
    limits = Limits(max_turns=2)
    run = played([call("note"), ANSWER], noting(attempt="maybe"), slot, limits=limits)
    trajectory = run.trajectory
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.FAILED, "maybe")
    assert trajectory.error == "broke off"
    assert trajectory.bill.cost_usd == 0.02


def test_an_answer_that_fails_before_the_last_turn_can_be_mended() -> None:
    slot = AnswerSlot([Oracle([ToolError("down")]), Oracle(["42"])])
    run = played([ANSWER, call("answer", model="answer-2")], slot)
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.ANSWERED, "42")
    assert [turn.slot for turn in run.trajectory.turns] == ["answer-1", "answer-2"]


def test_no_turns_at_all() -> None:
    run = played([END], limits=Limits(max_turns=0))
    assert (run.trajectory.stop_reason, run.policy.states) == (StopReason.TURN_LIMIT, [])


def test_a_tool_is_stopped_when_the_time_is_over() -> None:
    tools = (noting(attempt="maybe"), replace(hanging(), name="slow"))
    began = time.monotonic()
    run = played([call("note"), call("slow")], *tools, limits=Limits(max_time_s=0.3))
    assert time.monotonic() - began < 2
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.TIME_LIMIT, "maybe")
    assert [turn.tool for turn in run.trajectory.turns] == ["note", "slow"]
    (deadline,) = {state.deadline for state in run.policy.states}
    assert 0.3 <= deadline - began < 1


@pytest.mark.parametrize(
    ("decision", "answer"),
    [(END, "a"), (call("note"), None), (Decision(error="cut off", usage=(THINKING,)), None)],
    ids=["answer", "call", "format error"],
)
def test_a_decision_that_comes_too_late_is_not_acted_on(
    decision: Decision, answer: str | None
) -> None:
    run = played([decision], noting(), limits=Limits(max_time_s=0.0))
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.TIME_LIMIT, answer)
    assert (run.trajectory.turns, run.trajectory.usage) == ((), decision.usage)
    assert len(run.policy.states) == 1
