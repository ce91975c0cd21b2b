"""Experts: language models reached as tools, and what the policy reads about them.

An expert's card carries its price and latency as the policy reads them; the bill is made from the
tokens that were really used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tools.base import CallContext, JsonObject, ToolError, Usage
from tools.prices import Price

Role = Literal["search", "reason", "answer", "answer-math"]


@dataclass(frozen=True, slots=True)
class ExpertCard:
    """What is known of an expert."""

    name: str
    model: str
    roles: frozenset[Role] = frozenset({"search", "reason", "answer"})
    skills: str = ""
    price: Price | None = None
    """None where it is not known; it prints as "?"."""
    latency_s: float | None = None
    success_rate: float | None = None
    """The share of right answers where it was measured."""
    success_by_domain: Mapping[str, float] = field(default_factory=dict)
    """The same by kind of question, where that was measured."""
    reply_tokens: float | None = None
    """The length of a usual reply."""
    leaves_machine: bool = True
    max_tokens: int = 8_192
    """For the longest reply; a model's unseen thinking counts too."""


@dataclass(frozen=True, slots=True)
class ExpertReply:
    """An expert's text, with its thinking removed, and what it cost."""

    text: str
    usage: Usage
    notes: tuple[str, ...] = ()
    """What went wrong on the way, for the user."""


class ExpertFailedError(ToolError):
    """The expert's provider fails, and another expert may do: nothing is wrong with the request."""


class Expert(Protocol):
    """A model behind an endpoint, or the weights that are loaded anyway."""

    card: ExpertCard

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """Answer, showing text through `context.emit` as it comes.

        Raises `ToolError`; `ExpertFailedError` where another expert should be asked.
        """
        ...
