"""The backlog of a run: hands jobs out, saves what comes back, and keeps the sums.

Every job is taken until it has a row, or the money is spent. A job whose worker died is run once
more, alone, so that it takes no other with it; if that worker dies too, its row says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from orchestra_cli.errors import OrchestraError
from orchestra_cli.evaluation.execution.base import Batch, Done, Job, Totals
from orchestra_cli.evaluation.execution.batches import BatchSize, failed_row, totals_of
from orchestra_cli.evaluation.execution.ledger import Ledger
from orchestra_cli.evaluation.run_folder import RunFolder

_MOST_DEATHS = 10
_UNPRICED = "the cost of some tasks is not known: they count as $0 towards the cost cap"
_DIED = "a worker died in the midst of a paid task: its whole allowance counts as spent"


class JobBacklog:
    """A `Backlog` whose rows go to a run's folder."""

    def __init__(
        self,
        jobs: Iterable[Job],
        *,
        folder: RunFolder,
        ledger: Ledger,
        workers: int,
        changed: Callable[[JobBacklog], None],
    ) -> None:
        self._jobs = deque(jobs)
        self._again: deque[Job] = deque()
        self._deaths: set[Job] = set()
        self._deaths_in_a_row = 0
        self._folder = folder
        self._ledger = ledger
        self._workers = workers
        self._size = BatchSize()
        self._changed = changed
        self.totals = Totals()
        """Of the rows that were saved."""
        self.notes: dict[str, None] = {}
        """What the user should know of the sums, each once."""

    @property
    def left(self) -> int:
        """See `Backlog`."""
        return len(self._again) + len(self._jobs)

    def take(self, *, ahead: bool = False) -> Batch | None:
        """See `Backlog`."""
        if not self.left or self._ledger.is_spent:
            return None
        if self._ledger.gives_allowances:
            return None if ahead else self._take_allowed()
        if ahead and not self._size.allows_queueing(len(self._jobs), workers=self._workers):
            return None
        if self._again:
            return Batch((self._again.popleft(),))
        size = self._size.of(len(self._jobs), workers=self._workers)
        return Batch(tuple(self._jobs.popleft() for _ in range(size)))

    def _take_allowed(self) -> Batch | None:
        allowance_usd = self._ledger.allow()
        if allowance_usd is None:
            return None
        job = (self._again or self._jobs).popleft()
        return Batch((job,), max_cost_usd=allowance_usd)

    def finish(self, batch: Batch, done: Done) -> None:
        """See `Backlog`."""
        self._jobs.extendleft(reversed(batch.jobs[done.totals.rows :]))
        self._size.learn(done)
        if done.totals.rows:
            self._deaths_in_a_row = 0
            self._settle(done.totals, batch)
            self._keep(batch, done)
        elif batch.max_cost_usd is not None:
            self._ledger.settle(0.0, allowance_usd=batch.max_cost_usd)
        if done.error is not None:
            raise done.error

    def _keep(self, batch: Batch, done: Done) -> None:
        if done.is_at_cost_limit and self._ledger.cut_short(batch.max_cost_usd):
            self._folder.set_aside(done.lines)
        else:
            self._save(done.lines, done.totals)

    def _save(self, lines: str, totals: Totals) -> None:
        self._folder.append(lines)
        self.totals += totals
        self._changed(self)

    def _settle(self, totals: Totals, batch: Batch) -> None:
        self._ledger.settle(totals.spent_usd, allowance_usd=batch.max_cost_usd)
        if totals.unpriced and self._ledger.max_cost_usd is not None:
            self.notes[_UNPRICED] = None

    def put_back(self, batch: Batch) -> None:
        """See `Backlog`."""
        for job in reversed(batch.jobs):
            (self._again if job in self._deaths else self._jobs).appendleft(job)
        if batch.max_cost_usd is not None:
            self._ledger.settle(0.0, allowance_usd=batch.max_cost_usd)

    def lose(self, batch: Batch) -> None:
        """See `Backlog`."""
        if batch.max_cost_usd is not None:
            self._ledger.settle(batch.max_cost_usd, allowance_usd=batch.max_cost_usd)
            self.notes[_DIED] = None
        for job in batch.jobs:
            if job in self._deaths:
                row = failed_row(job, "its worker died, and so did the one that ran it again")
                self._save(row.to_line(), totals_of([row]))
            else:
                self._deaths.add(job)
                self._again.append(job)
        self._deaths_in_a_row += 1
        if self._deaths_in_a_row >= _MOST_DEATHS:
            raise OrchestraError(
                f"{_MOST_DEATHS} workers in a row died before they finished a task: is there "
                "memory for so many? Try --workers 1; the rows so far are saved"
            )
