"""Prices by hand, and which of them is taken."""

from __future__ import annotations

import pytest

from orchestra_cli.config import ExpertTable
from orchestra_cli.experts.configured import price_of
from tools.prices import FREE, FlatPrice, Price

OPENAI = "https://api.openai.com/v1"


def cost(price: Price, *, asked: int, said: int, cached: int = 0) -> float:
    return price.cost_usd(input_tokens=asked, output_tokens=said, cached_input_tokens=cached)


@pytest.mark.parametrize(
    ("price", "cached", "cost_usd"),
    [
        (FlatPrice(1.0, 10.0), 0, 0.0011),
        (FlatPrice(1.0, 10.0), 800, 0.0011),
        (FlatPrice(1.0, 10.0, 0.25), 800, 0.0005),
        (FlatPrice(1.0, 10.0, 2.0), 800, 0.0019),
        (FlatPrice(1.0, 10.0, 0.0), 5_000, 0.0001),
        (FREE, 800, 0.0),
    ],
    ids=["none", "like others", "cheaper", "dearer", "more than there were", "free"],
)
def test_cost_of_a_thousand_in_and_ten_out(price: FlatPrice, cached: int, cost_usd: float) -> None:
    assert cost(price, asked=1000, said=10, cached=cached) == pytest.approx(cost_usd)


@pytest.mark.parametrize(("cached_price", "worst_usd"), [(0.1, 0.0011), (3.0, 0.0031)])
def test_the_worst_case_is_all_cached_or_nothing(cached_price: float, worst_usd: float) -> None:
    price = FlatPrice(1.0, 10.0, cached_price)
    assert price.worst_usd(input_tokens=1000, output_tokens=10) == pytest.approx(worst_usd)


def table(**prices: float) -> ExpertTable:
    return ExpertTable(base_url=OPENAI, model="gpt-5-mini", **prices)  # type: ignore[arg-type]


def test_a_configured_price_beats_the_book_and_the_machine() -> None:
    own = table(
        price_in_usd_per_mtok=3.0, price_out_usd_per_mtok=4.0, price_cached_in_usd_per_mtok=1.0
    )
    for leaves_machine in (True, False):
        price = price_of(own, "gpt-5-mini", OPENAI, leaves_machine=leaves_machine)
        assert price == FlatPrice(3.0, 4.0, 1.0)
        assert price.source == "config.toml"


def test_else_the_book_else_this_machine_else_unknown() -> None:
    booked = price_of(table(), "gpt-5-mini", OPENAI, leaves_machine=True)
    assert booked is not None and "openai/gpt-5-mini" in booked.source
    assert price_of(table(), "m", "http://127.0.0.1:8080/v1", leaves_machine=False) is FREE
    assert price_of(table(), "m", "https://llm.example.org/v1", leaves_machine=True) is None
