"""Running jobs in processes: real workers, killed, interrupted and orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from evaluation_benches import CELL, DigitSums, jobs_of, run_in, tasks_of

from orchestra_cli.errors import ModelError, OrchestraError
from orchestra_cli.evaluation.execution.base import Bench, Job
from orchestra_cli.evaluation.execution.processes import ProcessExecutor
from orchestra_cli.evaluation.run_folder import read_rows

_DRIVER = """
import sys

def main():
    from orchestra_cli.__main__ import own_packages_first
    own_packages_first()
    from pathlib import Path
    from evaluation_benches import DigitSums, jobs_of, run_in
    from orchestra_cli.evaluation.execution.processes import ProcessExecutor
    run, notes = map(Path, sys.argv[1:3])
    jobs = [*jobs_of("sum", count=200), *jobs_of("slow", count=int(sys.argv[3]))]
    run_in(run, jobs, DigitSums(notes, slow_s=0.1), executor=ProcessExecutor(2))

if __name__ == "__main__":  # the command's own script imports nothing more either
    main()
"""


def wait_until(condition: Callable[[], object], *, timeout_s: float = 30) -> None:
    give_up_at = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_at, "it never came to that"
        time.sleep(0.01)


def in_background(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_every_job_gets_one_row_and_no_worker_is_left(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bench = DigitSums(tmp_path / "notes", slow_s=0.05)
    jobs = [*jobs_of("sum", "failed", count=300), *jobs_of("slow", count=8)]
    ran = run_in(tmp_path / "run", jobs, bench, executor=ProcessExecutor(2))
    assert (ran.done, ran.totals.failed) == (608, 300)
    assert tasks_of(read_rows(tmp_path / "run")) == sorted(job.task for job in jobs)
    assert set(bench.runs().values()) == {1}
    workers = bench.processes()
    assert len(workers) == 2 and os.getpid() not in workers
    assert sorted(bench.processes("closed")) == sorted(workers)
    assert not any(map(psutil.pid_exists, workers))
    assert tuple(capfd.readouterr()) == ("", "")


def test_no_more_workers_than_there_is_work(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes")
    run_in(tmp_path / "run", jobs_of("sum", count=1), bench, executor=ProcessExecutor(4))
    assert len(bench.processes()) == 1


def test_a_killed_worker_is_replaced_and_its_tasks_run_again(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes", slow_s=0.1)

    def kill_one() -> None:
        wait_until(lambda: (tmp_path / "notes" / "slow-6").exists())
        os.kill(bench.processes()[0], signal.SIGKILL)

    killer = in_background(kill_one)
    jobs = jobs_of("slow", count=20)
    ran = run_in(tmp_path / "run", jobs, bench, executor=ProcessExecutor(2))
    killer.join()
    rows = read_rows(tmp_path / "run")
    assert tasks_of(rows) == sorted(job.task for job in jobs)
    assert {row.stop_reason for row in rows} == {"answered"} and ran.totals.failed == 0
    assert len(bench.processes()) == 3
    assert set(bench.runs().values()) == {1, 2}


@pytest.mark.parametrize("kind", ["dies", "diesonce"])
def test_a_task_that_kills_its_worker_runs_once_more_and_takes_no_other_with_it(
    tmp_path: Path, kind: str
) -> None:
    bench = DigitSums(tmp_path / "notes")
    jobs = [*jobs_of("sum", count=100), Job(f"{kind}-1", CELL), *jobs_of("wrong", count=100)]
    ran = run_in(tmp_path / "run", jobs, bench, executor=ProcessExecutor(2))
    rows = {row.task: row for row in read_rows(tmp_path / "run")}
    assert sorted(rows) == sorted(job.task for job in jobs) and ran.done == len(jobs)
    died = rows.pop(f"{kind}-1")
    assert bench.runs()[died.task] == 2
    if kind == "dies":
        assert (died.stop_reason, died.right, died.cost_usd) == ("failed", 0.0, None)
        assert died.error == "its worker died, and so did the one that ran it again"
    else:
        assert died.stop_reason == "answered"
    assert {row.stop_reason for row in rows.values()} == {"answered"}


def test_workers_that_all_die_end_the_run(tmp_path: Path) -> None:
    jobs = jobs_of("dies", count=30)
    with pytest.raises(OrchestraError, match="10 workers in a row died.*--workers 1"):
        run_in(tmp_path / "run", jobs, DigitSums(), executor=ProcessExecutor(2))
    assert len(read_rows(tmp_path / "run")) <= 5


def test_a_bug_in_a_worker_is_raised_here_and_says_where_it_was(tmp_path: Path) -> None:
    bench = DigitSums(tmp_path / "notes")
    jobs = [*jobs_of("sum", count=50), Job("bug-1", CELL), *jobs_of("slow", count=50)]
    with pytest.raises(ZeroDivisionError, match="our bug") as raised:
        run_in(tmp_path / "run", jobs, bench, executor=ProcessExecutor(2))
    assert "evaluation_benches.py" in raised.value.__notes__[0]
    finished = set(tasks_of(read_rows(tmp_path / "run")))
    assert len(set(bench.runs()) - finished) <= 2  # the bug, and what the other worker was at


class UnsendableError(Exception):
    def __init__(self, *, code: int) -> None:
        super().__init__(f"code {code}")


@dataclass(frozen=True)
class RefusesToOpen:
    error: str

    def __call__(self) -> Bench:
        raise ModelError("no model") if self.error == "model" else UnsendableError(code=7)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [("model", ModelError, "no model"), ("other", RuntimeError, "UnsendableError: code 7")],
)
def test_a_bench_that_cannot_be_opened_ends_the_run(
    tmp_path: Path, error: str, kind: type[Exception], words: str
) -> None:
    refuses: DigitSums = RefusesToOpen(error)  # type: ignore[assignment]
    with pytest.raises(kind, match=words):
        run_in(tmp_path / "run", jobs_of("sum", count=5), refuses, executor=ProcessExecutor(2))
    assert read_rows(tmp_path / "run") == []


def start_driver(tmp_path: Path, *, num_slow: int, path: Path) -> subprocess.Popen[str]:
    """In a process group of its own, as a terminal has it; its library path begins with `path`."""
    script = tmp_path / "driver.py"
    script.write_text(_DRIVER)
    arguments = (tmp_path / "run", tmp_path / "notes", num_slow)
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{Path(__file__).parent}"},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def driver(tmp_path: Path) -> subprocess.Popen[str]:
    """It is amid the slow tasks."""
    driver = start_driver(tmp_path, num_slow=100, path=tmp_path)
    wait_until(lambda: (tmp_path / "notes" / "slow-9").exists())
    return driver


def test_an_interrupt_stops_the_workers_and_saves_all_that_is_finished(
    tmp_path: Path, driver: subprocess.Popen[str]
) -> None:
    bench = DigitSums(tmp_path / "notes")
    started = time.monotonic()
    os.killpg(driver.pid, signal.SIGINT)  # what Ctrl-C does: to every process of the group
    out, err = driver.communicate(timeout=20)
    assert time.monotonic() - started < 3
    assert out == ""
    assert err.count("Traceback") == 1 and err.endswith("KeyboardInterrupt\n")  # the driver's own
    assert driver.returncode == -signal.SIGINT
    assert not any(map(psutil.pid_exists, bench.processes()))
    assert len(bench.processes("closed")) == 2
    rows = tasks_of(read_rows(tmp_path / "run"))
    begun = set(bench.runs())
    assert len(set(rows)) == len(rows) and begun.issuperset(rows)
    assert len(begun) - len(rows) <= 2  # those that the workers were at
    jobs = [*jobs_of("sum", count=200), *jobs_of("slow", count=100)]
    again = run_in(tmp_path / "run", jobs, DigitSums(slow_s=0))
    assert (again.skipped, again.done) == (len(rows), 300 - len(rows)) and len(rows) > 200


def test_a_worker_s_tools_are_our_own(tmp_path: Path) -> None:
    for name in ("tools", "prefs"):
        (tmp_path / "path" / name).mkdir(parents=True)
        (tmp_path / "path" / name / "__init__.py").write_text("raise ImportError('not ours')")
    driver = start_driver(tmp_path, num_slow=1, path=tmp_path / "path")
    assert driver.communicate(timeout=30) == ("", "")
    assert len(read_rows(tmp_path / "run")) == 201


def test_workers_end_when_their_driver_is_killed(
    tmp_path: Path, driver: subprocess.Popen[str]
) -> None:
    workers = DigitSums(tmp_path / "notes").processes()
    assert len(workers) == 2 and all(map(psutil.pid_exists, workers))
    driver.kill()
    driver.communicate()
    wait_until(lambda: not any(map(_is_alive, workers)), timeout_s=10)
    assert tasks_of(read_rows(tmp_path / "run"))


def _is_alive(process: int) -> bool:
    """An orphan's zombie is for init to bury."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
