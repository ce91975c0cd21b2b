"""The figures of a run, against numbers worked by hand."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from evaluation_rows import rows_of

from orchestra_cli.evaluation.figures.summarise import Known, summarise
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import CellSummary, ExpertFacts, Interval, Summary
from prefs.profile import Profile
from prefs.rules import HardRules
from prefs.steering import Worth
from prefs.vector import PreferenceVector

PROFILE = Profile(preference=PreferenceVector(1.0, 0.5, 1.0), worth=Worth(0.10, 3.6))
KNOWN = {
    "t000": {"small": Known(1, 0.001, None), "big": Known(1, 0.010, None)},
    "t001": {"small": Known(0, 0.001, None), "big": Known(1, 0.010, None)},
}


def summary_of(rows: Iterable[Row], **more: Any) -> Summary:
    given: dict[str, Any] = {
        "suite": "small",
        "split": "test",
        "profiles": {"default": PROFILE, "frugal": Profile("frugal")},
        "known": {},
        "pair": None,
        "experts": (),
        "judge_agreement": {},
        "notes": (),
        "command": "orchestra eval small",
    }
    return summarise(rows, **{**given, **more})


def cells(summary: Summary) -> dict[str, CellSummary]:
    return {each.policy: each for each in summary.cells}


def only(rows: Iterable[Row], **more: Any) -> CellSummary:
    (cell,) = summary_of(rows, **more).cells
    return cell


def value(found: Interval | None) -> float:
    assert found is not None
    assert found.low <= found.value <= found.high
    return found.value


def test_the_plain_means_of_a_cell() -> None:
    rows = rows_of("knn", [1.0, 0.0, 0.5, 0.5], [0.01, 0.02, 0.03, 0.06], latency_s=2.0)
    rows[0] = replace(rows[0], turns=3, legal_calls=3, calls={"big": 2, "small": 1})
    rows[1] = replace(rows[1], illegal_calls=2, own_latency_s=0.4, own_cost_usd=0.002)
    cell = only(rows)
    assert cell.num_tasks == 4
    assert value(cell.accuracy) == pytest.approx(0.5)
    assert value(cell.cost_usd) == pytest.approx(0.03)
    assert value(cell.latency_s) == pytest.approx(2.0)
    assert value(cell.turns) == pytest.approx(1.5)
    assert value(cell.legal_rate) == pytest.approx(6 / 8)
    assert value(cell.own_latency_s) == pytest.approx(0.1)
    assert cell.own_cost_usd == pytest.approx(0.0005)
    assert cell.calls == {"big": 0.5, "knn": 0.75, "small": 0.25}


def test_failed_rows_are_wrong_and_unjudged_ones_are_left_out() -> None:
    rows = rows_of("knn", [1.0, 0.0, None, 1.0])
    rows[1] = replace(rows[1], stop_reason="failed", error="no answer")
    cell = only(rows)
    assert (cell.num_failed, cell.num_unjudged) == (1, 1)
    assert value(cell.accuracy) == pytest.approx(2 / 3)


def test_no_half_sums() -> None:
    summary = summary_of(rows_of("knn", [1.0] * 4, [0.01, 0.02, None, 0.03]))
    (cell,) = summary.cells
    assert cell.cost_usd is None
    assert cell.cost_share is None
    assert summary.notes == (
        "knn (default, seen): 1 of 4 rows have no dollars, so no mean is given.",
    )


def test_seconds_that_no_row_has_need_no_note() -> None:
    summary = summary_of(rows_of("knn", [1.0] * 4, latency_s=None), notes=("no seconds recorded",))
    assert summary.cells[0].latency_s is None
    assert summary.notes == ("no seconds recorded",)


def test_nobody_called_has_no_legal_rate() -> None:
    assert only([replace(row, legal_calls=0) for row in rows_of("a", [1.0])]).legal_rate is None


def test_the_cost_share_is_of_the_strongest_on_the_same_tasks() -> None:
    rows = [
        *rows_of("knn", [1.0, 0.0], [0.01, 0.02]),
        *rows_of("strongest", [1.0, 1.0, 1.0], [0.10, 0.05, 9.0]),
        *rows_of("knn", [1.0], profile="frugal"),
    ]
    summary = summary_of(rows)
    assert value(summary.cells[0].cost_share) == pytest.approx(0.03 / 0.15)
    assert value(summary.cells[1].cost_share) == 1
    assert summary.cells[2].cost_share is None  # the strongest was not run under that profile
    assert summary.num_tasks == 3


def test_an_unfinished_cell_is_evaluated_on_its_own_tasks() -> None:
    rows = [*rows_of("done", [1.0] * 50 + [0.0] * 50), *rows_of("begun", [1.0, 0.0, 1.0, 1.0])]
    found = cells(summary_of(rows))
    assert found["begun"].num_tasks == 4
    assert value(found["begun"].accuracy) == 0.75
    assert value(found["done"].accuracy) == 0.5


def test_adherence_is_against_the_strongest() -> None:
    rows = [
        *rows_of("knn", [1.0, 0.0], 0.02, latency_s=3.0),
        *rows_of("strongest", [1.0, 1.0], 0.06, latency_s=9.0),
    ]
    found = cells(summary_of(rows))
    # 1.0 · 1 + 0.5 · 6/2 + 1.0 · 9/3 on the first, 0 on the second
    assert value(found["knn"].adherence) == pytest.approx((1 + 1.5 + 3) / 2)
    # 1.0 · 1 + 0.5 · 6/6 + 1.0 · 9/9
    assert value(found["strongest"].adherence) == pytest.approx(2.5)


def test_adherence_without_all_seconds_has_none() -> None:
    rows = [
        *rows_of("knn", [1.0], 0.02, latency_s=None),
        *rows_of("tfidf", [1.0], 0.02, latency_s=3.0),
        *rows_of("strongest", [1.0], 0.06, latency_s=9.0),
    ]
    found = cells(summary_of(rows))
    assert value(found["knn"].adherence) == pytest.approx(2.5)
    assert value(found["tfidf"].adherence) == pytest.approx(2.5)


def test_adherence_leaves_out_tasks_whose_baseline_failed() -> None:
    strongest = rows_of("strongest", [1.0, 0.0], 0.06, latency_s=9.0)
    strongest[1] = replace(strongest[1], stop_reason="failed", error="timeout", cost_usd=None)
    rows = [*rows_of("knn", [1.0, 1.0], 0.02, latency_s=3.0), *strongest]
    assert value(cells(summary_of(rows))["knn"].adherence) == pytest.approx(5.5)


def test_without_a_baseline_there_is_no_adherence() -> None:
    assert only(rows_of("knn", [1.0])).adherence is None


def test_regret_is_what_the_best_single_expert_is_worth_more() -> None:
    rows = rows_of("big", [1.0, 1.0], 0.010, latency_s=None)
    # on t000 small is right for 0.001: 0.5 · 0.009 less; on t001 big is the best
    cell = only(rows, known={"seen": KNOWN})
    assert value(cell.regret_usd) == pytest.approx(0.0045 / 2)
    wrong = only(rows_of("small", [1.0, 0.0], 0.001, latency_s=None), known={"seen": KNOWN})
    # on t001 big is worth 0.10 − 0.005, a wrong small one − 0.0005
    assert value(wrong.regret_usd) == pytest.approx(0.0955 / 2)


def test_regret_counts_seconds_where_all_are_known() -> None:
    known = {"seen": {"t000": {"fast": Known(1, 0.01, 10.0), "slow": Known(1, 0.001, 60.0)}}}
    row = rows_of("slow", [1.0], 0.001, latency_s=60.0)
    # an hour is 3.60: fifty seconds are 0.05, against 0.5 · 0.009
    assert value(only(row, known=known).regret_usd) == pytest.approx(0.05 - 0.0045)
    unknown = rows_of("slow", [1.0], 0.001, latency_s=None)
    assert value(only(unknown, known=known).regret_usd) == pytest.approx(0)


def test_the_oracle_does_not_ask_who_is_ruled_out() -> None:
    obeying = replace(PROFILE, rules=HardRules(("small",)))
    rows = rows_of("big", [1.0, 1.0], 0.010, latency_s=None)
    cell = only(rows, known={"seen": KNOWN}, profiles={"default": obeying})
    assert value(cell.regret_usd) == pytest.approx(0)


def test_live_runs_have_no_oracle() -> None:
    cell = only(rows_of("knn", [1.0]))
    assert cell.regret_usd is None
    assert cell.arena is None


def test_arena_columns_are_of_the_cell_s_own_variant() -> None:
    dearer = {"t000": {"big": Known(1, 0.020, None)}}
    rows = [
        *rows_of("always", [1.0, 1.0], 0.010, calls=[{"big": 1}] * 2),
        *rows_of("always", [1.0], 0.020, calls=[{"big": 1}], variant="unseen-prices"),
    ]
    seen, unseen = summary_of(rows, known={"seen": KNOWN, "unseen-prices": dearer}).cells
    assert seen.arena is not None
    assert seen.arena.optimal_selection is not None
    assert seen.arena.optimal_selection.value == 0.5
    assert unseen.arena is not None
    assert unseen.arena.optimal_selection is not None
    assert unseen.arena.optimal_selection.value == 1.0


def test_curves_pairs_and_the_rest_are_passed_on() -> None:
    calls: list[dict[str, int]] = [{"small": 1}, {"big": 1}]
    rows = [
        *rows_of("threshold@0%", [1.0, 0.0], 0.001, calls=[{"small": 1}] * 2),
        *rows_of("threshold@50%", [1.0, 1.0], 0.005, calls=calls),
    ]
    facts = ExpertFacts("small", 0.1, 0.2, "price list of 2025-01-01", 0.5)
    summary = summary_of(
        rows,
        known={"seen": KNOWN},
        pair=("small", "big"),
        experts=[facts],
        judge_agreement={"choice": [True, True, False, True], "exact": []},
        notes=["seconds are not recorded"],
    )
    assert [each.policy for each in summary.curves] == ["threshold"]
    # all of the gap at half of the calls: 0.5 · 0.5 + 0.5
    assert value(summary.pairs[0].apgr) == pytest.approx(0.75)
    assert summary.experts == (facts,)
    assert value(summary.judge_agreement["choice"]) == 0.75
    assert "exact" not in summary.judge_agreement
    assert (summary.suite, summary.split, summary.command) == (
        "small",
        "test",
        "orchestra eval small",
    )
    assert summary.notes == ("seconds are not recorded",)


def test_the_order_of_rows_changes_no_figure() -> None:
    numbers = random.Random(3)
    rows = [
        *rows_of("knn@40%", [float(numbers.random() < 0.7) for _ in range(60)]),
        *rows_of("strongest", [float(numbers.random() < 0.8) for _ in range(60)], 0.05),
    ]
    shuffled = numbers.sample(rows, len(rows))
    assert cells(summary_of(rows)) == cells(summary_of(shuffled))


def test_a_later_row_of_a_task_replaces_the_first() -> None:
    rows = [*rows_of("knn", [0.0, 0.0]), *rows_of("knn", [1.0])]
    cell = only(rows)
    assert (cell.num_tasks, value(cell.accuracy)) == (2, 0.5)


def test_no_rows_are_an_empty_summary() -> None:
    empty: Mapping[str, Mapping[str, Mapping[str, Known]]] = {"seen": KNOWN}
    summary = summary_of([], known=empty, pair=("small", "big"))
    assert (summary.num_tasks, summary.cells, summary.pairs) == (0, (), ())
