"""What the local search index answers with: its results, and the errors that it raises.

`tools.index` hands all of these on: import them from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FIX_ACCESS = "check that this is a file that you may read and write"


class IndexFileError(Exception):
    """The index file cannot be used; the message names it and the fix."""

    def __init__(self, path: Path, problem: object, fix: str = FIX_ACCESS) -> None:
        super().__init__(f"{path}: the search index cannot be used ({problem}); {fix}")


class NotIndexedError(Exception):
    """Nothing at this path is in the index."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that matches a query; a higher score is a better match."""

    path: Path
    first_line: int
    last_line: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class AddReport:
    """What happened to the files that `add` met."""

    added: int
    updated: int
    unchanged: int
    removed: int
    skipped: Mapping[str, int]
    """Reason -> number of files and folders."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an index holds."""

    roots: Mapping[Path, int]
    """Each file or folder that was added, and how many files of it are indexed."""
    num_files: int = 0
    num_chunks: int = 0
    size_bytes: int = 0
