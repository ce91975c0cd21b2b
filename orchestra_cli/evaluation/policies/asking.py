"""What every policy of an evaluation does with a turn: see who is offered, ask one, pay its time.

The seconds that choosing takes are measured and stand on the orchestrator's line of the bill.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from orchestra_cli.policy import Decision, State
from orchestra_cli.run import ANSWER
from orchestra_cli.trajectory import ORCHESTRATOR
from tools.base import ToolCall, Usage


@dataclass(frozen=True, slots=True)
class Experts:
    """Who can be asked, and by which alias."""

    names: tuple[str, ...]
    aliases: tuple[str, ...]
    """In the same order."""

    @classmethod
    def of(cls, aliases: Mapping[str, str], names: Collection[str]) -> Experts:
        """These experts, in the order given."""
        return cls(tuple(names), tuple(aliases[name] for name in names))

    def ask(self, expert: int, *, began_s: float, why: str = "") -> Decision:
        """Call `answer` with this expert, by its place in `names`."""
        call = ToolCall(ANSWER, {"model": self.aliases[expert]})
        return Decision(call=call, usage=(own_time(began_s),), why=why)

    def best(self, scores: Sequence[float], state: State) -> int | None:
        """The place of the one with the highest score among those that the budget leaves."""
        offered = offered_aliases(state)
        places = [place for place, alias in enumerate(self.aliases) if alias in offered]
        return max(places, key=scores.__getitem__, default=None)


def offered_aliases(state: State) -> Collection[str]:
    """The experts that `answer` can be called with in this turn."""
    for function in state.functions:
        if function["name"] == ANSWER:
            names: list[str] = function["parameters"]["properties"]["model"]["enum"]
            return names
    return ()


def own_time(began_s: float) -> Usage:
    """The line of the bill for a choice that began at `time.perf_counter()` = `began_s`."""
    return Usage(ORCHESTRATOR, latency_s=time.perf_counter() - began_s)
