"""Whom it pays to ask first, by cards and a profile alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.cascade.asking_order import (
    asking_order,
    in_asking_order,
    prospects_of,
    usual_cost_usd,
)
from prefs.profile import Profile
from prefs.vector import PreferenceVector
from tools.base import CallContext, JsonObject
from tools.experts import ExpertCard, ExpertReply
from tools.prices import FlatPrice

CHEAP = ExpertCard("cheap", "m-1", price=FlatPrice(0.1, 0.4), success_rate=0.7, latency_s=30.0)
DEAR = ExpertCard("dear", "m-2", price=FlatPrice(10.0, 40.0), success_rate=0.85, latency_s=3.0)
WEAK = ExpertCard("weak", "m-3", price=FlatPrice(0.1, 0.4), success_rate=0.2, latency_s=30.0)
PLAIN = Profile("plain", preference=PreferenceVector(1.0, 1.0, 0.0))
CARDS = st.lists(
    st.builds(
        ExpertCard,
        st.just(""),
        st.just(""),
        price=st.none() | st.builds(FlatPrice, st.floats(0, 20), st.floats(0, 90)),
        success_rate=st.floats(0.05, 0.99),
        latency_s=st.none() | st.floats(0, 60),
    ),
    min_size=2,
    max_size=4,
)
PROFILES = st.builds(
    lambda weights: Profile("drawn", preference=PreferenceVector(*weights)),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)


@dataclass(frozen=True)
class Silent:
    """An `Expert` that nobody asks."""

    card: ExpertCard

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        raise AssertionError


def names(*cards: ExpertCard, profile: Profile = PLAIN) -> list[str]:
    return [each.card.name for each in in_asking_order([Silent(c) for c in cards], profile)]


@pytest.mark.parametrize(
    ("preference", "first"),
    [
        (PreferenceVector(1.0, 1.0, 0.0), "cheap"),
        (PreferenceVector(1.0, 0.0, 0.0), "dear"),
        (PreferenceVector(0.3, 0.0, 1.0), "dear"),
        (PreferenceVector(1.0, 1.0, 0.0, {"dear": 1.0}), "dear"),
        (PreferenceVector(1.0, 0.0, 0.0, {"dear": 0.0}), "cheap"),
        (PreferenceVector(0.0, 1.0, 0.0), "cheap"),
    ],
    ids=["balanced", "accurate", "fast", "a wish", "a dislike", "only money"],
)
def test_the_first_to_ask_follows_the_preference(preference: PreferenceVector, first: str) -> None:
    found = names(WEAK, DEAR, CHEAP, profile=replace(PLAIN, preference=preference))
    assert sorted(found) == ["cheap", "dear", "weak"] and found[0] == first


def test_a_price_that_nobody_knows_is_taken_for_the_highest() -> None:
    unknown = replace(CHEAP, name="unknown", price=None)
    assert usual_cost_usd(unknown) is None
    costs = [each.cost_usd for each in prospects_of([CHEAP, unknown, DEAR], PLAIN)]
    assert costs[1] == costs[2] > costs[0] > 0
    assert names(unknown, CHEAP, DEAR).index("unknown") > 0


def test_a_usual_call_is_priced_by_the_usual_length_of_a_reply() -> None:
    assert usual_cost_usd(CHEAP) == pytest.approx((250 * 0.1 + 400 * 0.4) / 1e6)
    long = replace(CHEAP, reply_tokens=1000.0)
    assert usual_cost_usd(long) == pytest.approx((250 * 0.1 + 1000 * 0.4) / 1e6)


def test_those_that_are_even_keep_their_order() -> None:
    twins = [replace(CHEAP, name=name) for name in ("c", "a", "b")]
    assert names(*twins) == ["c", "a", "b"] and names(*reversed(twins)) == ["b", "a", "c"]
    assert names() == [] and names(WEAK) == ["weak"]


@settings(deadline=None, max_examples=25)
@given(CARDS, PROFILES)
def test_names_do_not_matter_and_places_only_where_two_are_even(
    cards: list[ExpertCard], profile: Profile
) -> None:
    prospects = prospects_of(cards, profile)
    order = asking_order(prospects)
    assert sorted(order) == list(range(len(cards)))
    renamed = [replace(c, name=f"n-{at}", model=f"m-{at}") for at, c in enumerate(cards)]
    assert asking_order(prospects_of(renamed, profile)) == order
    for each in prospects:
        assert each.price >= 0 and each.liking >= 0 and each.cost_usd >= 0
