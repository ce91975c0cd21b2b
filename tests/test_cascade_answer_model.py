"""Who is right, given who agrees: the posterior against an enumeration of all that may be."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.cascade.answer_model import AnswerModel, Given, in_order

SPREAD, TEMPTING, POINTS = 1.5, 0.35, 7
RATES = st.lists(st.floats(0.05, 0.95), min_size=1, max_size=3)
CHOICES = st.integers(3, 10)


def enumerated(rates: list[float], said: dict[int, int], num_answers: int) -> list[float]:
    """By answer the joint chance that it is right and that the experts say what they say."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    weights = weights / weights.sum()
    joint = [0.0] * num_answers
    for right, tempting in product(range(num_answers), repeat=2):
        if right == tempting:
            continue
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
            chance = weight / (num_answers * (num_answers - 1))
            for expert, answer in said.items():
                knows = _knows(rates[expert], node)
                other = (1 - TEMPTING) / (num_answers - 1) + TEMPTING * (answer == tempting)
                chance *= knows if answer == right else (1 - knows) * other
            joint[right] += chance
    return joint


@lru_cache(maxsize=4096)
def _knows(rate: float, ease: float) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    low, high = -20.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        mean = sum(w / (1 + exp(-middle - SPREAD * x)) for x, w in zip(nodes, weights, strict=True))
        low, high = (middle, high) if mean / weights.sum() < rate else (low, middle)
    return 1 / (1 + exp(-low - SPREAD * ease))


@settings(deadline=None, max_examples=30)
@given(RATES, CHOICES, st.data())
def test_the_posterior_is_that_of_all_cases_enumerated(
    rates: list[float], num_answers: int, data: st.DataObject
) -> None:
    answers = st.integers(0, min(num_answers, 4) - 1)
    pairs = [(expert, data.draw(answers)) for expert in range(len(rates))]
    attempts = in_order(pairs)
    joint = enumerated(rates, dict(attempts), num_answers)
    total, right = AnswerModel(rates, num_answers=num_answers).weigh(attempts)
    assert total == pytest.approx(sum(joint), rel=1e-4)
    assert list(right) == pytest.approx(joint[: len(right)], rel=1e-4)


@settings(deadline=None, max_examples=50)
@given(RATES, CHOICES, st.data())
def test_what_the_next_expert_may_say_adds_up_to_one(
    rates: list[float], num_answers: int, data: st.DataObject
) -> None:
    model = AnswerModel(rates, num_answers=num_answers)
    attempts: Given = ()
    for expert in range(len(rates)):
        total, right = model.weigh(attempts)
        held = len(right)
        chances = [model.weigh((*attempts, (expert, answer)))[0] for answer in range(held + 1)]
        assert sum(chances[:held]) + chances[held] * model.others(held) == pytest.approx(total)
        assert float(right.sum()) <= total + 1e-12
        attempts = (*attempts, (expert, data.draw(st.integers(0, held))))


@given(st.floats(0.01, 0.99), CHOICES)
def test_alone_an_answer_is_right_as_often_as_who_gives_it(rate: float, num_answers: int) -> None:
    total, right = AnswerModel([0.5, rate], num_answers=num_answers).weigh(((1, 0),))
    assert float(right[0]) / total == pytest.approx(rate, abs=1e-6)
    assert total == pytest.approx(1 / num_answers)


@given(st.lists(st.floats(0.4, 0.95), min_size=2, max_size=2), st.integers(4, 10))
def test_agreement_raises_the_chance_and_disagreement_lowers_it(
    rates: list[float], num_answers: int
) -> None:
    model = AnswerModel(rates, num_answers=num_answers)
    agreed, differed = (model.weigh(((0, 0), (1, answer))) for answer in (0, 1))
    assert float(agreed[1][0]) / agreed[0] > rates[0]
    assert float(differed[1][0]) / differed[0] < rates[0]


def test_the_better_of_two_that_differ_is_believed() -> None:
    _, right = AnswerModel([0.8, 0.5], num_answers=10).weigh(((0, 0), (1, 1)))
    assert right[0] > right[1]


def test_two_that_agree_outweigh_a_better_one() -> None:
    _, right = AnswerModel([0.7, 0.65, 0.65], num_answers=10).weigh(((0, 0), (1, 1), (2, 1)))
    assert right[1] > right[0]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), unique_by=lambda pair: pair[0]))
def test_attempts_have_one_name_in_whichever_order_they_came(pairs: list[tuple[int, int]]) -> None:
    found = in_order(pairs)
    assert found == in_order(pairs[::-1])
    assert [expert for expert, _ in found] == sorted(expert for expert, _ in pairs)
    said = dict(pairs)
    for one, first in found:
        for other, second in found:
            assert (first == second) == (said[one] == said[other])
    firsts = list(dict.fromkeys(answer for _, answer in found))
    assert firsts == list(range(len(firsts)))
