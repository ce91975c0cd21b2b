"""The rows of the local search index: what is written for a file, and what is found or forgotten.

The full-text table `words` holds no text: `_word_columns` of a row of `chunk` is what is put into
it, and must be what takes it out again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.index_file import count, transaction
from tools.index_results import Hit, NotIndexedError
from tools.search_words import index_text
from tools.walking import is_unicode

if TYPE_CHECKING:
    from tools.chunking import Chunk

_SEARCH = """
    SELECT file.path, first_line, last_line, text, score
    FROM (SELECT rowid AS id, -bm25(words, 0.5, 1.0) AS score FROM words
          WHERE words MATCH ? ORDER BY score DESC, id LIMIT ?) AS found
    JOIN chunk USING (id) JOIN file ON file.id = chunk.file_id
    ORDER BY score DESC, chunk.id"""
_UNDER = "(path = ? OR (path > ? AND path < ?))"
_TEXT_FILES = "SELECT count(*) FROM file WHERE refusal = ''"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it is on the disk, or as the index has it."""

    path: str
    stamp: str
    """Time of the last change and size: while it stays, the file is not read."""
    digest: bytes
    refusal: str
    """Why it is skipped; empty for a file that is indexed."""
    chunks: tuple[Chunk, ...] | None = None
    """None where those in the index still hold."""


class Rows:
    """The rows, by one connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside, or nothing."""
        return transaction(self._db)

    def is_empty(self) -> bool:
        """Whether there is no chunk."""
        return not self._db.execute("SELECT 1 FROM chunk LIMIT 1").fetchone()

    def num_files(self) -> int:
        """How many files are indexed, those that are skipped aside."""
        return count(self._db, _TEXT_FILES)

    def num_chunks(self) -> int:
        """How many chunks they have."""
        return count(self._db, "SELECT count(*) FROM chunk")

    def num_files_by_root(self) -> dict[Path, int]:
        """The same as `num_files`, for each file or folder that was added."""
        roots = self._db.execute("SELECT path FROM root ORDER BY path").fetchall()
        query = f"{_TEXT_FILES} AND {_UNDER}"
        return {Path(root): count(self._db, query, _span(root)) for (root,) in roots}

    def search(self, match: str, limit: int) -> list[Hit]:
        """The chunks that match an FTS5 expression, best first."""
        rows = self._db.execute(_SEARCH, (match, limit)).fetchall()
        return [Hit(Path(path), *rest) for path, *rest in rows]

    def known_under(self, root: str) -> dict[str, FileState]:
        """The files at or below a path, by their paths."""
        rows = self._db.execute(
            f"SELECT path, stamp, digest, refusal FROM file WHERE {_UNDER}", _span(root)
        )
        return {row[0]: FileState(*row) for row in rows}

    def add_root(self, root: str) -> None:
        """Note that this file or folder was added."""
        self._db.execute("INSERT OR IGNORE INTO root VALUES (?)", (root,))

    def write(self, state: FileState) -> None:
        """Put a file in place of what the index has of it."""
        if state.chunks is None:
            # Another process may have indexed a later content meanwhile: the digest says.
            self._db.execute(
                "UPDATE file SET stamp = ? WHERE path = ? AND digest = ?",
                (state.stamp, state.path, state.digest),
            )
            return
        self.forget(state.path)
        file_id = self._db.execute(
            "INSERT INTO file (path, stamp, digest, refusal) VALUES (?, ?, ?, ?)",
            (state.path, state.stamp, state.digest, state.refusal),
        ).lastrowid
        for chunk in state.chunks:
            chunk_id = self._db.execute(
                "INSERT INTO chunk (file_id, first_line, last_line, heading, text)"
                " VALUES (?, ?, ?, ?, ?)",
                (file_id, chunk.first_line, chunk.last_line, chunk.heading, chunk.text),
            ).lastrowid
            self._db.execute(
                "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)",
                (chunk_id, *_word_columns(state.path, chunk.heading, chunk.text)),
            )

    def forget(self, path: str) -> None:
        """Take out a file, if it is there."""
        chunks = self._db.execute(
            "SELECT chunk.id, heading, text FROM chunk JOIN file ON file.id = file_id"
            " WHERE path = ?",
            (path,),
        ).fetchall()
        self._db.executemany(
            "INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?, ?, ?)",
            [(id_, *_word_columns(path, heading, text)) for id_, heading, text in chunks],
        )
        self._db.executemany("DELETE FROM chunk WHERE id = ?", [(id_,) for id_, *_ in chunks])
        self._db.execute("DELETE FROM file WHERE path = ?", (path,))

    def forget_under(self, path: str) -> int:
        """Take out all at or below a path: how many files. Raises `NotIndexedError` for none."""
        if not is_unicode(path):
            raise NotIndexedError(path)
        span = _span(path)
        num_roots = self._db.execute(f"DELETE FROM root WHERE {_UNDER}", span).rowcount
        rows = self._db.execute(f"SELECT path, refusal FROM file WHERE {_UNDER}", span).fetchall()
        if not rows and not num_roots:
            raise NotIndexedError(path)
        for each, _ in rows:
            self.forget(each)
        return sum(not refusal for _, refusal in rows)

    def compact(self) -> None:
        """Make what was forgotten leave the file too, not lie on in its free pages."""
        with suppress(sqlite3.OperationalError):
            self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
            self._db.execute("VACUUM")


def _span(root: str) -> tuple[str, str, str]:
    """The values of `_UNDER`: the path itself and whatever begins with it and a separator."""
    prefix = root if root.endswith(os.sep) else root + os.sep
    return root, prefix, prefix[:-1] + chr(ord(os.sep) + 1)


def _word_columns(path: str, heading: str, text: str) -> tuple[str, str]:
    return index_text(f"{Path(path).name} {heading}"), index_text(text)
