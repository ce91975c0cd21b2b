"""The SQLite file of the local search index: its tables, how it is opened, and what went wrong.

Writers log ahead and write in transactions: a process may be killed at any time, and others may
search or add meanwhile. Every error of SQLite or of the disk, inside `opened_for_reading` and
`opened_for_writing`, becomes an `IndexFileError` that names the file and the fix.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tools.index_results import FIX_ACCESS, IndexFileError

_BUSY_TIMEOUT_S = 30
_SCHEMA_VERSION = 1
"""Raise it when chunks, the tables, or what goes into `words` change: an older index is then
refused."""
_SCHEMA = (
    "CREATE TABLE root (path TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,
        stamp TEXT NOT NULL, digest BLOB NOT NULL, refusal TEXT NOT NULL)""",
    """CREATE TABLE chunk (id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL,
        first_line INTEGER NOT NULL, last_line INTEGER NOT NULL,
        heading TEXT NOT NULL, text TEXT NOT NULL)""",
    "CREATE INDEX chunk_of_file ON chunk (file_id)",
    """CREATE VIRTUAL TABLE words USING fts5 (title, text, content='',
        tokenize="porter unicode61 remove_diacritics 2 categories 'L* M* N* Co'")""",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)

_FIX_BROKEN = "delete this file and run `orchestra index add` again"
_FIXES = {
    sqlite3.SQLITE_BUSY: "another process is writing it: try again later",
    sqlite3.SQLITE_CANTOPEN: FIX_ACCESS,
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "check the disk",
    sqlite3.SQLITE_PERM: FIX_ACCESS,
    sqlite3.SQLITE_READONLY: FIX_ACCESS,
}


@contextmanager
def opened_for_reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection to a file that exists, or None where it holds no tables yet."""
    with _explained(path), closing(_connect(path)) as db:
        yield db if _has_tables(db) else None


@contextmanager
def opened_for_writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the file, which is created if need be."""
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it holds text of files that others may not be able to read
        with closing(_connect(path)) as db:
            _create_tables(db)
            yield db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def count(db: sqlite3.Connection, query: str, values: tuple[str, ...] = ()) -> int:
    """The number that a query yields."""
    (number,) = db.execute(query, values).fetchone()
    return int(number)


def _connect(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri() + "?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)


def _create_tables(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if _has_tables(db):
        return
    with transaction(db):
        if not _has_tables(db):
            for statement in _SCHEMA:
                db.execute(statement)


def _has_tables(db: sqlite3.Connection) -> bool:
    """Whether the tables are there; an error where the file is somebody else's."""
    # In this order: another process may be creating them all, in one transaction.
    num_tables = count(db, "SELECT count(*) FROM sqlite_master")
    version = count(db, "PRAGMA user_version")
    if version == _SCHEMA_VERSION:
        return True
    if version or num_tables:
        raise sqlite3.DatabaseError("not an index of this version of orchestra")
    return False


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexFileError(path, error.strerror) from error
    except sqlite3.Error as error:
        fix = _FIXES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, _FIX_BROKEN)
        raise IndexFileError(path, error, fix) from error
