"""What a loader gives: tasks, and what was left out of the file or assumed of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from orchestra_cli.evaluation.tasks import EvalTask

_SPLITS = {
    "train": "train",
    "auxiliary": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The tasks of a file or folder."""

    tasks: tuple[EvalTask, ...]
    notes: tuple[str, ...] = ()
    """For the reader of the report, one line each."""


def split_of(path: Path) -> str:
    """The split that the file's name tells, as benchmarks name their files; else nothing."""
    words = re.split(r"[^a-z]+", path.name.lower())
    return next((_SPLITS[word] for word in words if word in _SPLITS), "")
