"""What a run tells whoever watches: views, the JSON lines, evaluation and training.

A run is RunStarted, then for each turn TurnStarted, any number of ThoughtDelta and FormatErrorSeen,
CallChosen, any number of ToolOutput, TurnFinished, and at the end RunFinished, which carries the
whole trajectory. A turn in which the policy answers itself has no CallChosen.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from orchestra_cli.trajectory import Orchestrator, Trajectory, Turn
from prefs.steering import Steered
from tools.base import JsonObject


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins; `tools` are the names of what may be called."""

    run_id: str
    question: str
    orchestrator: Orchestrator
    tools: tuple[str, ...]
    preference: JsonObject
    notes: tuple[str, ...] = ()
    """What the user should know of this run's make-up: a small model, a rule policy, the CPU."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The policy is about to choose among `offered`."""

    index: int
    offered: tuple[str, ...]
    withheld: tuple[str, ...] = ()
    """Choices such as `answer-2` that cost more than is left of the budget."""


@dataclass(frozen=True, slots=True)
class ThoughtDelta:
    """More text of the policy's reply, as it streams."""

    text: str


@dataclass(frozen=True, slots=True)
class FormatErrorSeen:
    """The reply was no legal call; `message` goes back to the policy."""

    message: str
    retries_left: int


@dataclass(frozen=True, slots=True)
class CallChosen:
    """The policy's choice, just before the tool runs."""

    tool: str
    arguments: JsonObject
    slot: str | None
    expert: str | None
    leaves_machine: bool
    candidates: tuple[Steered, ...] = ()
    """What it was drawn from, where the choice was steered."""
    why: str = ""
    """The choice in a sentence."""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """More text of a tool at work, such as an expert's answer as it streams."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The turn as it stands in the trajectory."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    trajectory: Trajectory


Event = (
    RunStarted
    | TurnStarted
    | ThoughtDelta
    | FormatErrorSeen
    | CallChosen
    | ToolOutput
    | TurnFinished
    | RunFinished
)

Events = Generator[Event, None, None]
