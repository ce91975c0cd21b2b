"""A real bench that costs next to nothing: it adds digits, and notes in files what it ran.

What a task is like stands in its id: `sum-17` is right, `wrong-17` is not, `failed-17` fails,
`slow-17` takes a while, `dies-17` kills its worker, `diesonce-17` only the first time, `bug-17`
raises, `unpriced-17` has no known cost, `judged-17` cost a judge as much again.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestra_cli.evaluation.execution.base import Executor, Job
from orchestra_cli.evaluation.execution.running import Progress, Ran, run_jobs
from orchestra_cli.evaluation.execution.serial import SerialExecutor
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.run_folder import RunFolder

CELL = Cell("digits", "default")
COST_USD = 0.001
MANIFEST = {"suite": "digits", "digest": "1"}


def jobs_of(*kinds: str, count: int, cell: Cell = CELL) -> list[Job]:
    """`count` of each kind, one kind after the other."""
    return [Job(f"{kind}-{n}", cell) for kind in kinds for n in range(count)]


@dataclass(frozen=True)
class DigitSums:
    """An `OpenBench`."""

    notes: Path | None = None
    """A folder: a line in a file of the task's name for each time it ran, with the process."""
    slow_s: float = 0.2
    spin: int = 0
    """Steps of arithmetic for each task: about 25,000 a millisecond."""
    wanted_usd: float = COST_USD
    """What a task would cost; it stops where it may not."""

    def __call__(self) -> DigitSumsBench:
        if self.notes:
            (self.notes / "benches").mkdir(parents=True, exist_ok=True)
            _note(self.notes / "benches" / f"opened-{os.getpid()}", "")
        return DigitSumsBench(self)

    def runs(self) -> Counter[str]:
        """By task: how often it was begun."""
        assert self.notes is not None
        files = self.notes.glob("*-*")
        return Counter({file.name: len(file.read_text().splitlines()) for file in files})

    def processes(self, word: str = "opened") -> list[int]:
        """Who opened, or closed, a bench."""
        assert self.notes is not None
        return [int(file.name.split("-")[1]) for file in self.notes.glob(f"benches/{word}-*")]


class DigitSumsBench:
    """A `Bench`."""

    def __init__(self, opening: DigitSums) -> None:
        self._opening = opening

    def run(self, job: Job, *, max_cost_usd: float | None) -> Row:
        kind, number = job.task.split("-")
        runs = self._noted(job.task)
        self._act(kind, runs)
        _spin(self._opening.spin)
        row = Row(
            task=job.task,
            cell=job.cell,
            right=float(kind != "wrong"),
            answer=str(sum(map(int, str(2 ** int(number))))),
            stop_reason="answered",
            turns=1,
            calls={"adder": 1},
            cost_usd=None if kind == "unpriced" else self._opening.wanted_usd,
            latency_s=0.5,
            judge_cost_usd=self._opening.wanted_usd if kind == "judged" else 0.0,
        )
        if kind == "failed":
            return replace(row, right=0.0, answer=None, stop_reason="failed", error="no route")
        if max_cost_usd is not None and self._opening.wanted_usd > max_cost_usd:
            return replace(row, right=0.0, stop_reason="cost_limit", cost_usd=max_cost_usd)
        return row

    def close(self) -> None:
        if self._opening.notes:
            _note(self._opening.notes / "benches" / f"closed-{os.getpid()}", "")

    def _noted(self, task: str) -> int:
        if not self._opening.notes:
            return 1
        return _note(self._opening.notes / task, str(os.getpid()))

    def _act(self, kind: str, runs: int) -> None:
        if kind == "slow":
            time.sleep(self._opening.slow_s)
        elif kind == "dies" or (kind == "diesonce" and runs == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "bug":
            raise ZeroDivisionError("our bug")


def _note(file: Path, text: str) -> int:
    with file.open("a") as notes:
        notes.write(f"{text}\n")
    return len(file.read_text().splitlines())


def _spin(steps: int) -> int:
    total = 0
    for step in range(steps):
        total += step
    return total


def run_in(
    path: Path,
    jobs: Sequence[Job],
    open_bench: DigitSums,
    *,
    executor: Executor | None = None,
    max_cost_usd: float | None = None,
    is_live: bool = False,
    task_max_cost_usd: float | None = None,
    retry_failed: bool = False,
    shown: list[Progress] | None = None,
) -> Ran:
    """`run_jobs` in this folder, which is begun or gone on with."""
    with RunFolder.resume(path, MANIFEST, retry_failed=retry_failed) as folder:
        return run_jobs(
            jobs,
            executor=executor or SerialExecutor(),
            open_bench=open_bench,
            folder=folder,
            max_cost_usd=max_cost_usd,
            show=([] if shown is None else shown).append,
            is_live=is_live,
            task_max_cost_usd=task_max_cost_usd,
        )


def tasks_of(rows: Iterable[Row]) -> list[str]:
    """Whose rows these are, in order of name."""
    return sorted(row.task for row in rows)
