"""A policy that plays a script: real loop, real tools, known choices."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from orchestra_cli.policy import Decision, State
from tools.base import ToolCall, Usage


class ScriptedPolicy:
    """Plays decisions in order, the last one again and again; keeps the states it saw."""

    name = "scripted"
    answers_itself = True

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._decisions = list(decisions)
        self.states: list[State] = []

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The next decision."""
        self.states.append(state)
        decision = self._decisions.pop(0) if len(self._decisions) > 1 else self._decisions[0]
        yield decision.thought
        return decision


def call(name: str, /, **arguments: object) -> Decision:
    """A decision that calls a tool and costs ten tokens in, two out."""
    usage = Usage(who="orchestrator", input_tokens=10, output_tokens=2, latency_s=0.01)
    return Decision(thought="t", call=ToolCall(name, dict(arguments)), usage=(usage,))
