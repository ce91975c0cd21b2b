"""The local search index: chunks of the user's files in one SQLite file, ranked by BM25.

Each batch of files is one transaction, so that a process may be killed at any time, and others may
search or add meanwhile (write-ahead log). Every call opens a connection of its own: an `Index` may
be used from any thread. The full-text table `words` holds no text: `_word_columns` of a row of
`chunk` is what is put into it, and must be what takes it out again.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice, pairwise
from pathlib import Path
from unicodedata import category

from tools.chunking import Chunk, NotTextError, chunk_file

MAX_FILE_BYTES = 5_000_000
_BATCH_FILES = 64
_BATCH_BYTES = 4_000_000
_BUSY_TIMEOUT_S = 30
_SCHEMA_VERSION = 1
"""Raise it when chunks, `_word_columns` or the tables change: an older index is then refused."""
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
_SEARCH = """
    SELECT file.path, first_line, last_line, text, score
    FROM (SELECT rowid AS id, -bm25(words, 0.5, 1.0) AS score FROM words
          WHERE words MATCH ? ORDER BY score DESC, id LIMIT ?) AS found
    JOIN chunk USING (id) JOIN file ON file.id = chunk.file_id
    ORDER BY score DESC, chunk.id"""

_UNSPACED = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts written without spaces between words: each character is indexed as a word."""
_UNSPACED_CHAR = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
_MAX_TERMS = 64
_STOP_WORDS = frozenset(
    # ruff: noqa: SIM905
    "a about all also an and any are as at be been but by can could d did do does for from had has "
    "have he her his how i if in into is it its just ll me my no not of on or our s she should so "
    "some t than that the their them then there these they this to us ve was we were what when "
    "where which who whom why will with would you your".split()
)
_BAD_NAME = "name is not Unicode"
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


class IndexFileError(Exception):
    """The index file cannot be used; the message names it and the fix."""


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


