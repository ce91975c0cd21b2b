"""The comparison of two runs: what changed, what is noise, and what cannot be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evaluation_rows import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.evaluation.figures.compare import Comparison, Difference, compare
from orchestra_cli.evaluation.rows import Cell, Row
from prefs.profile import Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector

few = settings(max_examples=30, deadline=None)


def by_metric(found: Comparison) -> dict[str, Difference]:
    return {each.metric: each for each in found.differences}


def test_a_gain_in_many_tasks_is_beyond_noise() -> None:
    before = rows_of("knn@40%", [1.0] * 50 + [0.0] * 50)
    after = rows_of("knn@40%", [1.0] * 70 + [0.0] * 30)
    accuracy = by_metric(compare(before, after))["accuracy"]
    assert (accuracy.before, accuracy.after) == (0.5, 0.7)
    assert accuracy.difference.value == pytest.approx(0.2)
    # paired, the spread is that of the twenty that changed: ± 1.96 · sqrt(0.2 · 0.8 / 100)
    assert accuracy.difference.low == pytest.approx(0.2 - 0.078, abs=0.02)
    assert accuracy.difference.high == pytest.approx(0.2 + 0.078, abs=0.02)
    assert accuracy.is_beyond_noise
    assert (accuracy.gained, accuracy.lost, accuracy.num_tasks) == (20, 0, 100)


def test_as_many_lost_as_gained_is_noise() -> None:
    before = rows_of("knn@40%", [1.0] * 50 + [0.0] * 50)
    after = rows_of("knn@40%", [0.0] * 10 + [1.0] * 51 + [0.0] * 39)
    accuracy = by_metric(compare(before, after))["accuracy"]
    assert (accuracy.gained, accuracy.lost) == (11, 10)
    assert not accuracy.is_beyond_noise


@pytest.mark.parametrize(("gained", "is_beyond_noise"), [(5, False), (6, True)])
def test_five_tasks_can_show_nothing(gained: int, is_beyond_noise: bool) -> None:
    before, after = rows_of("a", [0.0] * gained), rows_of("a", [1.0] * gained)
    accuracy = by_metric(compare(before, after))["accuracy"]
    assert accuracy.difference.value == 1
    assert accuracy.is_beyond_noise is is_beyond_noise


def test_dollars_seconds_turns_and_legal_calls() -> None:
    before = rows_of("a", [1.0] * 10, 0.02, latency_s=4.0)
    after = [
        replace(row, turns=3, legal_calls=2, illegal_calls=2)
        for row in rows_of("a", [1.0] * 10, 0.01, latency_s=6.0)
    ]
    found = by_metric(compare(before, after))
    assert found["cost_usd"].difference.value == pytest.approx(-0.01)
    assert found["cost_usd"].lost == 10
    assert found["latency_s"].difference.value == pytest.approx(2.0)
    assert found["turns"].difference.value == pytest.approx(2.0)
    assert (found["legal_rate"].before, found["legal_rate"].after) == (1.0, 0.5)
    assert not found["accuracy"].is_beyond_noise
    assert [name for name in found if found[name].is_beyond_noise] == [
        "cost_usd",
        "latency_s",
        "turns",
        "legal_rate",
    ]


def test_only_tasks_that_both_have_count() -> None:
    before, after = rows_of("a", [1.0] * 4 + [0.0] * 6), rows_of("a", [1.0] * 4)
    found = compare(before, after)
    assert found.num_tasks == 4
    assert by_metric(found)["accuracy"].before == 1.0
    assert by_metric(found)["accuracy"].num_tasks == 4


def test_a_task_that_one_could_not_judge_or_price_counts_in_neither() -> None:
    before = rows_of("a", [1.0, None, 0.0], [0.1, 0.2, 0.3])
    after = rows_of("a", [1.0, 1.0, 1.0], [0.1, 0.2, None])
    found = by_metric(compare(before, after))
    assert (found["accuracy"].num_tasks, found["accuracy"].before) == (2, 0.5)
    assert found["cost_usd"].num_tasks == 2
    assert found["cost_usd"].before == pytest.approx(0.15)


def test_what_neither_knows_is_not_compared() -> None:
    rows = [replace(row, legal_calls=0) for row in rows_of("a", [1.0] * 3, latency_s=None)]
    assert set(by_metric(compare(rows, rows))) == {"accuracy", "cost_usd", "turns"}


def test_cells_of_one_side_are_listed() -> None:
    before = [*rows_of("a", [1.0]), *rows_of("b", [1.0])]
    after = [*rows_of("b", [1.0]), *rows_of("b", [1.0], profile="frugal")]
    found = compare(before, after)
    assert found.only_a == (Cell("a", "default"),)
    assert found.only_b == (Cell("b", "frugal"),)
    assert {each.policy for each in found.differences} == {"b"}


def test_single_cells_are_compared_whatever_their_names() -> None:
    found = compare(rows_of("rules", [0.0] * 9), rows_of("orchestrator", [1.0] * 9))
    assert found.only_a == found.only_b == ()
    assert by_metric(found)["accuracy"].policy == "rules → orchestrator"
    assert by_metric(found)["accuracy"].profile == "default"


def test_runs_with_nothing_in_common_say_so() -> None:
    other = [replace(row, task=f"other {row.task}") for row in rows_of("a", [1.0])]
    found = compare(rows_of("a", [1.0]), other)
    assert found.num_tasks == 0
    assert found.differences == ()


def test_with_profiles_the_worth_is_compared() -> None:
    profile = Profile(preference=PreferenceVector(1.0, 0.5, 1.0), worth=Worth(0.10, 3.6))
    before = rows_of("a", [1.0] * 8, 0.02, latency_s=20.0)
    after = rows_of("a", [1.0] * 8, 0.04, latency_s=10.0)
    worth = by_metric(compare(before, after, profiles={"default": profile}))["utility_usd"]
    # an hour is 3.60, a second a tenth of a cent: 0.10 − 0.5 · 0.02 − 0.02, then − 0.02 − 0.01
    assert worth.before == pytest.approx(0.07)
    assert worth.after == pytest.approx(0.07)
    unknown = [replace(row, latency_s=None) for row in after]
    worth = by_metric(compare(before, unknown, profiles={"default": profile}))["utility_usd"]
    assert worth.difference.value == pytest.approx(-0.01)


def test_chance_alone_is_expected_to_show_in_one_of_twenty() -> None:
    before = rows_of("a", [1.0] * 20, [0.01] * 20)
    after = rows_of("a", [1.0] * 20, [0.01] * 19 + [0.02])
    found = compare(before, after)
    assert found.expected_by_chance == pytest.approx(0.05)  # dollars alone can differ
    assert found.num_beyond_noise == 0


judged = st.sampled_from([0.0, 1.0, None])
rights = st.lists(st.sampled_from([0.0, 0.5, 1.0, None]), min_size=1, max_size=20)


@few
@given(rights, st.integers(0, 3))
def test_a_run_does_not_differ_from_itself(values: list[float | None], seed: int) -> None:
    rows: list[Row] = rows_of("a", values)
    found = compare(rows, list(reversed(rows)), profiles={"default": Profile()}, seed=seed)
    assert found.num_beyond_noise == 0
    assert found.expected_by_chance == 0
    for each in found.differences:
        assert (each.difference.low, each.difference.value, each.difference.high) == (0, 0, 0)


@few
@given(st.lists(st.tuples(judged, judged), min_size=1, max_size=20))
def test_back_is_the_opposite_of_forth(pairs: list[tuple[float | None, float | None]]) -> None:
    a, b = rows_of("a", [one for one, _ in pairs]), rows_of("a", [other for _, other in pairs])
    forth, back = by_metric(compare(a, b)), by_metric(compare(b, a))
    assert forth.keys() == back.keys()
    for metric, one in forth.items():
        other = back[metric]
        assert one.difference.low <= one.difference.value <= one.difference.high
        assert one.difference.value == -other.difference.value
        assert (one.gained, one.lost) == (other.lost, other.gained)
        assert one.is_beyond_noise == other.is_beyond_noise
