"""The bootstrap: the figure itself, its bounds, and that cells share their resamples."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.evaluation.figures.bootstrap import Resamples, interval, ratio, share_of

few = settings(max_examples=50, deadline=None)
numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


def test_the_first_draw_is_the_sample() -> None:
    sums = Resamples(3, num_resamples=5).sums({"x": np.array([1.0, 2.0, 4.0])})
    assert sums["x"].shape == (6,)
    assert sums["x"][0] == 7.0


def test_each_resample_draws_as_many_tasks_as_there_are() -> None:
    sums = Resamples(7, num_resamples=50).sums({"one": np.ones(7), "first": np.eye(7)[0]})
    assert (sums["one"] == 7).all()
    assert len(set(sums["first"])) > 2  # and not always the same ones


def test_the_interval_of_a_share_is_that_of_the_binomial() -> None:
    # 2,000 of 0.6 ± 1.96 · sqrt(0.6 · 0.4 / 2000) = ± 0.0215
    found = share_of([True] * 1_200 + [False] * 800)
    assert found is not None
    assert found.value == pytest.approx(0.6)
    assert found.low == pytest.approx(0.6 - 0.0215, abs=0.003)
    assert found.high == pytest.approx(0.6 + 0.0215, abs=0.003)


def test_cells_share_their_resamples_so_that_differences_are_paired() -> None:
    resamples = Resamples(200)
    rights = np.tile([0.0, 1.0], 100)
    sums = resamples.sums({"a": rights, "b": rights + 0.1})
    difference = interval(sums["b"] - sums["a"])
    assert difference is not None
    assert difference.high - difference.low < 1e-9  # though each of them moves by a tenth
    assert np.ptp(sums["a"]) > 20


def test_a_seed_gives_the_same_bounds_and_another_others() -> None:
    verdicts = [index % 3 == 0 for index in range(997)]
    assert share_of(verdicts) == share_of(verdicts)
    assert share_of(verdicts) != share_of(verdicts, seed=1)


def test_resamples_without_a_figure_are_left_out() -> None:
    # one task of four is known: about a third of the resamples miss it
    known = np.array([1.0, 0.0, 0.0, 0.0])
    sums = Resamples(4).sums({"value": 5 * known, "known": known})
    draws = ratio(sums["value"], sums["known"])
    assert np.isnan(draws).sum() > 100
    found = interval(draws)
    assert found is not None
    assert (found.low, found.value, found.high) == (5, 5, 5)


def test_nothing_to_divide_by_is_no_figure() -> None:
    assert share_of([]) is None
    sums = Resamples(2).sums({"none": np.zeros(2)})
    assert interval(ratio(sums["none"], sums["none"])) is None


@few
@given(st.lists(numbers, min_size=1, max_size=30), st.integers(0, 5))
def test_an_interval_holds_its_figure(values: list[float], seed: int) -> None:
    column = np.array(values)
    sums = Resamples(len(values), num_resamples=60, seed=seed).sums(
        {"value": column, "one": np.ones(len(values))}
    )
    found = interval(ratio(sums["value"], sums["one"]))
    assert found is not None
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(np.mean(column), abs=1e-6)


def test_forty_cells_of_two_thousand_tasks_take_seconds() -> None:
    started = time.monotonic()
    resamples = Resamples(2_000)
    column = np.tile([0.0, 1.0], 1_000)
    for _ in range(40 * 8):
        resamples.sums({"right": column, "judged": column})
    assert time.monotonic() - started < 20  # 1.5 s on a quiet machine
