"""The price book: who is found in it, at which price, and who is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from tools.price_book import BookPrice, describe, look_up, newest_change, version

OPENAI = "https://api.openai.com/v1"
GOOGLE = "https://generativelanguage.googleapis.com/v1beta/openai/"


@pytest.mark.parametrize(
    ("model", "base_url", "entry", "prices"),
    [
        ("gpt-5", OPENAI, "openai/gpt-5", (1.25, 10.0)),
        ("gpt-5-mini", OPENAI, "openai/gpt-5-mini", (0.25, 2.0)),
        ("openai/gpt-5", "https://openrouter.ai/api/v1", "openrouter/openai/gpt-5", (1.25, 10.0)),
        ("gemini-2.5-pro", GOOGLE, "google/gemini-2.5-pro", (1.25, 10.0)),
    ],
)
def test_models_at_their_providers(
    model: str, base_url: str, entry: str, prices: tuple[float, float]
) -> None:
    price = look_up(model, base_url)
    assert price is not None
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == prices
    assert price.source == f"genai-prices {version()}: {entry}"


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gpt-none-such-9", OPENAI),
        ("gpt-5", "https://llm.example.org/v1"),
        ("gpt-5", "http://127.0.0.1:8000/v1"),
        ("gpt-5", "http://[::1"),
        ("", OPENAI),
        ("text-embedding-3-small", OPENAI),
        ("sonar-deep-research", "https://api.perplexity.ai"),
    ],
    ids=[
        "model",
        "host",
        "loopback",
        "no address",
        "no name",
        "embeddings",
        "searches as it likes",
    ],
)
def test_unknown_is_unknown_and_never_nothing(model: str, base_url: str) -> None:
    assert look_up(model, base_url) is None


def test_cached_tokens_have_the_providers_price() -> None:
    price = look_up("gpt-5-mini", OPENAI)
    assert price is not None
    cost_usd = price.cost_usd(input_tokens=1000, cached_input_tokens=800, output_tokens=100)
    assert cost_usd == pytest.approx((200 * 0.25 + 800 * 0.025 + 100 * 2.0) / 1e6)
    beyond = price.cost_usd(input_tokens=100, cached_input_tokens=800, output_tokens=0)
    assert beyond == pytest.approx(100 * 0.025 / 1e6)


def test_long_prompts_are_dearer_where_the_book_says_so() -> None:
    price = look_up("gemini-2.5-pro", GOOGLE)
    assert price is not None
    per_mtok = [
        price.cost_usd(input_tokens=tokens, output_tokens=0) / tokens * 1e6
        for tokens in (200_000, 200_001)
    ]
    assert per_mtok == pytest.approx([1.25, 2.5])


def booked(*prices: ConditionalPrice) -> BookPrice:
    model = ModelInfo("m", match=ClauseEquals("m"), prices=list(prices))
    return BookPrice(Provider("p", "p", "https://p", models=[model]), model)


def flat(usd: int, **more: Decimal) -> ModelPrice:
    return ModelPrice(input_mtok=Decimal(usd), output_mtok=Decimal(usd), **more)


def test_the_worst_case_may_be_a_shorter_prompt() -> None:
    steps = TieredPrices(Decimal(10), [Tier(1000, Decimal(1))])
    table = ModelPrice(input_mtok=steps, output_mtok=Decimal(0))
    price = booked(ConditionalPrice(prices=table))
    assert price.cost_usd(input_tokens=5000, output_tokens=0) == pytest.approx(0.005)
    assert price.worst_usd(input_tokens=5000, output_tokens=0) == pytest.approx(0.01)
    assert price.worst_usd(input_tokens=900, output_tokens=0) == pytest.approx(0.009)


def test_the_worst_case_looks_an_hour_ahead() -> None:
    """Night rates may end while a call is under way."""
    begins = datetime.now(UTC) + timedelta(minutes=30)
    day = TimeOfDateConstraint(begins.time(), (begins + timedelta(hours=8)).time())
    price = booked(ConditionalPrice(prices=flat(1)), ConditionalPrice(day, prices=flat(2)))
    assert price.cost_usd(input_tokens=1000, output_tokens=0) == pytest.approx(0.001)
    assert price.worst_usd(input_tokens=1000, output_tokens=0) == pytest.approx(0.002)
    assert price.input_usd_per_mtok == 1


def test_a_fee_for_each_request_is_in_the_price() -> None:
    price = booked(ConditionalPrice(prices=flat(1, requests_kcount=Decimal(5))))
    assert price.cost_usd(input_tokens=0, output_tokens=0) == pytest.approx(0.005)
    assert price.worst_usd(input_tokens=1000, output_tokens=0) == pytest.approx(0.006)


def test_the_book_is_dated() -> None:
    change = newest_change()
    assert change is not None and date(2025, 1, 1) < change <= datetime.now(UTC).date()
    assert describe() == f"genai-prices {version()}, newest price change {change}"
