"""Our bugs, Ctrl-C and a reader that goes away: the run ends in order, and its tools are told."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, replace

import pytest
from agent_runs import END, ME, THINKING, Doing, check_events, noting, played
from scripted import ScriptedPolicy, call

from orchestra_cli.agent import Agent
from orchestra_cli.engines.base import EngineError
from orchestra_cli.events import Event, RunFinished, ToolOutput
from orchestra_cli.policy import Decision, Policy, State, Task
from orchestra_cli.trajectory import StopReason
from tools.base import CallContext, Observation, Tool
from tools.toolbox import Toolbox


@dataclass
class Breaking:
    """A policy that calls a tool once and then raises."""

    error: BaseException
    name: str = "breaking"

    def choose(self, state: State) -> Generator[str, None, Decision]:
        yield "t"
        if state.turns:
            raise self.error
        return call("note")


def watched(policy: Policy, *tools: Tool) -> tuple[list[Event], BaseException | None]:
    events: list[Event] = []
    try:
        for event in Agent(policy, Toolbox(tools), orchestrator=ME).stream(Task("q")):
            events.append(event)
    except BaseException as error:
        check_events(events)
        return events, error
    check_events(events)
    return events, None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EngineError("out of memory"), "out of memory"),
        (ZeroDivisionError("bug"), "bug"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_a_policy_that_raises_leaves_its_run_before_the_exception(
    error: Exception, words: str
) -> None:
    events, raised = watched(Breaking(error), noting(attempt="maybe"))
    assert raised is error
    last = events[-1]
    assert isinstance(last, RunFinished)
    trajectory = last.trajectory
    assert (trajectory.stop_reason, trajectory.error) == (StopReason.FAILED, words)
    assert (trajectory.answer, len(trajectory.turns)) == ("maybe", 1)
    with pytest.raises(type(error)):
        Agent(Breaking(error), Toolbox([noting()]), orchestrator=ME).run(Task("q"))


def test_ctrl_c_while_the_policy_thinks_ends_the_run_in_order() -> None:
    events, raised = watched(Breaking(KeyboardInterrupt()), noting(attempt="maybe"))
    last = events[-1]
    assert raised is None and isinstance(last, RunFinished)
    assert last.trajectory.stop_reason == StopReason.INTERRUPTED
    assert (last.trajectory.answer, len(last.trajectory.turns)) == ("maybe", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal sent to a thread")
def test_ctrl_c_while_a_tool_runs_ends_the_run_in_order() -> None:
    told = threading.Event()

    def interrupt(context: CallContext) -> Observation:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        if context.cancelled.wait(5):
            told.set()
        return Observation("nobody reads this")

    slow = replace(Doing(interrupt), name="slow")
    run = played([call("note"), call("slow")], noting(attempt="maybe"), slow)
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.INTERRUPTED, "maybe")
    assert [turn.tool for turn in run.trajectory.turns] == ["note"]
    first, noted, second = run.trajectory.usage
    assert (first, noted.who, second) == (THINKING, "note", THINKING)
    assert told.wait(5)


def test_a_reader_that_goes_away_stops_the_tool() -> None:
    told = threading.Event()

    def work(context: CallContext) -> Observation:
        context.emit("x")
        if context.cancelled.wait(5):
            told.set()
        return Observation("nobody reads this")

    agent = Agent(ScriptedPolicy([call("note")]), Toolbox([Doing(work)]), orchestrator=ME)
    stream = agent.stream(Task("q"))
    assert any(isinstance(event, ToolOutput) for event in stream)
    del stream
    assert told.wait(5)


def test_closing_the_agent_closes_its_tools() -> None:
    tool = noting()
    Agent(ScriptedPolicy([END]), Toolbox([tool]), orchestrator=ME).close()
    assert tool.closed == 1
