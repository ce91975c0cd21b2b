"""The loop end to end: a question in; answer, stop reason, turns, events and the bill out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from agent_runs import ANSWER, ME, THINKING, Doing, Oracle, noting, played
from scripted import ScriptedPolicy, call

from orchestra_cli.agent import Agent
from orchestra_cli.events import RunStarted, ToolOutput
from orchestra_cli.policy import Decision, Task
from orchestra_cli.trajectory import StopReason
from tools.base import CallContext, Observation, Tool, ToolError, Usage
from tools.experts import ExpertCard
from tools.python import PythonTool
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

COMPUTE = call("python", code="print(6 * 7)")


@pytest.fixture
def python() -> Iterator[Tool]:
    tool = PythonTool()
    yield tool
    tool.close()


# Answers


def test_a_question_is_computed_and_answered(python: Tool) -> None:
    oracle = Oracle(["The answer is 42."])
    run = played([COMPUTE, ANSWER], python, AnswerSlot([oracle]), task=Task("How much?", "notes"))
    trajectory = run.trajectory
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "The answer is 42.")
    assert trajectory.error is None
    first, second = trajectory.turns
    assert (first.tool, first.arguments, first.thought) == ("python", {"code": "print(6 * 7)"}, "t")
    assert first.observation is not None and first.observation.text == "42"
    assert (first.slot, first.expert, first.leaves_machine) == (None, None, False)
    assert (second.slot, second.expert, second.leaves_machine) == ("answer-1", "oracle", True)
    # The expert reads the question with what came along, and the program with its output.
    assert all(part in oracle.asked[0] for part in ("How much?", "notes", "print(6 * 7)", "42"))
    orchestrator, program, expert = trajectory.bill.lines
    assert (program.who, program.calls, program.cost_usd) == ("python", 1, 0)
    assert (orchestrator.calls, orchestrator.input_tokens, orchestrator.output_tokens) == (2, 20, 4)
    assert (expert.who, expert.calls, expert.cost_usd) == ("oracle", 1, 0.003)
    assert trajectory.bill.cost_usd == 0.003
    assert trajectory.bill.latency_s == pytest.approx(0.52 + program.latency_s)
    outputs = [event.text for event in run.events if isinstance(event, ToolOutput)]
    assert outputs == ["The", "answer", "is", "42."]
    assert run.offered == [("python", "answer")] * 2


def test_the_policy_answers_itself() -> None:
    said = Decision("easy", answer="Paris.", usage=(THINKING,))
    run = played([said], noting())
    (turn,) = run.trajectory.turns
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.ANSWERED, "Paris.")
    assert (turn.thought, turn.tool, turn.observation, turn.usage) == (
        "easy",
        None,
        None,
        (THINKING,),
    )


def test_the_first_event_says_who_runs_with_what() -> None:
    agent = Agent(
        ScriptedPolicy([ANSWER]),
        Toolbox([noting(), AnswerSlot([Oracle(["x"])])]),
        orchestrator=ME,
        preference={"cost": 0.3},
        notes=("small",),
    )
    first = next(iter(agent.stream(Task("q"))))
    assert isinstance(first, RunStarted)
    assert (first.question, first.orchestrator, first.tools) == ("q", ME, ("note", "answer"))
    assert (first.preference, first.notes) == ({"cost": 0.3}, ("small",))
    one, two = agent.run(Task("q")), agent.run(Task("q"))
    assert one.preference == {"cost": 0.3}
    assert len({first.run_id, one.run_id, two.run_id}) == 3


def test_what_was_gathered_reaches_the_next_turn() -> None:
    seen: list[CallContext] = []

    def look(context: CallContext) -> Observation:
        seen.append(context)
        return Observation("x", documents=(f"document {len(seen)}",), attempt="maybe")

    run = played([call("note"), call("note", x=2), Decision(answer="a")], Doing(look))
    assert [context.buffers.documents for context in seen] == [(), ("document 1",)]
    last = run.policy.states[-1]
    assert last.buffers.documents == ("document 1", "document 2")
    assert last.buffers.attempts == ("maybe", "maybe")
    assert [turn.arguments for turn in last.turns] == [{}, {"x": 2}]


def test_an_unknown_price_makes_the_total_unknown() -> None:
    oracle = Oracle(["x"], ExpertCard("oracle", "m"))
    run = played([call("note"), ANSWER], noting(), AnswerSlot([oracle]))
    bill = run.trajectory.bill
    assert [line.cost_usd for line in bill.lines] == [0.0, 0.0, None]
    assert bill.cost_usd is None
    costs = [turn["bill"]["cost_usd"] for turn in run.trajectory.to_json()["turns"]]
    assert costs == [0.0, None]


# What a tool does wrong is an observation


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ToolError("down", usage=(Usage("searx", cost_usd=0.01),)), "down"),
        (ValueError("oops"), "note failed: ValueError: oops"),
        (SystemExit(1), "note failed: SystemExit: 1"),
    ],
)
def test_a_failed_tool_is_an_observation_and_the_run_goes_on(
    error: BaseException, words: str
) -> None:
    def fail(context: CallContext) -> Observation:
        raise error

    run = played([call("note"), Decision(answer="without it")], Doing(fail))
    assert run.trajectory.answer == "without it"
    seen = run.trajectory.turns[0].observation
    assert seen is not None and seen.error == words
    (used,) = run.trajectory.usage[1:]
    if isinstance(error, ToolError):
        assert (used,) == error.usage
    else:
        assert used == Usage("note", latency_s=used.latency_s)


def test_a_program_that_fails_is_shown_to_the_policy(python: Tool) -> None:
    script = [call("python", code="1 / 0"), COMPUTE, Decision(answer="42")]
    first = played(script, python).policy.states[1].turns[0].observation
    assert first is not None and first.error is not None and "ZeroDivisionError" in first.error
