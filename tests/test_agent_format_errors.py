"""What the policy does wrong: it is told, asked again, made to call; then the run ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agent_runs import ANSWER, THINKING, Oracle, noting, played
from scripted import call

from orchestra_cli.policy import Decision
from orchestra_cli.trajectory import StopReason
from tools.slots import AnswerSlot

ILLEGAL = [
    pytest.param(call("pyton", code="1"), "there is no function 'pyton'", id="unknown tool"),
    pytest.param(call("answer", model="answer-9"), "'answer-9' is not one of", id="unknown slot"),
    pytest.param(call("answer"), "'model' is a required property", id="no argument"),
    pytest.param(call("answer", model="answer-1", x=1), "'x' was unexpected", id="one too many"),
    pytest.param(call("answer", model=["answer-1"]), "model: ['answer-1'] is not", id="a list"),
    pytest.param(Decision(error="no call", reply="Hm.", usage=(THINKING,)), "no call", id="text"),
]


@pytest.mark.parametrize(("wrong", "words"), ILLEGAL)
def test_after_a_format_error_the_policy_is_told_and_asked_again(
    wrong: Decision, words: str
) -> None:
    run = played([replace(wrong, reply="Hm."), ANSWER], noting(), AnswerSlot([Oracle(["x"])]))
    assert (run.trajectory.stop_reason, len(run.trajectory.turns)) == (StopReason.ANSWERED, 1)
    (error,) = run.format_errors
    assert words in error.message and error.retries_left == 2
    assert run.policy.states[1].format_errors == (("Hm.", error.message),)
    # The turn has cost both replies.
    (turn,) = run.trajectory.turns
    assert turn.usage[:2] == (THINKING, THINKING)
    assert turn.usage == run.trajectory.usage


@pytest.mark.parametrize(("wrong", "words"), ILLEGAL)
def test_after_the_retries_a_call_is_forced(wrong: Decision, words: str) -> None:
    run = played([wrong] * 3 + [ANSWER], noting(), AnswerSlot([Oracle(["x"])]))
    assert run.trajectory.stop_reason == StopReason.ANSWERED
    assert [state.force_call for state in run.policy.states] == [False, False, False, True]
    assert [len(state.format_errors) for state in run.policy.states] == [0, 1, 2, 3]
    assert [error.retries_left for error in run.format_errors] == [2, 1, 0]


@pytest.mark.parametrize(("wrong", "words"), ILLEGAL)
def test_where_even_that_fails_the_run_ends(wrong: Decision, words: str) -> None:
    run = played([wrong], noting(attempt="maybe"), AnswerSlot([Oracle(["x"])]))
    trajectory = run.trajectory
    assert (trajectory.stop_reason, trajectory.turns) == (StopReason.FORMAT_ERRORS, ())
    assert trajectory.error is not None and words in trajectory.error
    assert trajectory.answer is None
    assert trajectory.usage == (THINKING,) * 4
    assert [state.force_call for state in run.policy.states] == [False, False, False, True]


def test_format_errors_in_different_turns_do_not_add_up() -> None:
    wrong = Decision(error="no call")
    script = [wrong, wrong, call("note"), wrong, wrong, call("note", x=1), Decision(answer="a")]
    run = played(script, noting())
    assert run.trajectory.stop_reason == StopReason.ANSWERED
    assert [error.retries_left for error in run.format_errors] == [2, 1, 2, 1]


def test_a_run_that_ends_in_format_errors_gives_the_best_attempt() -> None:
    script = [call("note"), Decision(error="no call")]
    trajectory = played(script, noting(attempt="maybe 42")).trajectory
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.FORMAT_ERRORS, "maybe 42")
    assert len(trajectory.turns) == 1


def test_no_call_is_forced_where_there_is_nothing_to_call() -> None:
    run = played([Decision(error="no call")])
    assert run.trajectory.stop_reason == StopReason.FORMAT_ERRORS
    assert not any(state.force_call for state in run.policy.states)


def test_where_an_expert_is_all_there_is_the_policy_may_still_answer_itself() -> None:
    run = played([Decision(answer="Hello!")], AnswerSlot([Oracle(["x"])]))
    assert not run.policy.states[0].force_call
    assert run.trajectory.answer == "Hello!"