class Index:
    """The index in one SQLite file, which the first `add` creates."""

    def __init__(self, path: Path, *, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        self.path = path
        self._max_file_bytes = max_file_bytes

    def is_empty(self) -> bool:
        """Whether there is nothing to find. Creates no file; a broken one counts as not empty,
        so that a search is tried and says what is wrong."""
        try:
            with self._reading() as db:
                return db is None or not db.execute("SELECT 1 FROM chunk LIMIT 1").fetchone()
        except IndexFileError:
            return False

    def add(
        self, paths: Iterable[Path], *, watch: Callable[[str], None] = lambda path: None
    ) -> AddReport:
        """Bring the index up to date with these files and folders.

        `watch` is told of each file. Raises OSError, before anything is done, for a missing path.
        """
        roots = [os.path.realpath(path, strict=True) for path in paths]
        with self._connection(create=True) as db:
            adding = _Adding(db, max_file_bytes=self._max_file_bytes, watch=watch)
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
        with self._connection(create=True) as db:
            with _transaction(db):
                num_removed = sum(_forget_under(db, root) for root in roots)
            # What was removed should leave the file too, not lie on in its free pages.
            with suppress(sqlite3.OperationalError):
                db.execute("INSERT INTO words (words) VALUES ('optimize')")
                db.execute("VACUUM")
        return num_removed

    def contents(self) -> Contents:
        """What is in the index."""
        with self._reading() as db:
            if db is None:
                return Contents(roots={})
            return Contents(
                roots={
                    Path(root): _count(db, _TEXT_FILES_UNDER, _span(root))
                    for (root,) in db.execute("SELECT path FROM root ORDER BY path").fetchall()
                },
                num_files=_count(db, "SELECT count(*) FROM file WHERE refusal = ''"),
                num_chunks=_count(db, "SELECT count(*) FROM chunk"),
                size_bytes=self.path.stat().st_size,
            )

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """The chunks that match best. Any text is a query, one without a word finds nothing."""
        match = match_expression(query)
        with self._reading() as db:
            if db is None or not match:
                return []
            rows = db.execute(_SEARCH, (match, max(0, limit))).fetchall()
        return [Hit(Path(path), *rest) for path, *rest in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection, or None where nothing has been added yet."""
        if self._is_missing():
            yield None
            return
        with self._connection(create=False) as db:
            yield db if _has_tables(db) else None

    def _is_missing(self) -> bool:
        with _explained(self.path):
            return not self.path.exists()

    @contextmanager
    def _connection(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        with _explained(self.path):
            if create:
                self._create_file()
            with closing(self._connect()) as db:
                if create:
                    self._create_tables(db)
                yield db

    def _connect(self) -> sqlite3.Connection:
        uri = self.path.absolute().as_uri() + "?mode=rw"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)

    def _create_file(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)  # it holds text of files that others may not be able to read

    def _create_tables(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if _has_tables(db):
            return
        with _transaction(db):
            if not _has_tables(db):
                for statement in _SCHEMA:
                    db.execute(statement)


def _has_tables(db: sqlite3.Connection) -> bool:
    """Whether the tables are there; an error where the file is somebody else's."""
    # In this order: another process may be creating them all, in one transaction.
    num_tables = _count(db, "SELECT count(*) FROM sqlite_master")
    version = _count(db, "PRAGMA user_version")
    if version == _SCHEMA_VERSION:
        return True
    if version or num_tables:
        raise sqlite3.DatabaseError("not an index of this version of orchestra")
    return False


_UNUSABLE = "the search index cannot be used"
_REMAKE = "delete this file and run `orchestra index add` again"
_PERMIT = "check that this is a file that you may read and write"
_FIXES = {
    sqlite3.SQLITE_BUSY: "another process is writing it: try again later",
    sqlite3.SQLITE_CANTOPEN: _PERMIT,
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "check the disk",
    sqlite3.SQLITE_PERM: _PERMIT,
    sqlite3.SQLITE_READONLY: _PERMIT,
}


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexFileError(f"{path}: {_UNUSABLE} ({error.strerror}); {_PERMIT}") from error
    except sqlite3.Error as error:
        fix = _FIXES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, _REMAKE)
        raise IndexFileError(f"{path}: {_UNUSABLE} ({error}); {fix}") from error


def match_expression(query: str) -> str:
    """The words of any text as an FTS5 expression, joined by OR; empty where it has none."""
    terms = list(dict.fromkeys(_terms(query.lower())))
    telling = [term for term in terms if term not in _STOP_WORDS] or terms
    return " OR ".join(f'"{term}"' for term in islice(telling, _MAX_TERMS))


def _terms(query: str) -> Iterator[str]:
    kept = "".join(char if _is_of_word(char) else " " for char in query)
    for word in _WORD.findall(kept):
        if _UNSPACED_CHAR.match(word):
            yield from (f"{a} {b}" for a, b in pairwise(word)) if len(word) > 1 else word
        else:
            yield word
            if "_" in word:
                yield from filter(None, word.split("_"))


def _is_of_word(char: str) -> bool:
    return char.isalnum() or char == "_" or category(char).startswith("M")


def _index_text(text: str) -> str:
    return _UNSPACED_CHAR.sub(r" \g<0> ", text)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _count(db: sqlite3.Connection, query: str, values: tuple[str, ...] = ()) -> int:
    (number,) = db.execute(query, values).fetchone()
    return int(number)


_UNDER = "(path = ? OR (path > ? AND path < ?))"
_TEXT_FILES_UNDER = f"SELECT count(*) FROM file WHERE refusal = '' AND {_UNDER}"


def _span(root: str) -> tuple[str, str, str]:
    """The values of `_UNDER`: the path itself and whatever begins with it and a separator."""
    prefix = root if root.endswith(os.sep) else root + os.sep
    return root, prefix, prefix[:-1] + chr(ord(os.sep) + 1)


def _forget_under(db: sqlite3.Connection, path: str) -> int:
    if not _is_unicode(path):
        raise NotIndexedError(path)
    span = _span(path)
    num_roots = db.execute(f"DELETE FROM root WHERE {_UNDER}", span).rowcount
    rows = db.execute(f"SELECT path, refusal FROM file WHERE {_UNDER}", span).fetchall()
    if not rows and not num_roots:
        raise NotIndexedError(path)
    for each, _ in rows:
        _forget(db, each)
    return sum(not refusal for _, refusal in rows)


def _forget(db: sqlite3.Connection, path: str) -> None:
    chunks = db.execute(
        "SELECT chunk.id, heading, text FROM chunk JOIN file ON file.id = file_id WHERE path = ?",
        (path,),
    ).fetchall()
    db.executemany(
        "INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        [(id_, *_word_columns(path, heading, text)) for id_, heading, text in chunks],
    )
    db.executemany("DELETE FROM chunk WHERE id = ?", [(id_,) for id_, *_ in chunks])
    db.execute("DELETE FROM file WHERE path = ?", (path,))


def _word_columns(path: str, heading: str, text: str) -> tuple[str, str]:
    return _index_text(f"{Path(path).name} {heading}"), _index_text(text)


@dataclass(frozen=True, slots=True)
class _FileState:
    """A file as it is on the disk, or as the index has it."""

    path: str
    stamp: str
    """Time of the last change and size: while it stays, the file is not read."""
    digest: bytes
    refusal: str
    """Why it is skipped; empty for a file that is indexed."""
    chunks: tuple[Chunk, ...] | None = None
    """None where those in the index still hold."""


class _Adding:
    """One call of `Index.add`: gathers what has changed and writes it batch by batch."""

    def __init__(
        self, db: sqlite3.Connection, *, max_file_bytes: int, watch: Callable[[str], None]
    ) -> None:
        self._db = db
        self._max_file_bytes = max_file_bytes
        self._watch = watch
        self._counts: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._batch: list[_FileState] = []
        self._batch_bytes = 0

    def add_root(self, root: str) -> None:
        if not _is_unicode(root):
            self._skipped[_BAD_NAME] += 1
            return
        known = self._load_known(root)
        unseen = set(known)
        for path in _walk(root, self._skipped):
            self._watch(path)
            unseen.discard(path)
            try:
                self._look_at(path, known.get(path))
            except OSError:
                self._skipped["unreadable"] += 1
        self._write_batch()
        with _transaction(self._db):
            for path in filter(_is_gone, unseen):
                _forget(self._db, path)
                self._counts["removed"] += not known[path].refusal
            self._db.execute("INSERT OR IGNORE INTO root VALUES (?)", (root,))

    def report(self) -> AddReport:
        count = self._counts
        return AddReport(
            count["added"],
            count["updated"],
            count["unchanged"],
            count["removed"],
            dict(self._skipped),
        )

    def _load_known(self, root: str) -> dict[str, _FileState]:
        rows = self._db.execute(
            f"SELECT path, stamp, digest, refusal FROM file WHERE {_UNDER}", _span(root)
        )
        return {row[0]: _FileState(*row) for row in rows}

    def _look_at(self, path: str, known: _FileState | None) -> None:
        status = Path(path).stat()
        stamp = f"{status.st_mtime_ns}:{status.st_size}"
        if known is not None and known.stamp == stamp:
            self._tally("unchanged", known.refusal)
            return
        data = b""
        if status.st_size <= self._max_file_bytes:
            data = _read_start(path, self._max_file_bytes + 1)
        digest = blake2b(data, digest_size=16).digest()
        if known is not None and known.digest == digest and data:
            self._tally("unchanged", known.refusal)
            self._put(_FileState(path, stamp, digest, known.refusal), num_bytes=0)
            return
        refusal, chunks = self._chunk(path, status.st_size, data)
        was_text = known is not None and not known.refusal
        self._tally("updated" if was_text else "added", refusal)
        self._put(_FileState(path, stamp, digest, refusal, chunks), num_bytes=len(data))

    def _chunk(self, path: str, size: int, data: bytes) -> tuple[str, tuple[Chunk, ...]]:
        """Why the file is not indexed, or an empty string and its chunks."""
        if max(size, len(data)) > self._max_file_bytes:
            return "too large", ()
        try:
            return "", tuple(chunk_file(data, path))
        except NotTextError:
            return "not text", ()

    def _tally(self, what: str, refusal: str) -> None:
        if refusal:
            self._skipped[refusal] += 1
        else:
            self._counts[what] += 1

    def _put(self, state: _FileState, *, num_bytes: int) -> None:
        self._batch.append(state)
        self._batch_bytes += num_bytes
        if len(self._batch) >= _BATCH_FILES or self._batch_bytes >= _BATCH_BYTES:
            self._write_batch()

    def _write_batch(self) -> None:
        with _transaction(self._db):
            for state in self._batch:
                _write(self._db, state)
        self._batch.clear()
        self._batch_bytes = 0


def _write(db: sqlite3.Connection, state: _FileState) -> None:
    if state.chunks is None:
        # Another process may have indexed a later content meanwhile: the digest says.
        db.execute(
            "UPDATE file SET stamp = ? WHERE path = ? AND digest = ?",
            (state.stamp, state.path, state.digest),
        )
        return
    _forget(db, state.path)
    file_id = db.execute(
        "INSERT INTO file (path, stamp, digest, refusal) VALUES (?, ?, ?, ?)",
        (state.path, state.stamp, state.digest, state.refusal),
    ).lastrowid
    for chunk in state.chunks:
        chunk_id = db.execute(
            "INSERT INTO chunk (file_id, first_line, last_line, heading, text)"
            " VALUES (?, ?, ?, ?, ?)",
            (file_id, chunk.first_line, chunk.last_line, chunk.heading, chunk.text),
        ).lastrowid
        db.execute(
            "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)",
            (chunk_id, *_word_columns(state.path, chunk.heading, chunk.text)),
        )


def _walk(root: str, skipped: Counter[str]) -> Iterator[str]:
    """The files at or below a path, and a tally of what is passed over.

    Links are not followed, hence no loops and nothing twice; the root is given without links.
    """
    if Path(root).is_file():
        yield root
        return
    if not Path(root).is_dir():
        skipped["not a file"] += 1
        return
    folders = [root]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            skipped["unreadable"] += 1
            continue
        for entry in found:
            if reason := _reason_to_skip(entry):
                skipped[reason] += 1
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            else:
                yield entry.path


def _reason_to_skip(entry: os.DirEntry[str]) -> str:
    if not _is_unicode(entry.name):
        return _BAD_NAME
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return entry.name if entry.name in _SKIPPED_FOLDERS else ""
    return "" if entry.is_file(follow_symlinks=False) else "not a file"


def _is_unicode(name: str) -> bool:
    """Whether SQLite can hold it: a name on a disk may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_gone(path: str) -> bool:
    """Whether it is no file any more. One in a folder that cannot be entered is not known to be."""
    try:
        return not stat.S_ISREG(Path(path).lstat().st_mode)
    except PermissionError:
        return False
    except OSError:
        return True


def _read_start(path: str, num_bytes: int) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(num_bytes)
