"""How fast recorded tasks are evaluated: tasks a second on one core, and what a second one adds.

    python tests/benchmarks/bench_eval.py [--suite mmlu-pro --data FOLDER] [--tasks 20000]

Without a suite the tests' made-up one is written. The rates include saving every row; starting
the workers and loading the suite are left out, as they are the same for any number of tasks.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recorded_suite import write_suite

from orchestra_cli.config import Config
from orchestra_cli.evaluation.bench import open_bench
from orchestra_cli.evaluation.execution.base import Executor, Job
from orchestra_cli.evaluation.execution.processes import ProcessExecutor
from orchestra_cli.evaluation.execution.running import Progress, run_jobs
from orchestra_cli.evaluation.execution.serial import SerialExecutor
from orchestra_cli.evaluation.plan import Plan, Request, make_plan
from orchestra_cli.evaluation.run_folder import RunFolder
from orchestra_cli.evaluation.suite import load_suite
from prefs.profile import Profile


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--policy", default="rule")
    parser.add_argument("--tasks", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.suite or str(write_suite(Path(folder), num_tasks=3_000))
        suite = load_suite(path, data=given.data, split=given.split, limit=None)
        request = Request(suite, Config(), {"default": Profile()}, [given.policy])
        plan = make_plan(request)
        plan = replace(plan, jobs=_repeated(plan, given.tasks))
        rates = {
            name: _rate(plan, executor, Path(folder) / name)
            for name, executor in (
                ("serial", SerialExecutor()),
                ("one worker", ProcessExecutor(1)),
                ("two workers", ProcessExecutor(2)),
            )
        }
    for name, rate in rates.items():
        print(f"{name}: {rate:,.0f} tasks/s")
    print(f"two workers to one: {rates['two workers'] / rates['one worker']:.2f}")


def _repeated(plan: Plan, num_jobs: int) -> tuple[Job, ...]:
    """The same jobs again and again, to be as many."""
    return (plan.jobs * (num_jobs // len(plan.jobs) + 1))[:num_jobs]


def _rate(plan: Plan, executor: Executor, folder: Path) -> float:
    """Tasks a second once the first of each worker is done."""
    seen: list[tuple[float, int]] = []

    def show(progress: Progress) -> None:
        seen.append((time.perf_counter(), progress.done))

    with RunFolder.create(folder, {}) as run:
        run_jobs(
            plan.jobs,
            executor=executor,
            open_bench=partial(open_bench, plan.spec),
            folder=run,
            max_cost_usd=None,
            show=show,
            is_live=False,
        )
    begun = next(entry for entry in seen if entry[1] >= len(plan.jobs) // 10)
    ended = seen[-1]
    return (ended[1] - begun[1]) / (ended[0] - begun[0])


if __name__ == "__main__":
    main()
