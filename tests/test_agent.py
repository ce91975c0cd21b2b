"""The loop end to end: a question in; answer, stop reason, turns, events and the bill out."""

from __future__ import annotations

import io
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import ScriptedPolicy, call

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.engines.base import EngineError
from orchestra_cli.events import (
    CallChosen,
    Event,
    FormatErrorSeen,
    RunFinished,
    RunStarted,
    ThoughtDelta,
    ToolOutput,
    TurnFinished,
    TurnStarted,
)
from orchestra_cli.policy import Decision, Policy, State, Task
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from orchestra_cli.views.json_lines import JsonLines, rebuild_trajectory
from tools.base import CallContext, JsonObject, Observation, Tool, ToolCall, ToolError, Usage
from tools.experts import ExpertCard, ExpertReply
from tools.python import PythonTool
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

ME = Orchestrator("scripted", "scripted", "chat")
COMPUTE = call("python", code="print(6 * 7)")
ANSWER = call("answer", model="answer-1")
PRICED = ExpertCard("oracle", "m", price_in_usd_per_mtok=2.0, price_out_usd_per_mtok=2.0)
TASK = Task("How much?")
LIMITS = Limits()
THINKING = Usage("orchestrator", input_tokens=10, output_tokens=2, latency_s=0.01)


@dataclass
class Oracle:
    """An expert that says what the test gives it, the last text again and again."""

    says: list[str | ToolError]
    card: ExpertCard = PRICED
    asked: list[str] = field(default_factory=list)

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        self.asked.append(str(messages[-1]["content"]))
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, ToolError):
            raise said
        for word in said.split():
            context.emit(word)
        cost_usd = self.card.cost_usd(input_tokens=1_000, output_tokens=500)
        used = Usage("oracle", 1, 1_000, 500, cost_usd, 0.5)
        return ExpertReply(said, used)


@dataclass
class Doing:
    """A tool that does what the test says."""

    do: Callable[[CallContext], Observation]
    name: str = "note"
    description: str = "Does."
    parameters: JsonObject = field(
        default_factory=lambda: {"type": "object", "properties": {"x": {"type": "integer"}}}
    )
    timeout_s: float = 5.0
    closed: int = 0

    def leaves_machine(self, arguments: JsonObject) -> bool:
        return "x" in arguments

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        return self.do(context)

    def close(self) -> None:
        self.closed += 1


def noting(**seen: Any) -> Doing:
    """A tool that always sees the same."""
    return Doing(lambda _context: Observation("noted", **seen))


def hanging() -> Doing:
    """A tool that works until it is told to stop."""

    def wait(context: CallContext) -> Observation:
        context.cancelled.wait(20)
        return Observation("stopped")

    return Doing(wait)


@pytest.fixture
def python() -> Iterator[Tool]:
    tool = PythonTool()
    yield tool
    tool.close()


@dataclass
class Run:
    """What a run left behind."""

    events: list[Event]
    policy: ScriptedPolicy

    @property
    def trajectory(self) -> Trajectory:
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last.trajectory

    @property
    def offered(self) -> list[tuple[str, ...]]:
        return [event.offered for event in self.events if isinstance(event, TurnStarted)]

    @property
    def format_errors(self) -> list[FormatErrorSeen]:
        return [event for event in self.events if isinstance(event, FormatErrorSeen)]


def played(
    script: Sequence[Decision],
    *tools: Tool,
    task: Task = TASK,
    limits: Limits = LIMITS,
    repeat_key: Callable[[ToolCall], object] | None = None,
) -> Run:
    """Run the script, and check what holds for the events of every run."""
    policy = ScriptedPolicy(script)
    keyed: dict[str, Any] = {} if repeat_key is None else {"repeat_key": repeat_key}
    agent = Agent(policy, Toolbox(tools), orchestrator=ME, limits=limits, **keyed)
    run = Run(list(agent.stream(task)), policy)
    check_events(run.events)
    return run


