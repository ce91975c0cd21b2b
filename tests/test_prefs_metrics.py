"""The paper's min-max form of a group's metrics, worked by hand and for any group."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.metrics import normalise
from prefs.vector import PreferenceVector

numbers = st.floats(-1e6, 1e6)
groups = st.integers(0, 5).flatmap(
    lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), max_size=6)
)


def test_three_right_rollouts_ranked_by_cost_alone() -> None:
    """Costs 0.01, 0.05 and 0.10: (0.10 - 0.05) / (0.10 - 0.01) = 0.556."""
    group = [(1.0, -cost_usd, -9.0) for cost_usd in (0.01, 0.05, 0.10)]
    on_cost = PreferenceVector(accuracy=0, cost=1, latency=0)
    rewards = [on_cost.dot(metrics) for metrics in normalise(group)]
    assert rewards == pytest.approx([1.0, 0.5556, 0.0], abs=1e-4)


def test_tools_count_beside_the_rest() -> None:
    """Two rollouts: (searches, right, -cost, -latency)."""
    group = [(2.0, 1.0, -0.02, -4.0), (0.0, 1.0, -0.01, -8.0)]
    assert normalise(group) == ((1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 0.0))
    vector = PreferenceVector(1.0, 0.3, 0.1, {"search": 0.5})
    rewards = [vector.dot(metrics, ["search"]) for metrics in normalise(group)]
    assert rewards == pytest.approx([0.6, 0.3])


@pytest.mark.parametrize(
    ("group", "normalised"),
    [
        ([], ()),
        ([()], ((),)),
        ([(3.0, -1.0)], ((0.0, 0.0),)),
        ([(3.0,), (3.0,)], ((0.0,), (0.0,))),
        ([(1.0,), (3.0,), (2.0,)], ((0.0,), (1.0,), (0.5,))),
        ([(0.0,), (5e-324,)], ((0.0,), (1.0,))),
    ],
)
def test_small_groups(
    group: list[tuple[float, ...]], normalised: tuple[tuple[float, ...], ...]
) -> None:
    assert normalise(group) == normalised


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_no_number_is_refused(bad: float, place: int) -> None:
    """A metric that nobody knows must not become a reward."""
    group = [[0.0], [1.0], [2.0]]
    group[place] = [bad]
    with pytest.raises(ValueError, match="finite"):
        normalise(group)


def test_numbers_too_far_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="apart"):
        normalise([[-1.7e308], [1.7e308]])


def test_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        normalise([[1.0, 2.0], [1.0]])


@given(group=groups)
def test_every_column_goes_from_0_to_1_or_is_0(group: list[list[float]]) -> None:
    result = normalise(group)
    assert len(result) == len(group)
    for before, after in zip(zip(*group, strict=True), zip(*result, strict=True), strict=True):
        if min(before) == max(before):
            assert set(after) == {0.0}
        else:
            assert (min(after), max(after)) == (0.0, 1.0)
        for i, value in enumerate(before):
            for j, other in enumerate(before):
                assert value > other or after[i] <= after[j]


@given(group=groups, factor=st.sampled_from([0.5, 2.0, 1024.0]))
def test_the_unit_does_not_matter(group: list[list[float]], factor: float) -> None:
    scaled = [[value * factor for value in row] for row in group]
    assert [list(row) for row in normalise(scaled)] == [
        pytest.approx(list(row), abs=1e-9) for row in normalise(group)
    ]


@given(group=groups, data=st.data())
def test_the_order_of_the_rollouts_does_not_matter(
    group: list[list[float]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(group))))
    result = normalise(group)
    assert normalise([group[i] for i in order]) == tuple(result[i] for i in order)
