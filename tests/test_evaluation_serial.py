"""Running jobs here: what is saved, skipped, shown and raised."""

from __future__ import annotations

import json
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from evaluation_benches import CELL, COST_USD, DigitSums, jobs_of, run_in, tasks_of

from orchestra_cli.evaluation.execution.base import Bench, Done, Job, Totals
from orchestra_cli.evaluation.execution.batches import MAX_BATCH_S, BatchRunner, BatchSize
from orchestra_cli.evaluation.execution.running import Progress
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.run_folder import read_rows


def test_every_job_gets_its_row(tmp_path: Path) -> None:
    jobs = jobs_of("sum", "wrong", "failed", "unpriced", count=10)
    ran = run_in(tmp_path / "run", jobs, DigitSums(tmp_path / "notes"))
    rows = read_rows(tmp_path / "run")
    assert [(row.task, row.cell) for row in rows] == [(job.task, job.cell) for job in jobs]
    assert rows[8].answer == "13"  # 2^8 = 256
    assert (ran.done, ran.skipped, ran.undone) == (40, 0, 0)
    expected = Totals(
        rows=40, right=20, judged=40, failed=10, cost_usd=pytest.approx(30 * COST_USD), unpriced=10
    )
    assert ran.totals == expected
    assert ran.notes == ()  # nobody asked for a cap


def test_a_rerun_does_only_what_is_missing(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes")
    jobs = jobs_of("sum", "failed", count=5)
    run_in(tmp_path / "run", jobs[:7], bench)
    ran = run_in(tmp_path / "run", jobs, bench)
    assert (ran.done, ran.skipped, ran.totals.rows) == (3, 7, 10)
    assert run_in(tmp_path / "run", jobs, bench).done == 0
    assert set(bench.runs().values()) == {1}
    again = run_in(tmp_path / "run", jobs, bench, retry_failed=True)
    assert (again.done, again.skipped) == (5, 5)
    assert again.spent_usd == pytest.approx(15 * COST_USD)
    assert tasks_of(read_rows(tmp_path / "run")) == sorted(job.task for job in jobs)


def test_a_task_is_run_under_each_cell(tmp_path: Path) -> None:
    jobs = [*jobs_of("sum", count=2), *jobs_of("sum", count=2, cell=Cell("other", "default"))]
    run_in(tmp_path / "run", jobs[:3], DigitSums())
    assert run_in(tmp_path / "run", jobs, DigitSums()).done == 1
    assert len({row.key for row in read_rows(tmp_path / "run")}) == 4


def test_a_run_with_nothing_to_do_opens_no_bench(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes")
    assert run_in(tmp_path / "run", [], bench).done == 0
    assert not (tmp_path / "notes").exists()


def test_the_bench_is_opened_once_and_closed(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes")
    run_in(tmp_path / "run", jobs_of("sum", count=50), bench)
    assert len(bench.processes()) == len(bench.processes("closed")) == 1


def test_progress_counts_what_was_there_before(tmp_path: Path) -> None:
    jobs = jobs_of("sum", "wrong", count=10)
    run_in(tmp_path / "run", jobs[:15], DigitSums())
    shown: list[Progress] = []
    run_in(tmp_path / "run", jobs, DigitSums(), shown=shown)
    first, last = shown[0], shown[-1]
    assert (first.total, first.skipped, first.finished, first.left_s) == (20, 15, 15, None)
    assert (last.finished, last.totals.accuracy, last.left_s) == (20, 0.5, 0.0)
    assert last.spent_usd == pytest.approx(20 * COST_USD)
    assert [each.done for each in shown] == sorted(each.done for each in shown)


def test_a_bug_ends_the_run_and_leaves_the_rows_before_it(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes")
    jobs = [*jobs_of("sum", count=20), Job("bug-1", CELL), Job("sum-99", CELL)]
    with pytest.raises(ZeroDivisionError):
        run_in(tmp_path / "run", jobs, bench)
    assert tasks_of(read_rows(tmp_path / "run")) == sorted(job.task for job in jobs[:20])
    assert len(bench.processes("closed")) == 1


def test_an_interrupt_saves_what_is_finished(tmp_path: Path) -> None:
    jobs = [*jobs_of("sum", count=30), Job("slow-1", CELL), *jobs_of("wrong", count=5)]
    bench = DigitSums(tmp_path / "notes", slow_s=30)

    def interrupt_when_slow() -> None:
        while not (tmp_path / "notes" / "slow-1").exists():
            time.sleep(0.01)
        time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt_when_slow)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_in(tmp_path / "run", jobs, bench)
    thread.join()
    assert tasks_of(read_rows(tmp_path / "run")) == sorted(job.task for job in jobs[:30])
    assert run_in(tmp_path / "run", jobs, DigitSums()).done == 6


def test_batches_grow_with_quick_jobs_and_shrink_at_once_with_slow_ones() -> None:
    def came_back(rows: int, *, job_s: float) -> Done:
        return Done("", Totals(rows=rows), seconds=rows * job_s)

    size = BatchSize()
    sizes = []
    for _ in range(7):
        sizes.append(size.of(100_000, workers=2))
        size.learn(came_back(sizes[-1], job_s=0.0005))
    assert sizes == [1, 4, 16, 64, 256, 500, 500]
    assert size.allows_queueing(100_000, workers=2)
    assert size.of(100, workers=2) == 25  # the end is shared
    assert size.of(3, workers=2) == 1
    assert not size.allows_queueing(100, workers=2)
    size.learn(came_back(1, job_s=2.0))
    assert size.of(100_000, workers=2) == 1
    assert not size.allows_queueing(100_000, workers=2)


@dataclass(frozen=True)
class _NoBench:
    def __call__(self) -> Bench:
        raise ValueError("no such model")


def test_a_batch_that_turns_out_slow_is_handed_back(tmp_path: Path) -> None:
    from orchestra_cli.evaluation.execution.base import Batch

    runner = BatchRunner(DigitSums(slow_s=0.2))
    done = runner.run(Batch(tuple(jobs_of("slow", count=50))))
    assert 3 <= done.totals.rows <= 4
    assert MAX_BATCH_S <= done.seconds < MAX_BATCH_S + 1
    assert [json.loads(line)["task"] for line in done.lines.splitlines()] == [
        f"slow-{n}" for n in range(done.totals.rows)
    ]
    assert isinstance(BatchRunner(_NoBench()).run(Batch(())).error, ValueError)
