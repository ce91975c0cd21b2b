"""Running what is left of a run: each row is saved as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestra_cli.evaluation.execution.backlog import JobBacklog
from orchestra_cli.evaluation.execution.base import Executor, Job, OpenBench, Totals
from orchestra_cli.evaluation.execution.batches import totals_of
from orchestra_cli.evaluation.execution.ledger import Ledger
from orchestra_cli.evaluation.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    total: int
    """All its jobs."""
    skipped: int
    """Whose rows were there before."""
    done: int
    """Now, by this process."""
    totals: Totals
    """Over all rows of the run, those from before included."""
    spent_usd: float
    """By the whole run; more than the rows' sum where paid rows were set aside."""
    max_cost_usd: float | None
    elapsed_s: float

    @property
    def finished(self) -> int:
        """Rows that are there."""
        return self.skipped + self.done

    @property
    def left_s(self) -> float | None:
        """Until the end, if the others take as long as those done now; None before the first."""
        if not self.done:
            return None
        return (self.total - self.finished) * self.elapsed_s / self.done


Show = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of `run_jobs`."""

    done: int
    skipped: int
    undone: int
    """Left because of the cost cap."""
    totals: Totals
    """Over all rows of the run."""
    spent_usd: float
    elapsed_s: float
    notes: tuple[str, ...] = ()


def run_jobs(
    jobs: Sequence[Job],
    *,
    executor: Executor,
    open_bench: OpenBench,
    folder: RunFolder,
    max_cost_usd: float | None,
    show: Show,
    is_live: bool = True,
    task_max_cost_usd: float | None = None,
) -> Ran:
    """Run the jobs whose rows are not in the folder yet.

    `max_cost_usd` caps the whole run, what it had cost before it was resumed included; `ledger`
    says how. `task_max_cost_usd` is the user's own limit for a single task.
    """
    started = time.monotonic()
    before, left = _split(jobs, folder)
    ledger = Ledger(
        max_cost_usd,
        workers=executor.workers,
        is_live=is_live,
        task_max_cost_usd=task_max_cost_usd,
        spent_usd=before.spent_usd + totals_of(folder.set_aside_rows).spent_usd,
    )
    skipped = len(jobs) - len(left)

    def changed(backlog: JobBacklog) -> None:
        show(
            Progress(
                total=len(jobs),
                skipped=skipped,
                done=backlog.totals.rows,
                totals=before + backlog.totals,
                spent_usd=ledger.spent_usd,
                max_cost_usd=max_cost_usd,
                elapsed_s=time.monotonic() - started,
            )
        )

    backlog = JobBacklog(
        left, folder=folder, ledger=ledger, workers=executor.workers, changed=changed
    )
    changed(backlog)
    if left:
        executor.run(backlog, open_bench)
    return Ran(
        done=backlog.totals.rows,
        skipped=skipped,
        undone=len(left) - backlog.totals.rows,
        totals=before + backlog.totals,
        spent_usd=ledger.spent_usd,
        elapsed_s=time.monotonic() - started,
        notes=tuple(backlog.notes),
    )


def _split(jobs: Sequence[Job], folder: RunFolder) -> tuple[Totals, list[Job]]:
    """(what the saved rows sum up to, the jobs that have none)"""
    saved = {row.key for row in folder.saved}
    left = [job for job in jobs if (job.task, job.cell) not in saved]
    return totals_of(folder.saved), left
