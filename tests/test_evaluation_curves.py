"""Curves, their areas and the Pareto front, against numbers worked by hand."""

from __future__ import annotations

import pytest
from evaluation_rows import rows_of
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.evaluation.figures.bootstrap import Resamples
from orchestra_cli.evaluation.figures.cell_rows import cells_of
from orchestra_cli.evaluation.figures.curves import curves, family_of, pareto
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import Curve

points = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), max_size=12)


def found(rows: list[Row]) -> dict[str, Curve]:
    cells = cells_of(rows)
    num_tasks = len(next(iter(cells.values())).tasks)
    return {each.policy: each for each in curves(cells, Resamples(num_tasks))}


def share(right: int) -> list[float]:
    return [1.0] * right + [0.0] * (10 - right)


@pytest.mark.parametrize(
    ("policy", "family"),
    [
        ("domain-average@40%", "domain-average"),
        ("knn@2.5%", "knn"),
        ("strongest", None),
        ("a@b", None),
        ("@40%", None),
    ],
)
def test_the_family_is_the_name_before_the_share(policy: str, family: str | None) -> None:
    assert family_of(policy) == family


def test_a_curve_goes_from_the_cheapest_expert_over_its_points() -> None:
    rows = [
        *rows_of("cheapest", share(4), 0.001),
        *rows_of("knn@100%", share(8), 0.100),
        *rows_of("knn@10%", share(6), 0.010),
        *rows_of("strongest", share(8), 0.100),
    ]
    curve = found(rows)["knn"]
    assert curve.points == ((0.001, 0.4), (0.010, 0.6), (0.100, 0.8))
    # one decade from 0.4 to 0.6, one from 0.6 to 0.8: (0.5 + 0.7) / 2
    assert curve.area is not None
    assert curve.area.value == pytest.approx(0.6)
    assert curve.area.low < 0.6 < curve.area.high


def test_areas_are_over_the_dollars_that_all_curves_span() -> None:
    rows = [
        *rows_of("a@1%", share(2), 0.001),
        *rows_of("a@100%", share(8), 0.100),
        *rows_of("b@10%", share(6), 0.010),
        *rows_of("b@1000%", share(6), 1.0),
    ]
    both = found(rows)
    # a from 0.01, where it has 0.5, to 0.1, where it has 0.8; b has 0.6 throughout
    assert both["a"].area is not None
    assert both["a"].area.value == pytest.approx(0.65)
    assert both["b"].area is not None
    assert both["b"].area.value == pytest.approx(0.6)


def test_one_point_alone_spans_nothing() -> None:
    assert found(rows_of("a@40%", share(5)))["a"].area is None


def test_a_point_without_a_price_is_left_out() -> None:
    rows = [*rows_of("a@1%", share(2), 0.001), *rows_of("a@9%", share(3), [None] * 10)]
    assert found(rows)["a"].points == ((0.001, 0.2),)
    assert found(rows_of("a@9%", share(3), [None] * 10)) == {}


def test_what_costs_nothing_has_a_place_on_the_axis() -> None:
    rows = [*rows_of("a@0%", share(2), 0.0), *rows_of("a@100%", share(8), 0.1)]
    area = found(rows)["a"].area
    assert area is not None
    assert area.value == pytest.approx(0.5)


def test_profiles_and_variants_have_curves_of_their_own() -> None:
    rows = [
        *rows_of("a@1%", share(2), 0.001),
        *rows_of("a@9%", share(4), 0.01),
        *rows_of("a@9%", share(5), 0.02, profile="frugal"),
        *rows_of("a@9%", share(6), 0.03, variant="unseen-prices"),
    ]
    cells = cells_of(rows)
    keys = {(each.profile, each.variant): each for each in curves(cells, Resamples(10))}
    assert len(keys["default", "seen"].points) == 2
    assert len(keys["frugal", "seen"].points) == 1
    assert keys["default", "unseen-prices"].points == ((0.03, 0.6),)


def test_the_front_is_what_nobody_beats() -> None:
    by_hand = [(0.5, 0.7), (0.1, 0.5), (0.2, 0.4), (0.5, 0.6), (1.0, 0.7), (2.0, 0.9)]
    assert pareto(by_hand) == [1, 0, 5]


@given(points)
def test_everybody_is_on_the_front_or_beaten_by_one_who_is(
    given_points: list[tuple[float, float]],
) -> None:
    front = pareto(given_points)
    best = [given_points[index] for index in front]
    assert best == sorted(best)
    assert [right for _, right in best] == sorted({right for _, right in best})
    for usd, right in given_points:
        assert any(u <= usd and r >= right for u, r in best)
