"""What a tool is, what it is given and what it gives back.

A tool is a JSON function: a name, a description, a JSON schema of its arguments, and `run`. It runs
in a thread of its own under a deadline (see `tools.toolbox`), so `run` may block; a long one should
look at `context.cancelled` now and then. It raises `ToolError` with a message that helps the policy
to do better; any other exception becomes an error observation too, with its type named.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from tools.budget import Budget

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """A line of the bill: what one party used. `cost_usd` is None where the price is unknown."""

    who: str
    calls: int = 1
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    latency_s: float = 0.0
    cached_input_tokens: int = 0
    """Of the input tokens: read from the provider's cache, at its price for that."""
    reasoning_tokens: int = 0
    """Of the output tokens: thought unseen."""
    estimated: bool = False
    """Some tokens were not counted by whoever used them, but guessed from the text."""

    def __add__(self, other: Usage) -> Usage:
        """Both together, on the line of the first."""
        unknown = self.cost_usd is None or other.cost_usd is None
        return Usage(
            who=self.who,
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=None if unknown else (self.cost_usd or 0.0) + (other.cost_usd or 0.0),
            latency_s=self.latency_s + other.latency_s,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            estimated=self.estimated or other.estimated,
        )


class ToolError(Exception):
    """The tool cannot do this; the message goes back to the policy as the observation.

    `usage` is what was spent before it failed, which is owed all the same.
    """

    def __init__(self, message: str, *, usage: tuple[Usage, ...] = ()) -> None:
        super().__init__(message)
        self.usage = usage


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the policy asks for."""

    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class CodeRun:
    """A program and what it printed."""

    code: str
    output: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What the policy sees back from a call. An error is an observation too."""

    text: str
    error: str | None = None
    """One line on what went wrong; None where the call succeeded."""
    documents: tuple[str, ...] = ()
    code_runs: tuple[CodeRun, ...] = ()
    attempt: str | None = None
    """An expert's answer to the task."""
    usage: tuple[Usage, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know of how it came about: a retry, an expert that stood in."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """What a run has gathered so far, in the order in which it came (paper, section 3)."""

    documents: tuple[str, ...] = ()
    code_runs: tuple[CodeRun, ...] = ()
    attempts: tuple[str, ...] = ()

    def add(self, observation: Observation) -> Buffers:
        """The buffers after one more observation; a document already held is not held twice."""
        seen = set(self.documents)
        new = tuple(d for d in dict.fromkeys(observation.documents) if d not in seen)
        attempt = () if observation.attempt is None else (observation.attempt,)
        return replace(
            self,
            documents=self.documents + new,
            code_runs=self.code_runs + observation.code_runs,
            attempts=self.attempts + attempt,
        )


def _discard(text: str) -> None:
    """The default consumer of live output: nobody is watching."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a tool may know of the run it serves."""

    question: str
    buffers: Buffers = Buffers()
    deadline: float = float("inf")
    """In `time.monotonic()` seconds."""
    emit: Callable[[str], None] = _discard
    """Shows text while the tool works (an expert's answer as it streams)."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    budget: Budget = field(default_factory=Budget)
    """What costs dollars is reserved here before it is done."""
    attempted: frozenset[str] = frozenset()
    """The slots that have given an attempt: the same expert would say the same again."""

    @property
    def remaining_s(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())


class Tool(Protocol):
    """Anything that the policy can call."""

    name: str
    description: str
    parameters: JsonObject
    """JSON schema of the arguments, of type object."""
    timeout_s: float

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether this call sends anything off this machine."""
        ...

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Do it. The arguments have passed the schema."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A tool whose arguments depend on the run: a slot offers the experts that can be afforded, and
    an attempt can be accepted once there is one.
    """

    def offer(self, context: CallContext) -> Offer:
        """What may be asked of it now."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool's parameters in one turn."""

    parameters: JsonObject | None
    """JSON schema; None where the tool is not offered at all."""
    withheld: tuple[str, ...] = ()
    """The choices that the budget leaves out, for the user to know."""


@runtime_checkable
class Closable(Protocol):
    """A tool that holds something beyond a call."""

    def close(self) -> None:
        """Let it go; the tool is not called again."""
        ...
