"""RouterArena's columns, against numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluation_rows import rows_of

from orchestra_cli.evaluation.figures.bootstrap import Resamples
from orchestra_cli.evaluation.figures.cell_rows import cells_of
from orchestra_cli.evaluation.figures.regret import Known
from orchestra_cli.evaluation.figures.router_arena import arena_columns, arena_score
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import ArenaScores, Interval

CHEAP, DEAR = 0.001, 0.010
KNOWN = {
    "t000": {"small": Known(1, CHEAP, None), "big": Known(1, DEAR, None)},
    "t001": {"small": Known(0, CHEAP, None), "big": Known(1, DEAR, None)},
    "t002": {"small": Known(1, CHEAP, None), "big": Known(0, DEAR, None)},
    "t003": {"small": Known(0, CHEAP, None), "big": Known(0, DEAR, None)},
}
BIG = [{"big": 1}] * 4


def columns(rows: list[Row]) -> ArenaScores:
    (cell,) = cells_of(rows).values()
    return arena_columns(cell, KNOWN, Resamples(4))


def value(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


def score(accuracy: float, usd: float) -> float:
    return float(arena_score(np.array([accuracy]), np.array([usd]))[0])


def test_the_score_at_the_ends_of_the_dollars() -> None:
    # C = 1 at the cheapest: 1.1 · 0.5 · 1 / (0.05 + 1); C = 0 at the dearest
    assert score(0.5, 0.0044) == pytest.approx(0.55 / 1.05)
    assert score(0.5, 200.0) == 0
    assert score(1.0, 0.0044) == 1


def test_the_score_is_clamped_outside_them() -> None:
    assert score(0.5, 0.0) == score(0.5, 0.0044)
    assert score(0.5, 9_999.0) == 0


@pytest.mark.parametrize(
    ("accuracy", "usd", "published"),
    [(0.4704, 0.27, 0.4807), (0.6688, 0.15, 0.6689), (0.7396, 10.02, 0.6432)],
    ids=["RouteLLM", "MIRT-BERT", "GPT-5"],
)
def test_the_score_is_the_published_one(accuracy: float, usd: float, published: float) -> None:
    """Rows of RouterArena's leaderboard, whose dollars are rounded to a cent."""
    assert score(accuracy, usd) == pytest.approx(published, abs=5e-4)


def test_always_the_strong_expert() -> None:
    found = columns(rows_of("big", [1, 1, 0, 0], DEAR, calls=BIG))
    assert value(found.cost_per_1k_usd) == pytest.approx(10.0)
    # right on t000 and t001; the small one would have done on t000
    assert value(found.optimal_selection) == pytest.approx(1 / 2)
    assert value(found.optimal_cost) == pytest.approx((CHEAP + DEAR) / (2 * DEAR))
    assert value(found.optimal_accuracy) == pytest.approx(2 / 3)
    c = (math.log2(200) - math.log2(10)) / (math.log2(200) - math.log2(0.0044))
    assert value(found.arena_score) == pytest.approx(1.1 * 0.5 * c / (0.05 + c))


def test_the_oracle_has_one_in_every_optimality_column() -> None:
    calls = [{"small": 1}, {"big": 1}, {"small": 1}, {"small": 1}]
    found = columns(rows_of("oracle", [1, 1, 1, 0], [CHEAP, DEAR, CHEAP, CHEAP], calls=calls))
    assert value(found.optimal_selection) == 1
    assert value(found.optimal_cost) == 1
    assert value(found.optimal_accuracy) == 1


def test_who_asks_two_did_not_select_the_optimal_one() -> None:
    both = [{"small": 1, "big": 1}] * 4
    found = columns(rows_of("cascade", [1, 1, 1, 0], CHEAP + DEAR, calls=both))
    assert value(found.optimal_selection) == 0
    assert value(found.optimal_cost) == pytest.approx((CHEAP + DEAR + CHEAP) / (3 * (CHEAP + DEAR)))


def test_an_unknown_price_leaves_only_accuracy_and_selection() -> None:
    found = columns(rows_of("big", [1, 1, 0, 0], [None, DEAR, DEAR, DEAR], calls=BIG))
    assert found.arena_score is None
    assert found.cost_per_1k_usd is None
    assert found.optimal_cost is None
    assert value(found.optimal_accuracy) == pytest.approx(2 / 3)


def test_the_columns_have_intervals() -> None:
    found = columns(rows_of("big", [1, 1, 0, 0], DEAR, calls=BIG))
    assert found.optimal_accuracy is not None
    assert found.optimal_accuracy.low < 2 / 3 < found.optimal_accuracy.high


def test_a_task_that_nobody_was_recorded_on_counts_in_cost_alone() -> None:
    more = rows_of("big", [1, 1, 0, 0, 1], DEAR, calls=[*BIG, {"big": 1}])
    (cell,) = cells_of(more).values()
    found = arena_columns(cell, KNOWN, Resamples(5))
    assert value(found.cost_per_1k_usd) == pytest.approx(10.0)
    assert value(found.optimal_accuracy) == pytest.approx(2 / 3)
