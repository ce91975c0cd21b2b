"""The plan's values against brute force over every answer that every expert may give."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cascade_answer_model import enumerated

from orchestra_cli.cascade.answer_model import in_order
from orchestra_cli.cascade.plan import Plan, Prospect

PROSPECTS = st.lists(
    st.builds(
        Prospect,
        success=st.floats(0.1, 0.95),
        price=st.floats(0.0, 0.3),
        liking=st.sampled_from([0.0, 0.0, 0.05]),
    ),
    min_size=2,
    max_size=3,
)
NUM_ANSWERS = 4
PRUNED = 2e-3
"""What is very unlikely is left out of the plan."""


class BruteForce:
    """Values by enumeration of answers, each one by itself."""

    def __init__(self, prospects: list[Prospect]) -> None:
        self.prospects = prospects
        self.rates = [each.success for each in prospects]
        self.joints: dict[tuple[tuple[int, int], ...], list[float]] = {}

    def joint(self, said: dict[int, int]) -> list[float]:
        key = in_order(list(said.items()))
        if key not in self.joints:
            self.joints[key] = enumerated(self.rates, dict(key), NUM_ANSWERS)
        return self.joints[key]

    def best(self, said: dict[int, int]) -> float:
        joint, held = self.joint(said), len(set(said.values()))
        accepting = max(joint[:held]) / sum(joint)  # one that was given
        return max([accepting, *self.asking(said).values()])

    def asking(self, said: dict[int, int]) -> dict[int, float]:
        left = [at for at in range(len(self.prospects)) if at not in said]
        total = sum(self.joint(said))
        return {
            at: (0.0 if said else self.prospects[at].liking)
            - self.prospects[at].price
            + sum(
                sum(self.joint(after)) / total * self.best(after)
                for after in ({**said, at: answer} for answer in range(NUM_ANSWERS))
            )
            for at in left
        }


@settings(deadline=None, max_examples=12)
@given(PROSPECTS)
def test_values_are_those_of_brute_force(prospects: list[Prospect]) -> None:
    plan, brute = Plan(prospects, num_answers=NUM_ANSWERS), BruteForce(prospects)
    assert plan.asking(()) == pytest.approx(brute.asking({}), abs=PRUNED)
    assert plan.asking(((0, 0),)) == pytest.approx(brute.asking({0: 0}), abs=PRUNED)
    joint = brute.joint({0: 0, 1: 1})
    accepting = [chance / sum(joint) for chance in joint[:2]]
    assert plan.accepting(((0, 0), (1, 1))) == pytest.approx(accepting, abs=1e-4)


@settings(deadline=None, max_examples=20)
@given(PROSPECTS)
def test_what_asking_comes_to_is_worth_its_value(prospects: list[Prospect]) -> None:
    """A success less its price, where dollars are right answers and nobody is liked."""
    priced = [Prospect(p.success, p.price, cost_usd=p.price, latency_s=2.0) for p in prospects]
    plan = Plan(priced, num_answers=10)
    for expert, value in plan.asking(()).items():
        outlook = plan.asked((), expert)
        assert outlook.success - outlook.cost_usd == pytest.approx(value, abs=1e-9)
        assert 2.0 <= outlook.latency_s <= 2.0 * len(priced) + 1e-9


def test_a_dear_expert_is_asked_only_where_it_helps() -> None:
    """One that is right in 0.8 after one that is in 0.7: worth up to 0.1 right answers."""
    for price, is_asked in ((0.05, True), (0.3, False)):
        plan = Plan([Prospect(0.7, 0.001), Prospect(0.8, price)], num_answers=10)
        assert (plan.asking(())[1] > plan.asking(())[0]) is is_asked
        (accepting,) = plan.accepting(((0, 0),))
        assert (plan.asking(((0, 0),))[1] > accepting) is is_asked


def test_liking_counts_for_who_is_asked_first_alone() -> None:
    plain = Plan([Prospect(0.7, 0.1), Prospect(0.7, 0.1)], num_answers=10)
    liked = Plan([Prospect(0.7, 0.1), Prospect(0.7, 0.1, liking=0.2)], num_answers=10)
    assert liked.asking(())[1] == pytest.approx(plain.asking(())[1] + 0.2)
    assert liked.asking(((0, 0),)) == plain.asking(((0, 0),))


def test_nobody_is_asked_twice_and_four_are_enough() -> None:
    plan = Plan([Prospect(0.5, 0.0)] * 6, num_answers=10)
    assert set(plan.asking(((1, 0), (4, 0)))) == {0, 2, 3, 5}
    assert plan.asking(((0, 0), (1, 1), (2, 2), (3, 3))) == {}
