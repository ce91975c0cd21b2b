"""A made-up pool of recorded outcomes, and the environment over it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from recorded_suite import write_suite

from orchestra_cli.training.environments.recorded import RecordedEnvironment
from orchestra_cli.training.environments.recorded_pool import RecordedPool, load_pool
from tools.prices import FlatPrice

USUAL = {"small-model": FlatPrice(0.1, 0.1), "large-model": FlatPrice(10.0, 10.0)}


def write_pool(folder: Path, *, leave_out: Collection[str] = (), **fields: object) -> RecordedPool:
    """The train rows of the made-up suite."""
    write_suite(folder, num_tasks=60, **fields)
    path = folder / "made_up.jsonl.gz"
    return load_pool(path, judge="choice", num_answers=4, leave_out=leave_out)


def environment_over(pool: RecordedPool) -> RecordedEnvironment:
    """Two of its four models are offered most often."""
    return RecordedEnvironment(pool, usual=USUAL)
