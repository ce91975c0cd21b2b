"""The plan as a policy: whom the cards say to ask, whether two that agree are enough, the bill."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from evaluation_settings import made_up_world

from orchestra_cli.evaluation.policies.planned import Planned
from orchestra_cli.evaluation.records import Record
from orchestra_cli.trajectory import StopReason
from prefs.profile import Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector

WORLD = made_up_world()


def planned(profile: Profile = WORLD.setting.profile) -> Planned:
    fitted: Planned = WORLD.fit("plan")
    return replace(fitted, profile=profile)


def all_say(letter: str) -> Record:
    record = WORLD.test[0]
    same = {name: replace(each, answer=letter) for name, each in record.outcomes.items()}
    return replace(record, outcomes=same)


def test_a_run_ends_with_an_answer_that_was_paid_for() -> None:
    for record in WORLD.test[:20]:
        trajectory = WORLD.run(planned(), record)
        asked = [turn.expert for turn in trajectory.turns if turn.expert]
        said = {record.outcomes[name].answer for name in asked}
        assert trajectory.stop_reason is StopReason.ANSWERED and trajectory.answer in said
        assert trajectory.bill.cost_usd == pytest.approx(WORLD.cost_usd(record, *asked))


def test_agreement_ends_what_disagreement_prolongs() -> None:
    dear = Profile(worth=Worth(right_answer_usd=10.0))
    agreed = WORLD.asked(planned(dear), all_say("A"))
    record = WORLD.test[0]
    apart = {
        name: replace(record.outcomes[name], answer=letter)
        for name, letter in zip(record.outcomes, "ABCDA", strict=True)
    }
    differed = WORLD.asked(planned(dear), replace(record, outcomes=apart))
    assert "large" in differed and "large" not in agreed


def test_who_minds_dollars_spends_fewer() -> None:
    thrifty = Profile(preference=PreferenceVector(1.0, 1.0, 0.0), worth=Worth(0.01))
    rich = Profile(worth=Worth(right_answer_usd=1.0))
    _, spent = WORLD.measure(planned(thrifty))
    right, more = WORLD.measure(planned(rich))
    assert spent < more
    assert right > WORLD.measure(planned(thrifty))[0]


def test_where_the_money_ends_it_takes_what_it_has() -> None:
    record, limit_usd = WORLD.test[0], 2 * WORLD.cost_usd(WORLD.test[0], "botanist")
    asked = WORLD.asked(planned(), record, max_cost_usd=limit_usd)
    trajectory = WORLD.run(planned(), record, max_cost_usd=limit_usd)
    assert trajectory.stop_reason is StopReason.ANSWERED
    assert trajectory.answer in {record.outcomes[name].answer for name in asked}
    assert 0 < trajectory.bill.cost_usd <= limit_usd


def test_it_travels_to_a_worker() -> None:
    policy = planned()
    asked = WORLD.asked(policy, WORLD.test[0])
    there = pickle.loads(pickle.dumps(planned()))
    assert WORLD.asked(there, WORLD.test[0]) == asked
