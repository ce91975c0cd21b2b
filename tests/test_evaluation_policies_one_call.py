"""Policies that ask one expert whatever the question says: who is asked, and the bill."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import replace

import pytest
from evaluation_settings import CHANCES, made_up_world

from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.fitting import fit_policies
from orchestra_cli.evaluation.records import Record
from orchestra_cli.trajectory import StopReason

WORLD = made_up_world()


@pytest.mark.parametrize(
    ("name", "expert"),
    [("expert:botanist", "botanist"), ("cheapest", "small"), ("strongest", "large")],
)
def test_one_expert_is_always_asked(name: str, expert: str) -> None:
    policy = WORLD.fit(name)
    assert (policy.name, policy.answers_itself, policy.ends_at_answer) == (name, True, True)
    for record in WORLD.test[:6]:
        assert WORLD.asked(policy, record) == [expert]


def test_the_bill_is_the_experts_call_and_the_seconds_of_choosing() -> None:
    record = WORLD.test[0]
    trajectory = WORLD.run(WORLD.fit("strongest"), record)
    assert (trajectory.stop_reason, trajectory.answer) == (
        StopReason.ANSWERED,
        record.outcomes["large"].answer,
    )
    own, expert = trajectory.bill.lines
    assert (own.who, own.cost_usd, own.input_tokens) == ("orchestrator", 0.0, 0)
    assert 0 < own.latency_s < 1
    assert expert.cost_usd == pytest.approx(WORLD.cost_usd(record, "large"))


@pytest.mark.parametrize("name", ["strongest", "expert:large"])
def test_who_cannot_be_paid_for_is_replaced_by_the_best_who_can(name: str) -> None:
    asked = WORLD.asked(WORLD.fit(name), WORLD.test[0], max_cost_usd=0.003)
    rates = {n: card.success_rate or 0.0 for n, card in WORLD.setting.cards.items() if n != "large"}
    assert asked == [max(rates, key=rates.__getitem__)]


def test_where_nobody_can_be_paid_for_the_run_says_so() -> None:
    trajectory = WORLD.run(WORLD.fit("cheapest"), WORLD.test[0], max_cost_usd=1e-9)
    assert (trajectory.stop_reason, trajectory.turns) == (StopReason.COST_LIMIT, ())


def test_of_two_equally_strong_experts_the_cheaper_one_is_the_strongest() -> None:
    cards = {name: replace(card, success_rate=0.5) for name, card in WORLD.setting.cards.items()}
    tied = replace(WORLD, setting=replace(WORLD.setting, cards=cards))
    assert WORLD.asked(tied.fit("strongest"), WORLD.test[0]) == ["small"]


def test_cheapest_goes_by_what_calls_cost_not_by_the_price() -> None:
    def wordy(record: Record) -> Record:
        said = replace(record.outcomes["small"], output_tokens=9_000)
        return replace(record, outcomes={**record.outcomes, "small": said})

    world = made_up_world(num_train=30, change=wordy)
    assert world.asked(world.fit("cheapest"), world.test[0]) == ["solver"]


def test_random_asks_everybody_and_the_same_one_again() -> None:
    policy, again = WORLD.fit("random"), WORLD.fit("random")
    asked = [WORLD.asked(policy, record)[0] for record in WORLD.test]
    assert asked == [WORLD.asked(again, record)[0] for record in WORLD.test]
    counts = Counter(asked)
    assert set(counts) == set(CHANCES) and max(counts.values()) < 40
    reseeded = replace(WORLD, setting=replace(WORLD.setting, seed=1)).fit("random")
    assert asked != [WORLD.asked(reseeded, record)[0] for record in WORLD.test]


def test_the_oracle_asks_the_cheapest_of_those_that_are_right() -> None:
    policy = WORLD.fit("oracle")
    for record in WORLD.test:
        right = [name for name, outcome in record.outcomes.items() if outcome.right]
        able = right or list(record.outcomes)
        cheapest = min(able, key=lambda name: WORLD.cost_usd(record, name))
        assert WORLD.asked(policy, record) == [cheapest]


def test_the_oracle_prefers_the_highest_score_to_the_lowest_price() -> None:
    record = WORLD.test[0]
    scores = dict.fromkeys(record.outcomes, 0.2) | {"small": 0.6, "large": 0.7}
    outcomes = {n: replace(each, right=scores[n]) for n, each in record.outcomes.items()}
    scored = replace(record, outcomes=outcomes)
    fitted = fit_policies(["oracle"], WORLD.setting, records={record.task.id: scored})
    assert WORLD.asked(fitted["oracle"], scored) == ["large"]


def test_the_oracle_knows_only_what_was_recorded() -> None:
    with pytest.raises(UnavailableError, match="needs recorded outcomes"):
        fit_policies(["oracle"], WORLD.setting)


@pytest.mark.parametrize("name", ["expert:solver", "cheapest", "random", "oracle"])
def test_a_policy_travels(name: str) -> None:
    policy = WORLD.fit(name)
    arrived = pickle.loads(pickle.dumps(policy))
    for record in WORLD.test[:20]:
        assert WORLD.asked(arrived, record) == WORLD.asked(policy, record)


def test_live_experts_are_known_by_their_cards_alone() -> None:
    bare = {name: replace(card, reply_tokens=None) for name, card in WORLD.setting.cards.items()}
    live = replace(
        WORLD.setting, cards=bare, train=(), dev=(), domain_success={}, unseen=frozenset(bare)
    )
    fitted = fit_policies(["cheapest", "strongest", "domain-average", "random"], live)
    assert WORLD.asked(fitted["cheapest"], WORLD.test[0]) == ["small"]
    assert WORLD.asked(fitted["strongest"], WORLD.test[0]) == ["large"]
    assert WORLD.asked(fitted["domain-average"], WORLD.test[0]) == ["large"]
