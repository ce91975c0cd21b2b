"""The seam to what picks the next turn, and the policy that is a model behind an engine."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from orchestra_cli.engines.base import Completion, Engine, Message, Request, Sampling
from orchestra_cli.parsing import Reply, parse_reply
from orchestra_cli.trajectory import Turn
from prefs.steering import Steered
from tools.base import Buffers, JsonObject, Tool, ToolCall, Usage
from tools.budget import Budget


@dataclass(frozen=True, slots=True)
class Task:
    """A question, and text that came with it."""

    question: str
    attachment: str = ""
    """Piped input: part of the problem, but never searched for or computed with by a rule."""
    preference: str = ""
    """What the user prefers, in words: read by the orchestrator, not by the experts."""
    id: str = ""
    """Which task of an evaluation it is; in no prompt."""
    domain: str = ""
    """As the data set labels it, for the policies that are told; in no prompt."""

    @property
    def problem(self) -> str:
        """Question and attachment, as an expert reads them."""
        if not self.attachment:
            return self.question
        return f"{self.question}\n\nInput:\n{self.attachment}"

    @property
    def problem_with_preference(self) -> str:
        """As the orchestrator reads it (paper, section 4: the preference follows the task)."""
        return "\n\n".join(part for part in (self.problem, self.preference) if part)


@dataclass(frozen=True, slots=True)
class State:
    """All that a policy may look at when it chooses."""

    task: Task
    turns: tuple[Turn, ...]
    buffers: Buffers
    functions: tuple[JsonObject, ...]
    """What is offered in this turn: name, description, parameters."""
    format_errors: tuple[tuple[str, str], ...] = ()
    """(reply, what was wrong with it) of this turn so far."""
    force_call: bool = False
    """The reply must be a legal call: retries are used up, or this is the last allowed turn."""
    deadline: float = float("inf")
    cancelled: threading.Event = field(default_factory=threading.Event)
    budget: Budget = field(default_factory=Budget)
    withheld: tuple[str, ...] = ()
    """Functions that cannot be called in this turn: too dear, or nothing is there to accept."""
    tools: tuple[Tool, ...] = ()
    """All tools of the run, whatever this turn offers of them."""
    domains: Mapping[str, float] = field(default_factory=dict)
    """How likely the question is of each domain, where that has been read; 1 in sum."""

    @property
    def offered(self) -> tuple[str, ...]:
        """The names of the functions."""
        return tuple(function["name"] for function in self.functions)


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy's message: a call, an answer of its own, or a format error."""

    thought: str = ""
    call: ToolCall | None = None
    answer: str | None = None
    error: str | None = None
    reply: str = ""
    """The raw text, shown back to the model with the error."""
    usage: tuple[Usage, ...] = ()
    candidates: tuple[Steered, ...] = ()
    """What it was drawn from, where the choice was steered."""
    why: str = ""
    """The choice in a sentence."""


class Policy(Protocol):
    """What picks the next turn: a model, a rule, a script in a test."""

    name: str
    answers_itself: bool
    """Whether it may end the run with an answer of its own, without `answer`."""

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """Yield the thought as it comes and return the decision.

        Raises `EngineError`, and `BudgetError` where deciding costs more than is left.
        """
        ...


class PromptStyle(Protocol):
    """How a state becomes messages (`orchestra_cli.prompts`)."""

    name: str
    answers_itself: bool
    """Whether a reply without a call is an answer; else it is a format error."""
    lists_functions: bool
    """Whether its messages list the functions; else the model's template does."""

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """The prompt, within the engine's context."""
        ...

    def reply_tokens(self, engine: Engine) -> int:
        """How long a reply may be."""
        ...


class ModelPolicy:
    """A model that reads the state and writes a call."""

    def __init__(
        self,
        engine: Engine,
        style: PromptStyle,
        *,
        sampling: Sampling,
        max_tokens: int = 2048,
    ) -> None:
        self.name = "model"
        self.answers_itself = style.answers_itself
        self.engine = engine
        self.sampling = sampling
        self._style = style
        self._max_tokens = max_tokens

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """One reply of the model, parsed."""
        completion = yield from self.engine.stream(self.request(state))
        return self.decide(completion)

    def request(self, state: State) -> Request:
        """What the model is asked in this state."""
        return Request(
            messages=self._style.messages(state, self.engine),
            functions=state.functions,
            functions_listed=self._style.lists_functions,
            max_tokens=self._max_tokens,
            sampling=self.sampling,
            force_call=state.force_call,
            deadline=state.deadline,
            cancelled=state.cancelled,
            budget=state.budget,
        )

    def decide(self, completion: Completion) -> Decision:
        """What the reply says."""
        reply = parse_reply(completion.text, completion.calls)
        decision = Decision(
            thought=reply.thought, reply=_written(completion), usage=(completion.usage,)
        )
        if reply.calls:  # one call a turn is executed; the text beside it is no answer
            return replace(decision, thought=reply.thought or reply.text, call=reply.calls[0])
        error = _why_no_call(reply, truncated=completion.truncated)
        if error is None and self._style.answers_itself:
            return replace(decision, answer=reply.text)
        return replace(decision, error=error or "no function was called")


def _why_no_call(reply: Reply, *, truncated: bool) -> str | None:
    """What is wrong with a reply that calls nothing; None where its text may be an answer."""
    if truncated:
        return "the reply was cut off before its call was whole: think less, then call a function"
    return reply.error or (None if reply.text else "the reply was empty")


def _written(completion: Completion) -> str:
    """The reply as the model would write it, its structured calls included."""
    calls = ({"name": call.name, "arguments": call.arguments} for call in completion.calls)
    blocks = (
        f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>" for call in calls
    )
    return "\n".join(part for part in (completion.text, *blocks) if part)
