"""Any price tables, tokens, faults and retries: what is spent never exceeds the cost limit.

A provider in memory keeps the true spend, which is more than it tells: what broke off is charged at
anything up to the worst case. Budget, prices and the metered endpoint are the real ones.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any

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
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.base import JsonObject, Usage
from tools.budget import MIN_OUTPUT_TOKENS, Budget, BudgetError, max_input_tokens
from tools.endpoint_errors import EndpointError, Failure
from tools.endpoint_reply import EndpointReply
from tools.metered_endpoint import MeteredEndpoint, Patience
from tools.price_book import BookPrice
from tools.prices import FREE, FlatPrice, Price

UNBILLED = ("refused", "429", "500")
CHARGED = ("gateway", "before headers", "mid-stream", "deadline", "no usage", "malformed")
COUNTED = "counted"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a try; the shares are of the most that there can be."""

    kind: str
    input_share: float = 1.0
    output_share: float = 1.0
    cached_share: float = 0.0
    guess_tokens: int = 0
    """What the client would guess from the text that it has seen."""


@dataclass(frozen=True)
class Call:
    """One thing asked of one party."""

    party: int
    prompt: str
    max_tokens: int
    with_functions: bool
    outcomes: tuple[Outcome, ...]


@dataclass
class Biller:
    """What `Endpoint` is to `MeteredEndpoint`; knows what it really charges."""

    price: Price | None
    address: str
    spent_usd: float = 0.0
    tries: int = 0
    asked_tokens: list[int] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def stream(
        self,
        messages: Sequence[JsonObject],
        *,
        max_tokens: int,
        functions: Sequence[JsonObject] = (),
        **request: Any,
    ) -> Generator[str, None, EndpointReply]:
        self.asked_tokens.append(max_tokens)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(COUNTED)
        if outcome.kind in UNBILLED:
            passing = outcome.kind != "refused"
            failure = Failure.PASSING if passing else Failure.REFUSED
            raise EndpointError(outcome.kind, failure=failure)
        most = max_input_tokens(messages, functions)
        true: dict[str, Any] = {
            "input_tokens": round(most * outcome.input_share),
            "output_tokens": round(max_tokens * outcome.output_share),
        }
        true["cached_input_tokens"] = round(true["input_tokens"] * outcome.cached_share)
        if self.price is not None:
            self.spent_usd += self.price.cost_usd(**true)
        yield "x"
        if outcome.kind == COUNTED:
            return EndpointReply("x", **true)
        guess: dict[str, Any] = {"input_tokens": most // 4, "output_tokens": outcome.guess_tokens}
        partial = EndpointReply("x", usage_estimated=True, truncated=True, **guess)
        if outcome.kind in ("deadline", "no usage"):
            return partial
        failure = Failure.MALFORMED if outcome.kind == "malformed" else Failure.PASSING
        known = None if outcome.kind == "gateway" else partial
        raise EndpointError(outcome.kind, failure=failure, partial=known, maybe_billed=True)


@dataclass
class World:
    """A run's parties, its budget, and its bill."""

    prices: Sequence[Price | None]
    budget: Budget
    bill: list[Usage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.providers = [Biller(price, f"p{n}") for n, price in enumerate(self.prices)]
        patience = Patience(max_tries=3, first_wait_s=0.0)
        self.parties = [
            MeteredEndpoint(each, each.price, who=each.address, patience=patience)  # type: ignore[arg-type]
            for each in self.providers
        ]

    @property
    def spent_usd(self) -> float:
        return sum(each.spent_usd for each in self.providers)

    @property
    def billed_usd(self) -> float:
        return sum(line.cost_usd or 0.0 for line in self.bill)

    def make(self, call: Call) -> None:
        at = call.party % len(self.parties)
        self.providers[at].outcomes = list(call.outcomes)
        stream = self.parties[at].stream(
            [{"role": "user", "content": call.prompt}],
            max_tokens=call.max_tokens,
            budget=self.budget,
            functions=[{"name": "f", "parameters": {}}] if call.with_functions else (),
        )
        try:
            while True:
                next(stream)
        except StopIteration as done:
            self.bill.append(done.value.usage)
        except EndpointError as error:
            self.bill += error.usage
        except BudgetError:
            pass


usd = st.sampled_from([0.0, 0.05, 1.0, 2.5, 75.0]) | st.floats(0, 1000)
shares = st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1)
flat = st.builds(FlatPrice, usd, usd, st.none() | usd)
decimals = st.decimals(0, 100, places=2)
tiers = st.lists(st.builds(Tier, st.integers(0, 900), decimals), max_size=3)
rates = decimals | st.builds(TieredPrices, decimals, tiers)
tables = st.builds(
    lambda asked, said, cached, fee: ModelPrice(
        input_mtok=asked, output_mtok=said, cache_read_mtok=cached, requests_kcount=fee
    ),
    rates,
    rates,
    st.none() | rates,
    st.none() | decimals,
)


def booked(*prices: ConditionalPrice) -> Price:
    match = ClauseEquals("m")
    model = ModelInfo("m", match=match, prices=list(prices))
    return BookPrice(Provider("p", "p", "https://p", models=[model]), model)


hours = st.builds(TimeOfDateConstraint, st.builds(time, st.integers(0, 23)), st.just(time(12)))
stepped = st.builds(lambda table: booked(ConditionalPrice(prices=table)), tables)
by_the_hour = st.builds(
    lambda night, day, hours: booked(
        ConditionalPrice(prices=night), ConditionalPrice(hours, prices=day)
    ),
    tables,
    tables,
    hours,
)
prices = st.just(FREE) | flat | flat | stepped | by_the_hour
outcomes = st.builds(
    Outcome,
    st.sampled_from([*UNBILLED, *CHARGED, COUNTED, COUNTED]),
    shares,
    shares,
    shares,
    st.integers(0, 20_000),
)
calls = st.builds(
    Call,
    st.integers(0, 3),
    st.text(max_size=400) | st.integers(0, 900).map("é".__mul__),
    st.integers(1, 5000),
    st.booleans(),
    st.lists(outcomes, min_size=1, max_size=4).map(tuple),
)


@given(
    st.lists(prices | st.none(), min_size=1, max_size=4),
    st.lists(calls, min_size=1, max_size=8),
    st.sampled_from([0.0, 1e-6, 0.001, 0.01]) | st.floats(0, 0.2),
)
@example(  # a prompt of half the most that it can be falls into a tier that is dearer
    [
        booked(
            ConditionalPrice(
                prices=ModelPrice(
                    input_mtok=TieredPrices(Decimal(100), [Tier(100, Decimal(1))]),
                    output_mtok=Decimal(0),
                )
            )
        )
    ],
    [Call(0, "x" * 300, 64, False, (Outcome(COUNTED, 0.2),))],
    0.001,
)
@example(  # the reply that broke off looks longer than it may have been
    [FlatPrice(0.0, 10.0)],
    [Call(0, "x", 1000, False, (Outcome("mid-stream", guess_tokens=9000),) * 3)],
    0.02,
)
@example(  # a provider that says nothing charges for all of it, three times over
    [FlatPrice(5.0, 25.0, 50.0)],
    [Call(0, "x" * 100, 4000, True, (Outcome("before headers", 1.0, 1.0, 1.0),) * 3)],
    0.15,
)
@settings(max_examples=400, deadline=None)
def test_no_sequence_of_calls_exceeds_the_limit(
    prices: list[Price | None], calls: list[Call], cap_usd: float
) -> None:
    world = World(prices, Budget(cap_usd))
    for call in calls:
        world.make(call)
        assert world.spent_usd <= cap_usd + 1e-9
        assert world.billed_usd <= cap_usd + 1e-9
        assert world.spent_usd + world.budget.left_usd <= cap_usd + 1e-9
    for provider in world.providers:
        assert provider.price is not None or not provider.asked_tokens, (
            "an unknown price is refused"
        )
        if provider.price is FREE:
            made = [call for call in calls if call.party % len(prices) == int(provider.address[1:])]
            assert len(provider.asked_tokens) >= len(made), "what is free always fits"


@given(
    st.lists(flat | stepped, min_size=1, max_size=3),
    st.lists(calls, min_size=1, max_size=8),
    st.floats(0.001, 0.2),
)
@settings(max_examples=100, deadline=None)
def test_where_providers_count_nothing_is_held_back(
    prices: list[Price | None], calls: list[Call], cap_usd: float
) -> None:
    """The bill is the true spend, and all the rest may be spent still."""
    world = World(prices, Budget(cap_usd))
    sure = (COUNTED, *UNBILLED)
    for call in calls:
        kept = tuple(each for each in call.outcomes if each.kind in sure)
        world.make(Call(call.party, call.prompt, call.max_tokens, call.with_functions, kept))
    assert world.billed_usd == pytest.approx(world.spent_usd)
    assert world.budget.left_usd == pytest.approx(cap_usd - world.spent_usd, abs=1e-9)


@given(prices, st.integers(0, 3000), st.integers(1, 5000), st.floats(0, 0.2))
@settings(max_examples=150, deadline=None)
def test_a_reply_is_as_long_as_fits(
    price: Price, input_tokens: int, max_tokens: int, cap_usd: float
) -> None:
    def worst_usd(length: int) -> float:
        return price.worst_usd(input_tokens=input_tokens, output_tokens=length)

    try:
        room = Budget(cap_usd).reserve(price, input_tokens=input_tokens, max_tokens=max_tokens)
    except BudgetError:
        assert worst_usd(min(max_tokens, MIN_OUTPUT_TOKENS)) > cap_usd
        return
    assert room.worst_usd == worst_usd(room.max_tokens) <= cap_usd + 1e-11
    assert room.max_tokens == max_tokens or worst_usd(room.max_tokens + 1) > cap_usd


@given(prices, st.integers(0, 3000), st.integers(0, 5000), shares, shares, shares)
@settings(max_examples=150, deadline=None)
def test_the_worst_case_is_the_worst(
    price: Price, most_in: int, most_out: int, input_share: float, said: float, cached: float
) -> None:
    input_tokens = round(most_in * input_share)
    cost_usd = price.cost_usd(
        input_tokens=input_tokens,
        output_tokens=round(most_out * said),
        cached_input_tokens=round(input_tokens * cached),
    )
    worst_usd = price.worst_usd(input_tokens=most_in, output_tokens=most_out)
    assert 0 <= cost_usd <= worst_usd + 1e-12
