"""The dated price book: what providers charge, from the data inside the package genai-prices.

The book is read when a price is first looked up: loading it takes about 0.3 s. Nothing is fetched.
A configured price overrides it (`orchestra_cli.experts.configured`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

    from tools.prices import Price

PACKAGE = "genai-prices"

_LONGEST_CALL = timedelta(hours=1)
_NOT_COUNTED = ("output_reasoning_mtok", "output_citation_mtok")
"""Prices apart for what a bill does not tell apart: only of models that search on their own."""


@dataclass(frozen=True, slots=True)
class BookPrice:
    """A model's entry: its tiers by length and its price for cached tokens are the provider's."""

    _provider: Provider
    _model: ModelInfo

    @property
    def input_usd_per_mtok(self) -> float:
        """For the shortest prompts."""
        return _base(self._model.get_prices(datetime.now(UTC)).input_mtok)

    @property
    def output_usd_per_mtok(self) -> float:
        """For the shortest prompts."""
        return _base(self._model.get_prices(datetime.now(UTC)).output_mtok)

    @property
    def source(self) -> str:
        """The book's version and the entry."""
        return f"{PACKAGE} {version()}: {self._provider.id}/{self._model.id}"

    def cost_usd(
        self, *, input_tokens: int, output_tokens: int, cached_input_tokens: int = 0
    ) -> float:
        """Dollars for one call, at the prices of this hour: some change by the time of day."""
        prices = self._model.get_prices(datetime.now(UTC))
        cached = min(cached_input_tokens, input_tokens)
        return _cost_usd(prices, input_tokens, output_tokens, cached)

    def worst_usd(self, *, input_tokens: int, output_tokens: int) -> float:
        """The dearest of the tiers up to that length and of the prices until the call is over."""
        now = datetime.now(UTC)
        tables = [self._model.get_prices(now), self._model.get_prices(now + _LONGEST_CALL)]
        return max(
            _cost_usd(prices, length, output_tokens, cached)
            for prices in (tables if tables[0] is not tables[1] else tables[:1])
            for length in (input_tokens, *_ends_of_tiers(prices, input_tokens))
            for cached in (0, length)
        )


def look_up(model: str, base_url: str) -> Price | None:
    """What the provider at that address charges for the model; None where the book has no entry.

    The address must be the provider's own: the same model costs something else elsewhere.
    """
    from genai_prices.data_snapshot import get_snapshot

    try:
        provider, entry = get_snapshot().find_provider_model(model, None, None, base_url)
    except LookupError:
        return None
    prices = entry.get_prices(datetime.now(UTC))
    if prices.input_mtok is None or prices.output_mtok is None:
        return None
    if any(getattr(prices, each) is not None for each in _NOT_COUNTED):
        return None
    return BookPrice(provider, entry)


def version() -> str:
    """The book's version."""
    return package_version(PACKAGE)


def newest_change() -> date | None:
    """The last price change that the book knows of and that has come into force.

    The package does not say when it was made: it is at least as new as this.
    """
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import StartDateConstraint

    changes = (
        price.constraint.start_date
        for provider in get_snapshot().providers
        for model in provider.models
        for price in (model.prices if isinstance(model.prices, list) else ())
        if isinstance(price.constraint, StartDateConstraint)
    )
    today = datetime.now(UTC).date()
    return max((change for change in changes if change <= today), default=None)


def describe() -> str:
    """The book in a few words, its date included."""
    change = newest_change()
    return f"{PACKAGE} {version()}" + (f", newest price change {change}" if change else "")


def _cost_usd(prices: ModelPrice, input_tokens: int, output_tokens: int, cached: int) -> float:
    from genai_prices import Usage

    usage = Usage(input_tokens=input_tokens, cache_read_tokens=cached, output_tokens=output_tokens)
    return float(prices.calc_price(usage)["total_price"])


def _ends_of_tiers(prices: ModelPrice, input_tokens: int) -> set[int]:
    """The longest prompts of the tiers below: a tier's price is for all tokens, and may be less."""
    from genai_prices.types import TieredPrices

    kinds = (prices.input_mtok, prices.cache_read_mtok, prices.output_mtok)
    tiers = (tier for kind in kinds if isinstance(kind, TieredPrices) for tier in kind.tiers)
    return {tier.start for tier in tiers if tier.start < input_tokens}


def _base(price: Decimal | TieredPrices | None) -> float:
    if price is None:
        return 0.0
    return float(price if isinstance(price, Decimal) else price.base)
