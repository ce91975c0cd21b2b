"""Routers: whom they ask, what a share of the cost does, and what the scores are made of."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from typing import Any

import pytest
from evaluation_settings import World, made_up_world

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.learned import Seen, regression_of
from orchestra_cli.evaluation.policies.worth import ExpectedCost, Worth
from orchestra_cli.evaluation.records import Record
from orchestra_cli.policy import Task
from prefs.profile import Profile
from prefs.steering import Candidate, utility_usd
from prefs.steering import Worth as DollarWorth
from prefs.vector import PreferenceVector
from tools.experts import ExpertCard
from tools.prices import FlatPrice

WORLD = made_up_world()
ROUTERS = ("domain-average", "tfidf", "knn")
SPECIALISTS = {"algebra": "solver", "history": "historian", "botany": "botanist"}


def profile(**weights: Any) -> Profile:
    return Profile(preference=PreferenceVector(**weights))


@pytest.mark.parametrize("name", ROUTERS)
def test_a_router_learns_who_is_good_at_what(name: str) -> None:
    policy = WORLD.fit(name)
    asked = [WORLD.asked(policy, record) for record in WORLD.test]
    wanted = [[SPECIALISTS[record.task.domain]] for record in WORLD.test]
    hits = sum(one == other for one, other in zip(asked, wanted, strict=True))
    assert hits >= 0.9 * len(wanted)
    accuracy, cost_usd = WORLD.measure(policy)
    at_random, _ = WORLD.measure(WORLD.fit("random"))
    strongest, dearest_usd = WORLD.measure(WORLD.fit("strongest"))
    assert accuracy > max(at_random + 0.25, strongest)
    assert cost_usd < 0.2 * dearest_usd


def test_the_words_decide_and_not_the_domain() -> None:
    record = WORLD.test[0]
    moved = replace(record, task=replace(record.task, domain="nowhere"))
    assert WORLD.asked(WORLD.fit("tfidf"), moved) == ["solver"]
    assert WORLD.asked(WORLD.fit("knn"), moved) == ["solver"]
    assert WORLD.asked(WORLD.fit("domain-average"), moved) == ["large"]  # the best over all


@pytest.mark.parametrize("name", ROUTERS)
@pytest.mark.parametrize("percent", [2, 3, 5])
def test_a_share_of_the_strongest_experts_cost_is_kept_on_dev_rows(name: str, percent: int) -> None:
    dev = WORLD.setting.dev
    _, cost_usd = WORLD.measure(WORLD.fit(f"{name}@{percent}%"), dev)
    _, strongest_usd = WORLD.measure(WORLD.fit("strongest"), dev)
    assert 0 < cost_usd <= percent / 100 * strongest_usd


def test_a_larger_share_buys_more_right_answers() -> None:
    points = [WORLD.measure(WORLD.fit(f"domain-average@{n}%")) for n in (2, 5, 100)]
    accuracies, dollars = zip(*points, strict=True)
    assert list(accuracies) == sorted(accuracies) and accuracies[0] < accuracies[-1]
    assert list(dollars) == sorted(dollars)


def test_a_share_below_the_cheapest_expert_cannot_be_had() -> None:
    with pytest.raises(UnavailableError, match=r"the cheapest expert costs 1% of the strongest"):
        WORLD.fit("tfidf@0.5%")


def test_the_profile_decides_what_money_is_worth() -> None:
    poor = Profile(
        preference=PreferenceVector(accuracy=1.0, cost=1.0, latency=0.0),
        worth=DollarWorth(right_answer_usd=0.0001),
    )
    thrifty = replace(WORLD, setting=replace(WORLD.setting, profile=poor))
    assert WORLD.asked(thrifty.fit("domain-average"), WORLD.test[0]) == ["small"]


def test_the_profile_may_want_an_expert_more_than_others() -> None:
    fond = profile(accuracy=0.1, tools={"historian": 1.0, "*": 0.0})
    world = replace(WORLD, setting=replace(WORLD.setting, profile=fond))
    assert WORLD.asked(world.fit("domain-average"), WORLD.test[0]) == ["historian"]


def test_who_cannot_be_paid_for_is_replaced_by_the_next_best() -> None:
    policy = WORLD.fit("domain-average")
    botany = next(record for record in WORLD.test if record.task.domain == "botany")
    assert WORLD.asked(policy, botany) == ["botanist"]
    assert WORLD.asked(policy, botany, max_cost_usd=0.0001) == ["small"]


@pytest.mark.parametrize("name", [*ROUTERS, "tfidf@3%"])
def test_a_router_travels(name: str) -> None:
    policy = WORLD.fit(name)
    arrived = pickle.loads(pickle.dumps(policy))
    for record in WORLD.test[:12]:
        assert WORLD.asked(arrived, record) == WORLD.asked(policy, record)


def test_policies_of_one_run_share_what_was_learned() -> None:
    plain, at_share = WORLD.fit("tfidf"), WORLD.fit("tfidf@3%")
    other = replace(WORLD.setting, profile=profile(cost=1.0))
    assert plain.scores.model is at_share.scores.model
    assert replace(WORLD, setting=other).fit("tfidf").scores.model is plain.scores.model


def without(record: Record) -> Record:
    """Every other botany question lacks the large expert, and scores lie between 0 and 1."""
    kept = {
        name: replace(outcome, right=0.1 + 0.8 * outcome.right)
        for name, outcome in record.outcomes.items()
        if name != "large" or ord(record.task.question[-2]) % 2 or record.task.domain != "botany"
    }
    return replace(record, outcomes=kept)


def test_rows_may_lack_an_expert_and_scores_may_lie_between() -> None:
    whole = made_up_world(num_train=120)
    partial = replace(whole.setting, train=[without(record) for record in whole.setting.train])
    world: World = replace(whole, setting=partial)
    for name in ("tfidf", "knn"):
        policy = world.fit(name)
        asked = [world.asked(policy, record)[0] for record in world.test]
        wanted = [SPECIALISTS[record.task.domain] for record in world.test]
        assert sum(map(str.__eq__, asked, wanted)) > 0.8 * len(wanted)


def test_an_expert_that_is_always_right_is_learned_too() -> None:
    def sure(record: Record) -> Record:
        small = replace(record.outcomes["small"], right=1.0)
        return replace(record, outcomes={**record.outcomes, "small": small})

    world = made_up_world(num_train=60, change=sure)
    seen = Seen(world.setting.train, tuple(world.setting.cards))
    ((small, *_),) = regression_of(seen).predict([world.test[0].task.as_task()])
    assert small > 0.95
    assert world.asked(world.fit("tfidf"), world.test[0]) == ["small"]


def test_without_scikit_learn_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    with pytest.raises(UsageError, match=r'pip install "orchestra-cli\[eval\]"'):
        made_up_world(num_train=30).fit("tfidf")


def test_the_score_is_the_utility_of_steering() -> None:
    wanted = profile(accuracy=0.7, cost=0.6, latency=0.5, tools={"slow": 0.9})
    slow = ExpertCard("slow", "s", price=FlatPrice(1.0, 2.0), latency_s=30.0)
    unknown = ExpertCard("unknown", "u", price=FlatPrice(3.0, 4.0))
    worth = Worth.under(wanted, [slow, unknown])
    for at, weight in ((0, 0.9), (1, None)):
        expected = Candidate("", 1.0, 0.8, 0.02, 30.0, weight)  # what is unknown is as usual
        utility = utility_usd(expected, wanted.preference, wanted.worth)
        score = worth.gain * 0.8 - worth.rate * 0.02 + worth.extra[at]
        assert score == pytest.approx(utility)


def test_a_call_is_expected_to_cost_its_question_and_a_usual_reply() -> None:
    priced = ExpertCard("a", "a", price=FlatPrice(2.0, 4.0), reply_tokens=100.0)
    unmeasured = ExpertCard("b", "b", price=FlatPrice(1.0, 1.0))
    unpriced = ExpertCard("c", "c")
    costs = ExpectedCost.by([priced, unmeasured, unpriced]).of(Task("x" * 4_000))
    assert costs == pytest.approx([0.0024, 0.0011, 0.0024])


def test_expected_costs_are_scaled_to_what_calls_have_cost() -> None:
    # the recorded prompt has 100 tokens, the question about 20
    world = made_up_world(("small", "large"), num_train=30)
    record = world.test[0]
    expected = world.fit("domain-average").scores.cost.of(record.task.as_task())
    assert expected[1] == pytest.approx(world.cost_usd(record, "large"), rel=0.25)
