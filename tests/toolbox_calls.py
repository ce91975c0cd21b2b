"""Tools that do what a test says, and calls of them through the toolbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from tools.base import CallContext, JsonObject, Observation, Tool, ToolCall, Usage
from tools.toolbox import Toolbox, problem_with

SPENT = Usage("gpt-5", input_tokens=3, cost_usd=0.01)


@dataclass
class Doing:
    """A tool that does what the test says."""

    do: Callable[[JsonObject, CallContext], Observation]
    name: str = "doing"
    description: str = "Does."
    parameters: JsonObject = field(default_factory=lambda: {"type": "object"})
    timeout_s: float = 5.0

    def leaves_machine(self, arguments: JsonObject) -> bool:
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        return self.do(arguments, context)


def raising(error: BaseException) -> Doing:
    def run(arguments: JsonObject, context: CallContext) -> NoReturn:
        raise error

    return Doing(run)


def called(
    tool: Tool, context: CallContext | None = None, **arguments: object
) -> tuple[Observation, list[str]]:
    """(the observation, what was shown before it)."""
    calling = Toolbox([tool]).call(ToolCall(tool.name, arguments), context or CallContext("q"))
    shown: list[str] = []
    try:
        while True:
            shown.append(next(calling))
    except StopIteration as done:
        observation: Observation = done.value
    return observation, shown


def specs(toolbox: Toolbox, *names: str) -> tuple[JsonObject, ...]:
    """The JSON functions of these tools in a run that has just begun."""
    return toolbox.offer(names, CallContext("q"))[0]


def problem(toolbox: Toolbox, call: ToolCall, *names: str) -> str | None:
    """What is wrong with the call where these tools are offered."""
    return problem_with(call, specs(toolbox, *names))
