"""The seams between what is run, who hands it out, and where it is run.

    run_jobs ─→ Backlog ──take──→ Executor: its workers each hold a Bench
                        ←─finish─ what came of a batch, as lines to be saved
                        ←─lose─── a batch whose worker died

All accounting is the backlog's, in the process of the user's command: a worker gets jobs and sends
back lines, and knows neither the folder nor the money of the whole run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from orchestra_cli.evaluation.rows import Cell, Row


@dataclass(frozen=True, slots=True)
class Job:
    """A task to be run under a cell."""

    task: str
    """The task's id."""
    cell: Cell


class Bench(Protocol):
    """What runs jobs, one after the other: it holds the engine, the experts and the policies."""

    def run(self, job: Job, *, max_cost_usd: float | None) -> Row:
        """Run it. A failure is a row; only KeyboardInterrupt and our own bugs propagate.

        `max_cost_usd` is what this task may cost at most; where it is reached, the row's stop
        reason is `cost_limit`.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


OpenBench = Callable[[], Bench]
"""Picklable: each worker opens a bench of its own."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that a worker runs one after the other before it reports."""

    jobs: tuple[Job, ...]
    max_cost_usd: float | None = None
    """What its only job may spend; such a batch has one."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over rows."""

    rows: int = 0
    right: float = 0.0
    judged: int = 0
    failed: int = 0
    cost_usd: float = 0.0
    judge_cost_usd: float = 0.0
    """What judging models cost: on no policy's bill, but spent."""
    unpriced: int = 0
    """Rows of which a cost is not known: it adds nothing to the sums."""

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            rows=self.rows + other.rows,
            right=self.right + other.right,
            judged=self.judged + other.judged,
            failed=self.failed + other.failed,
            cost_usd=self.cost_usd + other.cost_usd,
            judge_cost_usd=self.judge_cost_usd + other.judge_cost_usd,
            unpriced=self.unpriced + other.unpriced,
        )

    @property
    def spent_usd(self) -> float:
        """By policies and judges, as far as it is known."""
        return self.cost_usd + self.judge_cost_usd

    @property
    def accuracy(self) -> float | None:
        """Of what could be judged."""
        return self.right / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of the first `totals.rows` jobs of a batch; the others were not begun."""

    lines: str
    """Their rows, ready to be saved."""
    totals: Totals
    seconds: float
    is_at_cost_limit: bool = False
    """The last row stopped because no more may be spent on it."""
    is_interrupted: bool = False
    error: Exception | None = None
    """A bug of ours, or a bench that cannot be opened: the whole run ends with it."""


class Backlog(Protocol):
    """The jobs that are left, and what becomes of those that are done."""

    @property
    def left(self) -> int:
        """Jobs that nobody has."""
        ...

    def take(self, *, ahead: bool = False) -> Batch | None:
        """The next jobs for a worker. None: nothing now, ask again when a batch has come back;
        and nothing at all where no batch is out.

        `ahead` is for a worker that is still busy: only quick jobs are worth queueing behind it.
        """
        ...

    def finish(self, batch: Batch, done: Done) -> None:
        """Save what was done; what was not begun is left for others. Raises `done.error`."""
        ...

    def put_back(self, batch: Batch) -> None:
        """The worker never began it."""
        ...

    def lose(self, batch: Batch) -> None:
        """Its worker died over it: its jobs run again, each alone, or become failed rows."""
        ...


class Executor(Protocol):
    """Where jobs run."""

    workers: int
    """How many run at a time."""

    def run(self, backlog: Backlog, open_bench: OpenBench) -> None:
        """Run all that the backlog gives.

        However it ends, no worker outlives it, and what workers had finished by then has gone to
        `backlog.finish`: a KeyboardInterrupt propagates after that.
        """
        ...