LETTERS: dict[type, str] = {
    RunStarted: "R",
    TurnStarted: "T",
    ThoughtDelta: "d",
    FormatErrorSeen: "f",
    CallChosen: "C",
    ToolOutput: "o",
    TurnFinished: "t",
    RunFinished: "Z",
}


def check_events(events: Sequence[Event]) -> None:
    """Their order, and that they are enough to rebuild the run, cut short or whole."""
    letters = "".join(LETTERS[type(event)] for event in events)
    assert re.fullmatch(r"R(T[df]*(Co*)?t)*(T[df]*(Co*)?)?Z", letters), letters
    first, last = events[0], events[-1]
    assert isinstance(first, RunStarted) and isinstance(last, RunFinished)
    trajectory = last.trajectory
    assert first.run_id == trajectory.run_id
    turns = tuple(event.turn for event in events if isinstance(event, TurnFinished))
    assert turns == trajectory.turns
    assert [turn.index for turn in turns] == list(range(len(turns)))
    stream = io.StringIO()
    view = JsonLines(stream)
    for event in events:
        view(event)
    lines = stream.getvalue().splitlines()
    document = trajectory.to_json()
    assert rebuild_trajectory(lines) == document
    cut = rebuild_trajectory(lines[:-1])
    assert cut["turns"] == document["turns"]
    if letters.endswith("tZ"):
        assert cut["bill"] == document["bill"]


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
    orchestrator, expert = trajectory.bill.lines
    assert (orchestrator.calls, orchestrator.input_tokens, orchestrator.output_tokens) == (2, 20, 4)
    assert (expert.who, expert.calls, expert.cost_usd) == ("oracle", 1, 0.003)
    assert trajectory.bill.cost_usd == 0.003
    assert trajectory.bill.latency_s == pytest.approx(0.52)
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
    assert [line.cost_usd for line in bill.lines] == [0.0, None]
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
    assert run.trajectory.usage[1:] == (error.usage if isinstance(error, ToolError) else ())


def test_a_program_that_fails_is_shown_to_the_policy(python: Tool) -> None:
    script = [call("python", code="1 / 0"), COMPUTE, Decision(answer="42")]
    first = played(script, python).policy.states[1].turns[0].observation
    assert first is not None and first.error is not None and "ZeroDivisionError" in first.error


# What the policy does wrong is a format error

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


# A call that repeats itself


def by_name(call: ToolCall) -> object:
    return call.name


END = Decision(answer="a")
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
    oracle = Oracle([ToolError("busy"), ToolError("busy"), ToolError("busy"), "42"])
    run = played([ANSWER], noting(), AnswerSlot([oracle]), repeat_key=by_name)
    assert (run.trajectory.answer, len(run.trajectory.turns)) == ("42", 4)
    assert run.offered == [("note", "answer")] * 4


# Limits


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


# Our bugs, and Ctrl-C


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
    assert run.trajectory.usage == (THINKING, THINKING)
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


# Any script

USAGES = st.builds(
    Usage,
    st.sampled_from(["orchestrator", "oracle", "searx"]),
    input_tokens=st.integers(0, 9),
    cost_usd=st.none() | st.sampled_from([0.0, 0.25, 1.5]),
    latency_s=st.sampled_from([0.0, 0.5]),
)
SPENT = st.lists(USAGES, max_size=2).map(tuple)
CALLS = st.builds(
    ToolCall,
    st.sampled_from(["note", "note", "other", "answer", "answer", "nothing", ""]),
    st.sampled_from([{}, {"x": 1}, {"x": "1"}, {"model": "answer-1"}, {"model": "answer-9"}]),
)
DECISIONS = st.one_of(
    st.builds(Decision, call=CALLS, usage=SPENT),
    st.builds(Decision, call=CALLS, thought=st.text(max_size=5), usage=SPENT),
    st.builds(Decision, answer=st.text(), usage=SPENT),
    st.builds(Decision, error=st.text(min_size=1), reply=st.text(), usage=SPENT),
)
OUTCOMES = st.one_of(
    st.builds(
        Observation,
        st.text(),
        documents=st.lists(st.text(), max_size=2).map(tuple),
        attempt=st.none() | st.text(),
        usage=SPENT,
    ),
    st.builds(ToolError, st.text(), usage=SPENT),
    st.builds(ValueError, st.text()),
)


