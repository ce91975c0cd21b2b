"""Steering: the numbers of docs/steering.md, and what holds for any candidates."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.steering import Candidate, Worth, min_max_utilities, steer, utility_usd
from prefs.vector import PreferenceVector

BALANCED = PreferenceVector(1.0, 0.3, 0.1)
CHEAP = PreferenceVector(0.3, 1.0, 0.1)
DEAR = Candidate("answer-1", 0.70, success=0.80, cost_usd=0.0120, latency_s=30)
MINI = Candidate("answer-2", 0.30, success=0.76, cost_usd=0.0024, latency_s=12)
WORTH = Worth(right_answer_usd=0.10, hour_usd=5)


def test_the_example_worked_by_hand() -> None:
    dear, mini = steer([DEAR, MINI], BALANCED, WORTH, beta=20)
    assert dear.utility_usd == pytest.approx(0.08 - 0.0036 - 0.1 * 5 * 30 / 3600)
    assert round(dear.utility_usd, 5) == 0.07223
    assert round(mini.utility_usd, 5) == 0.07361
    assert math.exp(20 * (mini.utility_usd - dear.utility_usd) / 0.10) == pytest.approx(
        1.318, abs=5e-4
    )
    assert round(mini.probability, 3) == 0.361
    assert dear.probability + mini.probability == pytest.approx(1)


def test_the_same_example_under_cheap() -> None:
    dear, mini = steer([DEAR, MINI], CHEAP, WORTH, beta=20)
    assert (round(dear.utility_usd, 5), round(mini.utility_usd, 5)) == (0.00783, 0.01873)
    assert round(mini.probability, 3) == 0.791


def test_a_tools_own_weight_counts_around_a_half() -> None:
    none, half, whole, zero = (
        utility_usd(Candidate("x", 1.0, 0.5, 0.0, 0.0, tool_weight=weight), BALANCED, WORTH)
        for weight in (None, 0.5, 1.0, 0.0)
    )
    assert none == half == pytest.approx(0.05)
    assert (whole - half, half - zero) == (pytest.approx(0.025), pytest.approx(0.025))


def test_the_papers_form_is_there_to_compare_with() -> None:
    cheap_only = PreferenceVector(accuracy=0.0, cost=1.0, latency=0.0)
    costs = [Candidate(str(cost), 1 / 3, 1.0, cost, 1.0) for cost in (0.01, 0.05, 0.10)]
    assert [round(u, 3) for u in min_max_utilities(costs, cheap_only)] == [1.0, 0.556, 0.0]


weights = st.floats(0, 1)
candidates = st.lists(
    st.builds(
        Candidate,
        st.text(min_size=1, max_size=5),
        st.floats(0.001, 1),
        st.floats(0, 1),
        st.floats(0, 0.5),
        st.floats(0, 600),
        st.none() | weights,
    ),
    min_size=1,
    max_size=6,
)
vectors = st.builds(PreferenceVector, weights, weights, weights)
worths = st.builds(Worth, st.floats(0.001, 10), st.floats(0, 200))


@given(candidates, vectors, worths, st.floats(0, 100))
def test_probabilities_are_probabilities(
    candidates: list[Candidate], vector: PreferenceVector, worth: Worth, beta: float
) -> None:
    steered = steer(candidates, vector, worth, beta=beta)
    assert [each.candidate for each in steered] == candidates
    assert sum(each.probability for each in steered) == pytest.approx(1)
    assert all(0 <= each.probability <= 1 for each in steered)


@given(candidates, vectors, worths)
def test_without_beta_the_model_decides_alone(
    candidates: list[Candidate], vector: PreferenceVector, worth: Worth
) -> None:
    total = sum(each.probability for each in candidates)
    for each in steer(candidates, vector, worth, beta=0):
        assert each.probability == pytest.approx(each.candidate.probability / total)


@given(candidates, vectors, worths, st.floats(0, 50), weights, weights)
def test_more_weight_on_cost_never_raises_the_expected_cost(
    candidates: list[Candidate],
    vector: PreferenceVector,
    worth: Worth,
    beta: float,
    one: float,
    other: float,
) -> None:
    less, more = sorted((one, other))
    costs = [
        sum(
            each.probability * each.candidate.cost_usd
            for each in steer(
                candidates,
                PreferenceVector(vector.accuracy, cost, vector.latency),
                worth,
                beta=beta,
            )
        )
        for cost in (less, more)
    ]
    assert costs[1] <= costs[0] + 1e-9


@given(candidates, vectors, worths, st.floats(0, 50), weights, weights)
def test_more_weight_on_latency_never_raises_the_expected_latency(
    candidates: list[Candidate],
    vector: PreferenceVector,
    worth: Worth,
    beta: float,
    one: float,
    other: float,
) -> None:
    less, more = sorted((one, other))
    seconds = [
        sum(
            each.probability * each.candidate.latency_s
            for each in steer(
                candidates,
                PreferenceVector(vector.accuracy, vector.cost, latency),
                worth,
                beta=beta,
            )
        )
        for latency in (less, more)
    ]
    assert seconds[1] <= seconds[0] + 1e-6


def test_what_is_impossible_stays_impossible() -> None:
    never = Candidate("never", 0.0, success=1.0, cost_usd=0.0, latency_s=0.0)
    only, other = steer([never, DEAR], BALANCED, WORTH, beta=100)
    assert (only.probability, other.probability) == (0.0, 1.0)
