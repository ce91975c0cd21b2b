"""What tokens cost. A price that is not known is None, never 0: it prints as "?".

All prices are US dollars per million tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Price(Protocol):
    """What a model charges."""

    @property
    def input_usd_per_mtok(self) -> float: ...
    @property
    def output_usd_per_mtok(self) -> float: ...
    @property
    def source(self) -> str:
        """Where the price is from, for whoever checks the bill."""
        ...

    def cost_usd(
        self, *, input_tokens: int, output_tokens: int, cached_input_tokens: int = 0
    ) -> float:
        """Dollars for one call; the cached tokens are among the input tokens."""
        ...

    def worst_usd(self, *, input_tokens: int, output_tokens: int) -> float:
        """The most that a call of up to so many tokens may cost, however many are cached."""
        ...


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """A price for each kind of token, whatever their number."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float | None = None
    """None where cached tokens cost as much as others."""
    source: str = "config.toml"

    def cost_usd(
        self, *, input_tokens: int, output_tokens: int, cached_input_tokens: int = 0
    ) -> float:
        """Dollars for one call."""
        cached = min(cached_input_tokens, input_tokens)
        cached_price = self.cached_input_usd_per_mtok
        if cached_price is None:
            cached_price = self.input_usd_per_mtok
        return (
            (input_tokens - cached) * self.input_usd_per_mtok
            + cached * cached_price
            + output_tokens * self.output_usd_per_mtok
        ) / 1_000_000

    def worst_usd(self, *, input_tokens: int, output_tokens: int) -> float:
        """With all of the prompt cached or none of it, whichever costs more."""
        tokens = {"input_tokens": input_tokens, "output_tokens": output_tokens}
        return max(
            self.cost_usd(**tokens, cached_input_tokens=cached) for cached in (0, input_tokens)
        )


FREE = FlatPrice(0.0, 0.0, source="this machine")
"""A model on this machine: its seconds and tokens are on the bill, and no dollars."""
