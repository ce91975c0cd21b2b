"""The seam to a model: messages and functions in, streamed text and a completion out."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from orchestra_cli.errors import ModelError
from tools.base import JsonObject, Usage
from tools.budget import Budget
from tools.endpoint_tokens import DrawnToken

Message = dict[str, Any]
"""A chat message as OpenAI's API and chat templates have it: role, content, maybe tool_calls."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. The defaults are greedy: same prompt, same text."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    """Over the last 256 tokens; 1 is none. Keeps a small model out of loops."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked of an engine."""

    messages: tuple[Message, ...]
    functions: tuple[JsonObject, ...] = ()
    """JSON functions on offer: name, description, parameters."""
    functions_listed: bool = False
    """The messages list the functions already: the template need not."""
    max_tokens: int = 1024
    sampling: Sampling = Sampling()
    force_call: bool = False
    """The reply must be one legal call of `functions` (a grammar, or tool_choice=required)."""
    as_expert: bool = False
    """The base weights answer: a LoRA adapter is switched off for this request."""
    deadline: float = float("inf")
    """In `time.monotonic()` seconds; generation stops there with what it has."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    budget: Budget = field(default_factory=Budget)
    """An engine that costs dollars reserves here what the reply may cost."""
    opening: str = ""
    """How the reply begins: given, not drawn. `Completion.text` begins with it."""
    stop_at: tuple[str, ...] = ()
    """Generation ends as soon as the drawn text ends with one of these, which stays in the text."""
    forced: str | None = None
    """With `force_call`: the one function that the grammar allows; the prompt lists all."""
    no_call: bool = False
    """The reply must not begin with a call."""
    logprobs: bool = False
    """An endpoint is asked to tell the likeliest alternatives of each token."""


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as an endpoint returned it, before its arguments are parsed."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply. `text` still holds `<think>` and `<tool_call>` where the model wrote them."""

    text: str
    usage: Usage
    calls: tuple[RawCall, ...] = ()
    """Structured calls of an endpoint that parses them itself; `text` may then be empty."""
    truncated: bool = False
    """Cut by max_tokens, the context's end, the deadline or a cancel."""
    drawn: tuple[DrawnToken, ...] = ()
    """The tokens of the text with their alternatives, where an endpoint tells them."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model thinks of ways in which its reply may go on."""

    log_likelihoods: tuple[float, ...]
    """Natural, of each continuation as a whole."""
    usage: Usage


class Engine(Protocol):
    """What turns messages into text."""

    name: str
    context_tokens: int

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """Yield the reply's text as it comes and return it whole. Raises `EngineError`."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens the model sees in `text`; an estimate where it cannot be known."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """An engine that can say how likely a continuation is."""

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        """Each continuation after the prompt and `request.opening`. Raises `EngineError`."""
        ...


class EngineError(ModelError):
    """The engine cannot answer this request; `usage` is what was spent on it all the same."""

    def __init__(self, message: str, *, usage: tuple[Usage, ...] = ()) -> None:
        super().__init__(message)
        self.usage = usage


class ContextOverflowError(EngineError):
    """The prompt is longer than the model's context."""