@dataclass
class Random:
    """A tool, or an expert, of random outcomes."""

    outcomes: list[Observation | Exception]
    spent: list[Usage]
    card: ExpertCard = ExpertCard("oracle", "m")

    def tool(self, name: str) -> Tool:
        return replace(Doing(self.seen), name=name)

    def take(self) -> Observation:
        outcome = self.outcomes.pop(0) if self.outcomes else Observation("nothing more")
        if isinstance(outcome, ToolError):
            self.spent += outcome.usage
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def seen(self, context: CallContext) -> Observation:
        observation = self.take()
        self.spent += observation.usage
        return observation

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        reply = ExpertReply(self.take().text, Usage("oracle", latency_s=0.25))
        self.spent.append(reply.usage)
        return reply


def check_bill(trajectory: Trajectory, spent: Sequence[Usage]) -> None:
    """Every usage is on the bill once, and an unknown price makes a sum unknown."""
    assert Counter(trajectory.usage) == Counter(spent)
    lines = {line.who: line for line in trajectory.bill.lines}
    assert set(lines) == {usage.who for usage in spent}
    for who, line in lines.items():
        own = [usage for usage in spent if usage.who == who]
        costs = [usage.cost_usd for usage in own if usage.cost_usd is not None]
        assert (line.calls, line.input_tokens) == (len(own), sum(u.input_tokens for u in own))
        assert line.cost_usd == (sum(costs) if len(costs) == len(own) else None)
        assert line.latency_s == sum(usage.latency_s for usage in own)
    known = [line.cost_usd for line in lines.values() if line.cost_usd is not None]
    assert trajectory.bill.cost_usd == (sum(known) if len(known) == len(lines) else None)
    assert trajectory.bill.latency_s == sum(usage.latency_s for usage in spent)


@given(
    script=st.lists(DECISIONS, min_size=1, max_size=12),
    outcomes=st.lists(OUTCOMES, max_size=8),
    names=st.sets(st.sampled_from(["note", "other", "answer"])),
    limits=st.builds(
        Limits,
        max_turns=st.integers(0, 5),
        format_retries=st.integers(0, 2),
        max_time_s=st.just(60),
    ),
    keyed_by_name=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_script_ends_within_its_limits_with_the_whole_bill(
    script: list[Decision],
    outcomes: list[Observation | Exception],
    names: set[str],
    limits: Limits,
    keyed_by_name: bool,
) -> None:
    world = Random(outcomes, spent=[])
    tools = [
        AnswerSlot([world]) if name == "answer" else world.tool(name) for name in sorted(names)
    ]
    run = played(script, *tools, limits=limits, repeat_key=by_name if keyed_by_name else None)
    trajectory = run.trajectory
    assert len(trajectory.turns) <= limits.max_turns
    assert trajectory.stop_reason in {
        StopReason.ANSWERED,
        StopReason.TURN_LIMIT,
        StopReason.FORMAT_ERRORS,
        StopReason.FAILED,
    }
    if trajectory.stop_reason == StopReason.ANSWERED:
        assert trajectory.answer is not None
    assert len(run.policy.states) <= limits.max_turns * (limits.format_retries + 2)
    for state in run.policy.states:
        assert set(state.offered) <= names and len(state.format_errors) < limits.format_retries + 2
    decided = [*script, *[script[-1]] * len(run.policy.states)][: len(run.policy.states)]
    check_bill(trajectory, [*(used for each in decided for used in each.usage), *world.spent])
