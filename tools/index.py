"""The local search index: chunks of the user's files in one SQLite file, ranked by BM25.

Every call opens a connection of its own: an `Index` may be used from any thread. What reads and
writes the file (SQLite, patterns that take time to compile) is loaded by the first call that finds
a file or makes one: at every start the agent asks whether there is anything to find.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.index_results import AddReport, Contents, Hit, IndexFileError, NotIndexedError

if TYPE_CHECKING:
    from tools.index_rows import Rows

__all__ = [
    "MAX_FILE_BYTES",
    "AddReport",
    "Contents",
    "Hit",
    "Index",
    "IndexFileError",
    "NotIndexedError",
]

MAX_FILE_BYTES = 5_000_000


class Index:
    """The index in one SQLite file, which the first `add` creates."""

    def __init__(self, path: Path, *, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        self.path = path
        self._max_file_bytes = max_file_bytes

    def is_empty(self) -> bool:
        """Whether there is nothing to find. Creates no file; a broken one counts as not empty,
        so that a search is tried and says what is wrong."""
        try:
            with self._reading() as rows:
                return rows is None or rows.is_empty()
        except IndexFileError:
            return False

    def add(
        self, paths: Iterable[Path], *, watch: Callable[[str], None] = lambda path: None
    ) -> AddReport:
        """Bring the index up to date with these files and folders.

        `watch` is told of each file. Raises OSError, before anything is done, for a missing path.
        """
        from tools.index_adding import Adding

        roots = [os.path.realpath(path, strict=True) for path in paths]
        with self._writing() as rows:
            adding = Adding(rows, max_file_bytes=self._max_file_bytes, watch=watch)
            for root in roots:
                adding.add_root(root)
        return adding.report()

    def remove(self, paths: Iterable[Path]) -> int:
        """Forget these files and folders, whether or not they still exist: how many files.

        All or, with `NotIndexedError`, none.
        """
        roots = [os.path.realpath(path) for path in paths]
        if self._is_missing():
            raise NotIndexedError(", ".join(roots))
        with self._writing() as rows:
            with rows.transaction():
                num_removed = sum(rows.forget_under(root) for root in roots)
            rows.compact()
        return num_removed

    def contents(self) -> Contents:
        """What is in the index."""
        with self._reading() as rows:
            if rows is None:
                return Contents(roots={})
            return Contents(
                roots=rows.num_files_by_root(),
                num_files=rows.num_files(),
                num_chunks=rows.num_chunks(),
                size_bytes=self.path.stat().st_size,
            )

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """The chunks that match best. Any text is a query, one without a word finds nothing."""
        from tools.search_words import match_expression

        match = match_expression(query)
        with self._reading() as rows:
            return rows.search(match, max(0, limit)) if rows and match else []

    def _is_missing(self) -> bool:
        try:
            return not self.path.exists()
        except OSError as error:
            raise IndexFileError(self.path, error.strerror) from error

    @contextmanager
    def _reading(self) -> Iterator[Rows | None]:
        """The rows, or None where nothing has been added yet."""
        if self._is_missing():
            yield None
            return
        from tools.index_file import opened_for_reading
        from tools.index_rows import Rows

        with opened_for_reading(self.path) as db:
            yield None if db is None else Rows(db)

    @contextmanager
    def _writing(self) -> Iterator[Rows]:
        from tools.index_file import opened_for_writing
        from tools.index_rows import Rows

        with opened_for_writing(self.path) as db:
            yield Rows(db)
