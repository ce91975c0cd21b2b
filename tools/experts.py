"""Experts: language models reached as tools, and what the policy reads about them.

An expert's card carries its price and latency as the policy reads them; the bill is made from the
tokens that were really used. A price that is not known is None and prints as "?", never as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from tools.base import CallContext, JsonObject, Usage

Role = Literal["search", "reason", "answer"]


@dataclass(frozen=True, slots=True)
class ExpertCard:
    """What is known of an expert."""

    name: str
    model: str
    roles: frozenset[Role] = frozenset({"search", "reason", "answer"})
    skills: str = ""
    price_in_usd_per_mtok: float | None = None
    price_out_usd_per_mtok: float | None = None
    latency_s: float | None = None
    leaves_machine: bool = True

    def cost_usd(self, *, input_tokens: int, output_tokens: int) -> float | None:
        """Dollars for one call, None where a price is unknown."""
        if self.price_in_usd_per_mtok is None or self.price_out_usd_per_mtok is None:
            return None
        input_usd = input_tokens * self.price_in_usd_per_mtok
        return (input_usd + output_tokens * self.price_out_usd_per_mtok) / 1_000_000


@dataclass(frozen=True, slots=True)
class ExpertReply:
    """An expert's text, with its thinking removed, and what it cost."""

    text: str
    usage: Usage


class Expert(Protocol):
    """A model behind an endpoint, or the weights that are loaded anyway."""

    card: ExpertCard

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """Answer, showing text through `context.emit` as it comes. Raises `ToolError`."""
        ...
