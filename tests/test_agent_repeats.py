"""A call that repeats itself is withheld for one turn, where something else is left to call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from agent_runs import ANSWER, END, LIMITS, Oracle, by_name, noting, played
from scripted import call

from orchestra_cli.policy import Decision
from orchestra_cli.trajectory import StopReason
from tools.base import ToolCall, ToolError
from tools.slots import AnswerSlot

SAME = [call("note", x=1), call("note", x=1)]
OTHER = [call("note", x=1), call("note", x=2)]


@pytest.mark.parametrize(
    ("script", "repeat_key", "withheld"),
    [
        (SAME, None, True),
        (SAME, by_name, True),
        (OTHER, None, False),
        (OTHER, by_name, True),
        ([SAME[0], call("other"), SAME[1]], by_name, False),
    ],
    ids=["same", "same by name", "other arguments", "other arguments by name", "not in a row"],
)
def test_a_call_made_twice_running_is_withheld_for_one_turn(
    script: list[Decision], repeat_key: Callable[[ToolCall], object] | None, withheld: bool
) -> None:
    tools = (noting(), replace(noting(), name="other"))
    run = played([*script, call("other"), END], *tools, repeat_key=repeat_key)
    both, rest = ("note", "other"), ("other",)
    assert run.offered == [both] * len(script) + [rest if withheld else both, both]


def test_a_policy_that_insists_is_told_what_is_left() -> None:
    tools = (noting(), replace(noting(), name="other"))
    run = played([*SAME, SAME[0], call("other"), SAME[0], SAME[0], END], *tools)
    assert [error.message for error in run.format_errors] == [
        "there is no function 'note': choose one of other"
    ]
    assert run.offered[-1] == ("other",)


def test_a_repeated_call_leaves_the_last_expert_to_be_called_or_not() -> None:
    run = played([*SAME, END], noting(), AnswerSlot([Oracle(["x"])]))
    assert run.offered[-1] == ("answer",)
    assert not run.policy.states[-1].force_call


def test_the_only_tool_is_never_withheld() -> None:
    run = played([*SAME, *SAME, END], noting())
    assert run.offered == [("note",)] * 5


def test_an_answer_that_failed_may_be_asked_for_again_and_again() -> None:
    oracle = Oracle([ToolError("busy"), ToolError("busy"), "42"])
    run = played([ANSWER], noting(), AnswerSlot([oracle]), repeat_key=by_name)
    assert (run.trajectory.answer, len(run.trajectory.turns)) == ("42", 3)
    assert run.offered == [("note", "answer")] * 3


def test_answers_that_keep_failing_end_the_run() -> None:
    run = played([ANSWER], noting(), AnswerSlot([Oracle([ToolError("busy")] * 9)]))
    trajectory = run.trajectory
    assert (trajectory.stop_reason, trajectory.error) == (StopReason.FAILED, "busy")
    assert len(trajectory.turns) == LIMITS.max_failed_answers


def test_another_call_between_them_gives_answers_new_tries() -> None:
    oracle = Oracle([ToolError("busy"), ToolError("busy"), ToolError("busy"), "42"])
    script = [ANSWER, ANSWER, call("note"), ANSWER, ANSWER]
    run = played(script, noting(), AnswerSlot([oracle]))
    assert (run.trajectory.answer, len(run.trajectory.turns)) == ("42", 5)
