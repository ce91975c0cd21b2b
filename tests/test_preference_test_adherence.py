"""The paper's adherence score, against numbers worked by hand."""

from __future__ import annotations

import pytest

from orchestra_cli.preference_test.adherence import adherence, total_adherence
from prefs.metrics import RunMetrics
from prefs.vector import PreferenceVector

DEAR = RunMetrics(is_right=True, cost_usd=0.06, latency_s=90, calls={"big": 2, "web_search": 1})
CHEAP = RunMetrics(is_right=True, cost_usd=0.02, latency_s=30, calls={"small": 3})
P = PreferenceVector(0.5, 1.0, 0.2)


def test_cheaper_and_faster_counts_as_how_many_times() -> None:
    # 0.5 · 1/1 + 1.0 · 6/2 + 0.2 · 90/30
    assert adherence(CHEAP, DEAR, P) == pytest.approx(0.5 + 3.0 + 0.6)


def test_dearer_and_slower_counts_below_one() -> None:
    # 0.5 · 1/1 + 1.0 · 2/6 + 0.2 · 30/90
    assert adherence(DEAR, CHEAP, P) == pytest.approx(0.5 + 1 / 3 + 0.2 / 3)


def test_tools_count_by_calls_against_the_baseline() -> None:
    liked = PreferenceVector(0.0, 0.0, 0.0, {"small": 1.0, "big": 0.5, "web_search": 0.1})
    assert adherence(CHEAP, DEAR, liked) == pytest.approx(3 / 1)  # none in the baseline
    assert adherence(DEAR, DEAR, liked) == pytest.approx(0.5 * 2 / 2 + 0.1 * 1 / 1)


def test_below_a_cent_and_a_second_nothing_shows() -> None:
    tiny = RunMetrics(is_right=True, cost_usd=0.001, latency_s=0.2)
    tinier = RunMetrics(is_right=True, cost_usd=0.0001, latency_s=0.01)
    assert adherence(tinier, tiny, P) == adherence(tiny, tiny, P)
    # 0.5 · 1 + 1.0 · 0.1/1 + 0.2 · 0.2/1
    assert adherence(tiny, tiny, P) == pytest.approx(0.5 + 0.1 + 0.04)


def test_wrong_scores_nothing_however_cheap() -> None:
    wrong = RunMetrics(is_right=False, cost_usd=0.0, latency_s=0.0)
    assert adherence(wrong, DEAR, P) == 0
    # 0.5 · 1/max(1, 0) + 1.0 · 0 + 0.2 · 0: right, where the baseline was wrong and free
    assert adherence(CHEAP, wrong, P) == pytest.approx(0.5)


def test_tasks_add_up_and_must_be_the_same() -> None:
    total = total_adherence([CHEAP, DEAR], [DEAR, CHEAP], P)
    assert total == pytest.approx(adherence(CHEAP, DEAR, P) + adherence(DEAR, CHEAP, P))
    with pytest.raises(ValueError):
        total_adherence([CHEAP], [DEAR, CHEAP], P)
