"""A run as pure data: append-only, serialised whole, enough to replay or score it later.

`Trajectory.to_json()` is the document that `ask --json` prints (docs/formats.md). Its
schema_version grows when a reader of the old form would misread the new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from prefs.steering import Steered
from tools.base import JsonObject, Observation, Usage

SCHEMA_VERSION = 1
ORCHESTRATOR = "orchestrator"
"""Whose line the policy's own tokens and seconds are."""


class StopReason(StrEnum):
    """Why a run ended."""

    ANSWERED = "answered"
    COST_LIMIT = "cost_limit"
    TIME_LIMIT = "time_limit"
    TURN_LIMIT = "turn_limit"
    FORMAT_ERRORS = "format_errors"
    FAILED = "failed"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Bill:
    """Tokens, seconds and dollars by line. An unknown price makes the total unknown, never 0."""

    lines: tuple[Usage, ...] = ()

    @classmethod
    def of(cls, usages: Iterable[Usage]) -> Bill:
        """One line for each party: the orchestrator's first, then as they first appear."""
        lines: dict[str, Usage] = {}
        for usage in sorted(usages, key=lambda usage: usage.who != ORCHESTRATOR):
            lines[usage.who] = lines[usage.who] + usage if usage.who in lines else usage
        return cls(tuple(lines.values()))

    @property
    def cost_usd(self) -> float | None:
        """Dollars in total; None where a line's price is unknown."""
        return _sum_known(line.cost_usd for line in self.lines)

    @property
    def latency_s(self) -> float:
        """Seconds in total."""
        return sum(line.latency_s for line in self.lines)

    def to_json(self) -> JsonObject:
        """The document's `bill`."""
        return {
            "cost_usd": self.cost_usd,
            "latency_s": round(self.latency_s, 4),
            "lines": [
                asdict(line) | {"latency_s": round(line.latency_s, 4)} for line in self.lines
            ],
        }


def _sum_known(costs: Iterable[float | None]) -> float | None:
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total


@dataclass(frozen=True, slots=True)
class Turn:
    """One policy message, its tool call, and the observation."""

    index: int
    thought: str
    tool: str | None = None
    """None where the policy answered itself."""
    arguments: JsonObject = field(default_factory=dict)
    observation: Observation | None = None
    slot: str | None = None
    expert: str | None = None
    leaves_machine: bool = False
    usage: tuple[Usage, ...] = ()
    """The orchestrator's own use and that of the tool."""
    candidates: tuple[Steered, ...] = ()
    """What the choice was drawn from, where it was steered."""
    why: str = ""
    """The choice in a sentence."""

    def to_json(self) -> JsonObject:
        """An element of the document's `turns`."""
        bill = Bill.of(self.usage)
        seen = self.observation
        return {
            "index": self.index,
            "thought": self.thought,
            "tool": self.tool,
            "slot": self.slot,
            "expert": self.expert,
            "arguments": self.arguments,
            "leaves_machine": self.leaves_machine,
            "observation": None if seen is None else _seen_to_json(seen),
            "candidates": candidates_to_json(self.candidates),
            "why": self.why,
            "bill": {"cost_usd": bill.cost_usd, "latency_s": round(bill.latency_s, 4)},
        }


def candidates_to_json(candidates: Iterable[Steered]) -> list[JsonObject]:
    """As a turn and the event of its call hold them; `utility` is in dollars."""
    return [
        {
            "name": each.candidate.name,
            "probability": each.candidate.probability,
            "utility": each.utility_usd,
            "steered": each.probability,
            "success": each.candidate.success,
            "cost_usd": each.candidate.cost_usd,
            "latency_s": each.candidate.latency_s,
        }
        for each in candidates
    ]


def _seen_to_json(seen: Observation) -> JsonObject:
    return {"text": seen.text, "error": seen.error, "notes": list(seen.notes)}


@dataclass(frozen=True, slots=True)
class Orchestrator:
    """Who conducted."""

    model: str
    policy: str
    prompt_style: str


@dataclass(frozen=True, slots=True)
class Trajectory:
    """All turns of one run, with the bill, the answer and the stop reason."""

    run_id: str
    question: str
    orchestrator: Orchestrator
    answer: str | None = None
    stop_reason: StopReason = StopReason.INTERRUPTED
    turns: tuple[Turn, ...] = ()
    preference: JsonObject = field(default_factory=dict)
    error: str | None = None
    """What failed, where the stop reason is failed."""
    usage: tuple[Usage, ...] = ()
    """Everything used, replies included that were no legal call."""

    @property
    def bill(self) -> Bill:
        """By party."""
        return Bill.of(self.usage)

    def to_json(self) -> dict[str, Any]:
        """The whole document."""
        return {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run_id,
            "question": self.question,
            "answer": self.answer,
            "stop_reason": self.stop_reason.value,
            "error": self.error,
            "orchestrator": asdict(self.orchestrator),
            "preference": self.preference,
            "turns": [turn.to_json() for turn in self.turns],
            "bill": self.bill.to_json(),
        }
