"""Scripts run through the real loop with tools that do as told, and what holds of every run."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripted import ScriptedPolicy, call

from orchestra_cli.agent import Agent, Limits
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
from orchestra_cli.policy import Decision, Task
from orchestra_cli.trajectory import Orchestrator, Trajectory
from orchestra_cli.views.json_lines import JsonLines, rebuild_trajectory
from tools.base import CallContext, JsonObject, Observation, Tool, ToolCall, ToolError, Usage
from tools.experts import ExpertCard, ExpertReply
from tools.prices import FlatPrice
from tools.toolbox import Toolbox

ME = Orchestrator("scripted", "scripted", "chat")
ANSWER = call("answer", model="answer-1")
END = Decision(answer="a")
PRICED = ExpertCard("oracle", "m", price=FlatPrice(2.0, 2.0))
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
        price = self.card.price
        cost_usd = price.cost_usd(input_tokens=1_000, output_tokens=500) if price else None
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


def by_name(call: ToolCall) -> object:
    return call.name


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
