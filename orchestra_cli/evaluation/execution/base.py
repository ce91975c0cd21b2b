"""The seam between what is run and where it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


class Executor(Protocol):
    """Where jobs run: rows come as batches in the order in which they finish."""

    def rows(self, jobs: Sequence[Job], open_bench: OpenBench) -> Iterator[Sequence[Row]]:
        """Run every job once. Closing the iterator stops the workers."""
        ...
