"""Between a weak and a strong expert: shares of calls, the coin, and who the two are."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from evaluation_settings import CHANCES, World, made_up_world

from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.facts import facts_of
from orchestra_cli.evaluation.policies.fitting import expand, fit_policies
from orchestra_cli.evaluation.policies.pair import choose_pair
from orchestra_cli.evaluation.records import Record
from prefs.profile import Profile
from prefs.steering import Worth

WORLD = made_up_world(("solver", "large"))


def strong_share(world: World, name: str, rows: list[Record] | None = None) -> float:
    policy = world.fit(name)
    rows = world.test if rows is None else rows
    asked = [world.asked(policy, record)[0] for record in rows]
    return asked.count("large") / len(asked)


@pytest.mark.parametrize("percent", [0, 10, 50, 90, 100])
def test_the_threshold_sends_that_share_of_calls_to_the_strong_one(percent: int) -> None:
    name = f"threshold@{percent}%"
    dev = strong_share(WORLD, name, list(WORLD.setting.dev))
    assert dev == pytest.approx(percent / 100, abs=0.03)
    assert strong_share(WORLD, name) == pytest.approx(percent / 100, abs=0.2)


def test_the_strong_one_is_asked_where_it_is_needed() -> None:
    policy = WORLD.fit("threshold@60%")
    asked = {record.task.domain: set[str]() for record in WORLD.test}
    for record in WORLD.test:
        asked[record.task.domain] |= set(WORLD.asked(policy, record))
    assert asked["algebra"] == {"solver"}  # where the weak one is better
    accuracy, _ = WORLD.measure(policy)
    at_random, _ = WORLD.measure(WORLD.fit("random@60%"))
    assert accuracy > at_random


def test_the_profile_sets_the_threshold_where_no_share_is_named() -> None:
    assert strong_share(WORLD, "threshold") == pytest.approx(2 / 3, abs=0.05)
    poor = Profile(worth=Worth(right_answer_usd=1e-6))
    thrifty = replace(WORLD, setting=replace(WORLD.setting, profile=poor))
    assert strong_share(thrifty, "threshold") == 0.0


@pytest.mark.parametrize("percent", [0, 30, 100])
def test_a_coin_is_the_measure(percent: int) -> None:
    share = strong_share(WORLD, f"random@{percent}%")
    assert share == pytest.approx(percent / 100, abs=0.12 if 0 < percent < 100 else 0)


def test_the_curve_begins_with_the_weak_one_and_ends_with_the_strong_one() -> None:
    names = expand(["threshold-curve"], WORLD.setting)
    fitted = fit_policies(names, WORLD.setting)
    ends = [WORLD.measure(fitted[name]) for name in (names[0], names[-1])]
    alone = [WORLD.measure(WORLD.fit(f"expert:{name}")) for name in ("solver", "large")]
    assert ends == [pytest.approx(each) for each in alone]


def test_of_more_experts_the_pair_is_the_strongest_and_the_best_of_the_cheaper_ones() -> None:
    world = made_up_world()
    facts = facts_of(world.setting)
    weak, strong = (facts.names[place] for place in choose_pair(facts))
    right = {
        name: sum(record.outcomes[name].right for record in world.setting.dev)
        for name in ("small", "solver", "botanist", "historian")
    }
    assert (weak, strong) == (max(right, key=right.__getitem__), "large")
    asked = {world.asked(world.fit("threshold@50%"), record)[0] for record in world.test}
    assert asked == {weak, strong}


def test_of_two_experts_the_strong_one_may_be_the_cheaper_one() -> None:
    world = made_up_world(("solver", "historian"))
    cards = world.setting.cards
    better = {**cards, "solver": replace(cards["solver"], success_rate=0.9)}
    facts = facts_of(replace(world.setting, cards=better))
    assert choose_pair(facts) == (1, 0)


def test_there_is_no_pair_where_the_strongest_is_the_cheapest() -> None:
    world = made_up_world(tuple(CHANCES), num_train=60)
    cards = world.setting.cards
    better = {**cards, "small": replace(cards["small"], success_rate=0.99)}
    with pytest.raises(UnavailableError, match="the strongest expert is the cheapest"):
        fit_policies(["threshold"], replace(world.setting, cards=better))


def test_one_expert_is_no_pair() -> None:
    world = made_up_world(("small",), num_train=30)
    with pytest.raises(UnavailableError, match="needs two experts"):
        world.fit("random@50%")


@pytest.mark.parametrize("name", ["threshold", "threshold@40%", "random@40%"])
def test_a_policy_of_two_travels(name: str) -> None:
    policy = WORLD.fit(name)
    arrived = pickle.loads(pickle.dumps(policy))
    for record in WORLD.test[:12]:
        assert WORLD.asked(arrived, record) == WORLD.asked(policy, record)
