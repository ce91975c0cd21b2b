"""The SQLite file with what is known of experts from experience: measured cards and past calls.

It holds figures only, never a question, a prompt or an answer, so that it may be kept for good and
be deleted at any time. It is made when something is first written: reading makes nothing. Every
error of SQLite or of the disk becomes a `RecordsError` that names the file and the fix.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from orchestra_cli.folders import data_folder

_SCHEMA_VERSION = 1
_SCHEMA = (
    """CREATE TABLE call (id INTEGER PRIMARY KEY, expert TEXT NOT NULL, model TEXT NOT NULL,
        ok INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
        cost_usd REAL, latency_s REAL NOT NULL)""",
    "CREATE INDEX call_of_expert ON call (expert, model)",
    """CREATE TABLE result (expert TEXT NOT NULL, task TEXT NOT NULL, model TEXT NOT NULL,
        task_set TEXT NOT NULL, domain TEXT NOT NULL, outcome TEXT NOT NULL,
        input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost_usd REAL,
        latency_s REAL NOT NULL, day TEXT NOT NULL, PRIMARY KEY (expert, task)) WITHOUT ROWID""",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)
_FIX = "delete this file (it holds figures only) and run `orchestra experts cards` again"
_FIXES = {
    sqlite3.SQLITE_BUSY: "another process is writing it: try again later",
    sqlite3.SQLITE_CANTOPEN: "check who may read and write it and its folder",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "check the disk",
    sqlite3.SQLITE_PERM: "check who may read and write it and its folder",
    sqlite3.SQLITE_READONLY: "check who may read and write it and its folder",
}


class RecordsError(Exception):
    """The file cannot be used: one line with the fix."""


def records_path() -> Path:
    """Where the file is, or would be."""
    return data_folder() / "experts.sqlite3"


@contextmanager
def reading(path: Path, *, patience_s: float) -> Iterator[sqlite3.Connection | None]:
    """A connection, or None where nothing was ever written."""
    with _explained(path):
        if not path.exists():
            yield None
            return
        with closing(_connect(path, patience_s)) as db:
            yield db if _has_tables(db) else None


@contextmanager
def writing(path: Path, *, patience_s: float) -> Iterator[sqlite3.Connection]:
    """A connection inside a transaction: all that is written, or nothing."""
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with closing(_connect(path, patience_s)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("BEGIN IMMEDIATE")
            if not _has_tables(db):
                for statement in _SCHEMA:
                    db.execute(statement)
            yield db
            db.execute("COMMIT")  # an exception closes the connection, which undoes it all


def _connect(path: Path, patience_s: float) -> sqlite3.Connection:
    uri = path.absolute().as_uri() + "?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None)


def _has_tables(db: sqlite3.Connection) -> bool:
    """Whether the tables are there; an error where the file is somebody else's."""
    (num_tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == _SCHEMA_VERSION:
        return True
    if version or num_tables:
        raise sqlite3.DatabaseError("not written by this version of orchestra")
    return False


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordsError(f"{path}: {error.strerror}: {_FIXES[sqlite3.SQLITE_PERM]}") from error
    except sqlite3.Error as error:
        fix = _FIXES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, _FIX)
        raise RecordsError(f"{path}: {error}: {fix}") from error
