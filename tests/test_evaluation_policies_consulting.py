"""Asking twice: who is asked, when it stops, whose answer is accepted, and the bill."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace

import pytest
from evaluation_settings import World, made_up_world

from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.comparison import Answer, Comparison
from orchestra_cli.evaluation.policies.consulting import (
    AgreeElseEscalate,
    Consulting,
    Procedure,
    Vote,
)
from orchestra_cli.evaluation.policies.fitting import fit_policies
from orchestra_cli.evaluation.policies.one_call import Fixed
from orchestra_cli.evaluation.records import Record
from orchestra_cli.trajectory import StopReason
from prefs.profile import Profile
from prefs.steering import Worth

WORLD = made_up_world()
NAMES = list(WORLD.setting.cards)
SMALL, SOLVER, BOTANIST, HISTORIAN, LARGE = range(5)
THIRD = Fixed((0.0, 0.0, 0.0, 0.0, 1.0))


def consulting(procedure: Procedure, world: World = WORLD) -> Consulting:
    fitted: Consulting = world.fit("agree")
    return replace(fitted, procedure=procedure)


def answered(*letters: str | None) -> Record:
    """A task with these recorded answers of small, solver, botanist, historian and large."""
    record = WORLD.test[0]
    outcomes = {
        name: replace(record.outcomes[name], answer=letter)
        for name, letter in zip(NAMES, letters, strict=True)
    }
    return replace(record, outcomes=outcomes)


AGREE = AgreeElseEscalate((SOLVER, BOTANIST), THIRD)
VOTE = Vote((LARGE, SOLVER, BOTANIST), 5)


@pytest.mark.parametrize(
    ("procedure", "letters", "asked", "answer"),
    [
        (AGREE, "ABBDC", ["solver", "botanist"], "B"),
        (AGREE, "AABDC", ["solver", "botanist", "large"], "C"),
        (AGREE, "ACBDC", ["solver", "botanist", "large"], "C"),
        (AGREE, "A  DC", ["solver", "botanist", "large"], "C"),
        (VOTE, "ABBDC", ["large", "solver", "botanist"], "B"),
        (VOTE, "AABDB", ["large", "solver", "botanist"], "B"),
        (VOTE, "AABDC", ["large", "solver", "botanist"], "C"),
        (VOTE, "ACCDC", ["large", "solver", "botanist"], "C"),
        (VOTE, "A  DC", ["large", "solver", "botanist"], "C"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_asked_and_who_is_accepted(
    procedure: Procedure, letters: str, asked: Sequence[str], answer: str
) -> None:
    record = answered(*(letter.strip() or None for letter in letters))
    trajectory = WORLD.run(consulting(procedure), record)
    assert [turn.expert for turn in trajectory.turns if turn.expert] == asked
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, answer)
    assert trajectory.bill.cost_usd == pytest.approx(WORLD.cost_usd(record, *asked))
    own = trajectory.bill.lines[0]
    assert own.who == "orchestrator" and own.calls == len(asked) + 1


def test_where_the_money_ends_the_first_answer_stands() -> None:
    record = answered("A", "B", "D", "D", "C")
    policy = consulting(AGREE)
    trajectory = WORLD.run(policy, record, max_cost_usd=0.003)  # never enough for large
    assert [turn.expert for turn in trajectory.turns if turn.expert] == ["solver", "botanist"]
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "B")


def test_who_cannot_be_asked_first_is_replaced() -> None:
    record = answered("A", "B", "D", "D", "C")
    policy = consulting(Vote((LARGE, SOLVER, BOTANIST), 5))
    asked = WORLD.asked(policy, record, max_cost_usd=0.003)
    assert asked and "large" not in asked


def test_a_trio_is_chosen_that_beats_every_single_expert() -> None:
    for name in ("agree", "vote"):
        policy = WORLD.fit(name)
        assert (policy.answers_itself, policy.ends_at_answer) == (True, False)
    single, _ = WORLD.measure(WORLD.fit("strongest"))
    accuracy, _ = WORLD.measure(WORLD.fit("agree-domain"))
    assert accuracy > single


def test_two_good_experts_are_asked_before_a_dear_one() -> None:
    def sure(record: Record) -> Record:
        """Small and solver are always right."""
        outcomes = dict(record.outcomes)
        for name in ("small", "solver"):
            outcomes[name] = replace(outcomes[name], right=1.0, answer=str(record.task.answer))
        return replace(record, outcomes=outcomes)

    world = made_up_world(num_train=60, change=sure)
    assert set(world.asked(world.fit("agree"), world.test[0])) == {"small", "solver"}


@pytest.mark.parametrize("name", ["agree", "agree-domain", "vote"])
def test_a_share_of_the_cost_is_kept_on_train_rows(name: str) -> None:
    train = WORLD.setting.train
    _, strongest_usd = WORLD.measure(WORLD.fit("strongest"), train)
    _, cost_usd = WORLD.measure(WORLD.fit(f"{name}@25%"), train)
    assert cost_usd <= 0.25 * strongest_usd
    with pytest.raises(UnavailableError, match=r"cost more than 1% of the strongest"):
        WORLD.fit(f"{name}@1%")


def test_a_profile_that_counts_every_cent_consults_the_cheap_ones() -> None:
    thrifty = Profile(worth=Worth(right_answer_usd=1e-6))
    world = replace(WORLD, setting=replace(WORLD.setting, profile=thrifty))
    assert "large" not in world.asked(world.fit("agree"), world.test[0])


def test_without_the_words_nothing_can_be_compared() -> None:
    def silent(record: Record) -> Record:
        outcomes = {name: replace(each, answer=None) for name, each in record.outcomes.items()}
        return replace(record, outcomes=outcomes)

    world = made_up_world(num_train=30, change=silent)
    for name in ("agree", "agree-domain", "vote"):
        with pytest.raises(UnavailableError, match="only the verdicts are known"):
            world.fit(name)


def test_two_experts_are_no_trio() -> None:
    world = made_up_world(("small", "large"), num_train=30)
    with pytest.raises(UnavailableError, match="needs three experts"):
        world.fit("agree")


def test_the_reference_answer_does_not_travel_with_the_policy() -> None:
    comparison = Comparison.of(WORLD.setting, WORLD.records)
    assert {task.answer for task in comparison.tasks.values()} == {None}


def test_a_task_that_was_not_recorded_is_compared_as_the_others_are() -> None:
    fitted = fit_policies(["agree"], WORLD.setting)["agree"]
    assert isinstance(fitted, Consulting)
    task = WORLD.test[0].task.as_task()
    one, same, other = Answer("solver", "B"), Answer("large", "(b)"), Answer("large", "C")
    assert fitted.comparison.agree(task, one, same)
    assert not fitted.comparison.agree(task, one, other)


@pytest.mark.parametrize("name", ["agree", "agree-domain@50%", "vote"])
def test_a_policy_that_consults_travels(name: str) -> None:
    policy = WORLD.fit(name)
    arrived = pickle.loads(pickle.dumps(policy))
    for record in WORLD.test[:12]:
        ours, theirs = WORLD.run(policy, record), WORLD.run(arrived, record)
        assert [turn.expert for turn in ours.turns] == [turn.expert for turn in theirs.turns]
        assert ours.answer == theirs.answer
