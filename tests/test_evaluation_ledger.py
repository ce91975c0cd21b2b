"""The cost cap: nothing starts once it is reached, and live runs keep it strictly."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from evaluation_benches import CELL, COST_USD, DigitSums, jobs_of, run_in

from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.execution.ledger import Ledger
from orchestra_cli.evaluation.execution.processes import ProcessExecutor
from orchestra_cli.evaluation.run_folder import read_rows


def test_allowances_are_shares_of_what_is_left() -> None:
    ledger = Ledger(1.0, workers=4, is_live=True)
    first, second = ledger.allow(), ledger.allow()
    assert (first, second) == (0.25, 0.25)
    ledger.settle(0.01, allowance_usd=first)
    assert ledger.spent_usd == 0.01
    assert ledger.allow() == pytest.approx((1.0 - 0.01 - 0.25) / 3)


def test_an_allowance_is_at_most_what_a_task_may_cost_anyway() -> None:
    ledger = Ledger(10.0, workers=2, is_live=True, task_max_cost_usd=0.5)
    assert ledger.allow() == 0.5
    assert not ledger.cut_short(0.5)  # that was the user's own limit
    assert ledger.cut_short(0.3)


def test_after_a_task_was_cut_short_the_next_gets_twice_as_much_or_none_starts() -> None:
    ledger = Ledger(1.0, workers=4, is_live=True)
    allowances = [ledger.allow() for _ in range(4)]
    assert allowances == [0.25] * 4
    assert ledger.allow() is None
    ledger.settle(0.2, allowance_usd=0.25)
    assert ledger.cut_short(0.25)
    assert ledger.allow() is None  # $0.05 do not do; others may bring more back
    for cost_usd in (0.01, 0.01, 0.01):
        ledger.settle(cost_usd, allowance_usd=0.25)
    assert ledger.allow() == pytest.approx(0.5)
    assert ledger.allow() is None


@pytest.mark.parametrize("seed", range(20))
def test_the_cap_holds_whatever_tasks_cost(seed: int) -> None:
    chance = random.Random(seed)
    cap_usd, workers = chance.uniform(0.1, 5), chance.randint(1, 8)
    limit_usd = chance.choice([None, 0.2])
    ledger = Ledger(cap_usd, workers=workers, is_live=True, task_max_cost_usd=limit_usd)
    out: list[float] = []
    for _ in range(2_000):
        allowance_usd = ledger.allow() if len(out) < workers else None
        if allowance_usd is not None:
            out.append(allowance_usd)
        elif out:
            allowance_usd = out.pop(chance.randrange(len(out)))
            cost_usd = min(allowance_usd, chance.expovariate(20))
            ledger.settle(cost_usd, allowance_usd=allowance_usd)
            if cost_usd == allowance_usd:
                ledger.cut_short(allowance_usd)
        else:
            break
        assert ledger.spent_usd + sum(out) <= cap_usd + 1e-6
    assert not out
    assert ledger.spent_usd > cap_usd / 4  # the money was put to use


def test_without_a_cap_there_are_no_allowances() -> None:
    ledger = Ledger(None, workers=2, is_live=True)
    ledger.settle(1e9, allowance_usd=None)
    assert not ledger.gives_allowances and not ledger.is_spent


def test_a_recorded_run_starts_nothing_once_the_cap_is_reached(tmp_path: Path) -> None:
    jobs = jobs_of("slow", count=30)
    bench = DigitSums(tmp_path / "notes", slow_s=0.3)
    ran = run_in(tmp_path / "run", jobs, bench, max_cost_usd=5 * COST_USD)
    assert (ran.done, ran.undone) == (5, 25)
    assert ran.spent_usd == pytest.approx(5 * COST_USD)
    again = run_in(tmp_path / "run", jobs, bench, max_cost_usd=5 * COST_USD)
    assert (again.done, again.skipped, again.undone) == (0, 5, 25)  # the cap is the whole run's
    more = run_in(tmp_path / "run", jobs[:8], bench, max_cost_usd=8 * COST_USD)
    assert (more.done, more.undone) == (3, 0)
    assert set(bench.runs().values()) == {1}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_live_run_keeps_the_cap_and_saves_no_row_that_it_cut_short(
    tmp_path: Path, workers: int
) -> None:
    bench = DigitSums(tmp_path / "notes", wanted_usd=0.03, slow_s=0.02)
    jobs = jobs_of("slow", count=40)
    ran = run_in(
        tmp_path / "run",
        jobs,
        bench,
        executor=ProcessExecutor(workers),
        max_cost_usd=0.25,
        is_live=True,
    )
    rows = read_rows(tmp_path / "run")
    assert {row.stop_reason for row in rows} == {"answered"}
    assert 5 <= len(rows) <= 8 and ran.undone == 40 - len(rows)
    assert ran.totals.cost_usd == pytest.approx(0.03 * len(rows))
    assert ran.totals.cost_usd <= ran.spent_usd <= 0.25 + 1e-9
    again = run_in(tmp_path / "run", jobs, bench, max_cost_usd=0.25, is_live=True)
    assert again.spent_usd <= 0.25 + 1e-9  # what was set aside had been paid for
    rich = DigitSums(wanted_usd=0.01, slow_s=0)
    done = run_in(tmp_path / "run", jobs, rich, max_cost_usd=9, is_live=True)
    assert done.undone == 0 and len(read_rows(tmp_path / "run")) == 40


def test_a_task_s_own_limit_is_a_result(tmp_path: Path) -> None:
    ran = run_in(
        tmp_path / "run",
        jobs_of("sum", count=3),
        DigitSums(wanted_usd=0.5),
        max_cost_usd=9,
        is_live=True,
        task_max_cost_usd=0.1,
    )
    assert (ran.done, ran.undone) == (3, 0)
    assert {row.stop_reason for row in read_rows(tmp_path / "run")} == {"cost_limit"}


def test_a_task_that_died_may_have_spent_its_allowance(tmp_path: Path) -> None:
    ran = run_in(
        tmp_path / "run",
        [Job("diesonce-1", CELL), *jobs_of("sum", count=3)],
        DigitSums(tmp_path / "notes"),
        executor=ProcessExecutor(1),
        max_cost_usd=1.0,
        is_live=True,
        task_max_cost_usd=0.1,
    )
    assert (ran.done, ran.undone) == (4, 0)
    assert ran.spent_usd == pytest.approx(0.1 + 4 * COST_USD)
    assert any("whole allowance counts as spent" in note for note in ran.notes)


def test_an_unknown_cost_counts_as_nothing_and_is_said_once(tmp_path: Path) -> None:
    ran = run_in(tmp_path / "run", jobs_of("unpriced", count=5), DigitSums(), max_cost_usd=0.001)
    assert (ran.done, ran.totals.unpriced, ran.spent_usd) == (5, 5, 0.0)
    assert ran.notes == (
        "the cost of some tasks is not known: they count as $0 towards the cost cap",
    )


def test_a_judge_s_dollars_count_but_are_not_the_policy_s(tmp_path: Path) -> None:
    ran = run_in(tmp_path / "run", jobs_of("judged", count=5), DigitSums(), max_cost_usd=1.0)
    assert ran.totals.cost_usd == pytest.approx(5 * COST_USD)
    assert ran.spent_usd == pytest.approx(10 * COST_USD)
    assert run_in(tmp_path / "run", [], DigitSums()).spent_usd == pytest.approx(10 * COST_USD)
