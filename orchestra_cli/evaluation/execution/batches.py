"""Batches: how many jobs a worker gets at a time, and what it does with them.

A recorded task takes less time than telling a worker of it, so workers get many at once; a live one
takes minutes and dollars, so it goes alone. Nothing is known of a job before it is run: sizes grow
from 1 with what was measured, and a worker whose batch turns out slow hands back what it has not
begun. So a batch ends within `MAX_BATCH_S` and one job, whatever the jobs are.
"""

from __future__ import annotations

import pickle
import time
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from orchestra_cli.evaluation.execution.base import (
    Batch,
    Bench,
    Done,
    Job,
    OpenBench,
    Totals,
)
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.trajectory import StopReason

AIM_S = 0.25
"""How long a batch should take: telling a worker of it takes about a thousandth of that."""
MAX_BATCH_S = 2 * AIM_S
Guard = AbstractContextManager[object]
_MAX_JOBS = 1000
_GROWTH = 4
_SHARE = 2
"""So many batches for each worker are kept for the end, so that all end at about the same time."""


def totals_of(rows: Sequence[Row]) -> Totals:
    """Their sums."""
    return Totals(
        rows=len(rows),
        right=sum(row.right or 0.0 for row in rows),
        judged=sum(row.right is not None for row in rows),
        failed=sum(row.stop_reason == StopReason.FAILED for row in rows),
        cost_usd=sum(row.cost_usd or 0.0 for row in rows),
        judge_cost_usd=sum(row.judge_cost_usd or 0.0 for row in rows),
        unpriced=sum(row.cost_usd is None or row.judge_cost_usd is None for row in rows),
    )


def failed_row(job: Job, error: str) -> Row:
    """Of a job that no bench lived to report; what it cost is not known."""
    return Row(
        task=job.task,
        cell=job.cell,
        right=0.0,
        stop_reason=StopReason.FAILED.value,
        error=error,
        cost_usd=None,
        own_cost_usd=None,
    )


def portable(done: Done) -> Done:
    """With an error that can be sent to the driver, and says there where it was raised."""
    error = done.error
    if error is None:
        return done
    traced = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a worker:\n{traced}")
    return replace(done, error=error)


class BatchSize:
    """How many jobs the next batch gets."""

    def __init__(self) -> None:
        self._size = 1

    def of(self, left: int, *, workers: int) -> int:
        """At least 1; small near the end, lest one worker does what is left alone."""
        return max(1, min(self._size, left // (workers * _SHARE)))

    def allows_queueing(self, left: int, *, workers: int) -> bool:
        """Whether a busy worker may be given more: not slow jobs, nor those that end the run,
        which an idle worker could have begun.
        """
        return self._size > 1 and left >= self._size * workers * _SHARE

    def learn(self, done: Done) -> None:
        """From a batch that came back."""
        if done.totals.rows:
            job_s = max(done.seconds / done.totals.rows, AIM_S / _MAX_JOBS)
            self._size = max(1, min(int(AIM_S / job_s), self._size * _GROWTH))


class BatchRunner:
    """A worker's side: the one bench that it opens, when the first batch comes."""

    def __init__(self, open_bench: OpenBench, *, interruptible: Guard | None = None) -> None:
        """What runs jobs does so within `interruptible`; counting what they gave does not."""
        self._open_bench = open_bench
        self._interruptible: Guard = interruptible or nullcontext()
        self._bench: Bench | None = None

    def run(self, batch: Batch) -> Done:
        """Rows as lines; an interrupt or a bug leaves those that were finished before it."""
        rows: list[Row] = []
        error: Exception | None = None
        is_interrupted = False
        started = time.monotonic()
        try:
            with self._interruptible:
                bench = self._opened()
                started = time.monotonic()
                for job in batch.jobs:
                    rows.append(bench.run(job, max_cost_usd=batch.max_cost_usd))
                    if time.monotonic() - started > MAX_BATCH_S:
                        break
        except KeyboardInterrupt:
            is_interrupted = True
        except Exception as bug:
            error = bug
        return _done(rows, time.monotonic() - started, is_interrupted, error)

    def close(self) -> None:
        """Close the bench, if one was opened."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None

    def _opened(self) -> Bench:
        if self._bench is None:
            self._bench = self._open_bench()
        return self._bench


def _done(
    rows: Sequence[Row], seconds: float, is_interrupted: bool, error: Exception | None
) -> Done:
    return Done(
        lines="".join(row.to_line() for row in rows),
        totals=totals_of(rows),
        seconds=seconds,
        is_at_cost_limit=bool(rows) and rows[-1].stop_reason == StopReason.COST_LIMIT,
        is_interrupted=is_interrupted,
        error=error,
    )
