"""One call of `Index.add`: gathers what has changed on the disk and writes it batch by batch.

Each batch of files is one transaction, so that a process may be killed at any time: the next call
goes on with the files that are missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from tools.chunking import Chunk, NotTextError, chunk_file
from tools.index_results import AddReport
from tools.index_rows import FileState, Rows
from tools.walking import BAD_NAME, is_gone, is_unicode, read_start, walk

_BATCH_FILES = 64
_BATCH_BYTES = 4_000_000


class Adding:
    """Brings rows up to date with one root after another, and counts what happens."""

    def __init__(self, rows: Rows, *, max_file_bytes: int, watch: Callable[[str], None]) -> None:
        self._rows = rows
        self._max_file_bytes = max_file_bytes
        self._watch = watch
        self._counts: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._batch: list[FileState] = []
        self._batch_bytes = 0

    def add_root(self, root: str) -> None:
        """Look at each file at or below this path, and forget those that are gone."""
        if not is_unicode(root):
            self._skipped[BAD_NAME] += 1
            return
        known = self._rows.known_under(root)
        unseen = set(known)
        for path in walk(root, self._skipped):
            self._watch(path)
            unseen.discard(path)
            try:
                self._look_at(path, known.get(path))
            except OSError:
                self._skipped["unreadable"] += 1
        self._write_batch()
        with self._rows.transaction():
            for path in filter(is_gone, unseen):
                self._rows.forget(path)
                self._counts["removed"] += not known[path].refusal
            self._rows.add_root(root)

    def report(self) -> AddReport:
        """What happened so far."""
        count = self._counts
        return AddReport(
            count["added"],
            count["updated"],
            count["unchanged"],
            count["removed"],
            dict(self._skipped),
        )

    def _look_at(self, path: str, known: FileState | None) -> None:
        status = Path(path).stat()
        stamp = f"{status.st_mtime_ns}:{status.st_size}"
        if known is not None and known.stamp == stamp:
            self._tally("unchanged", known.refusal)
            return
        data = b""
        if status.st_size <= self._max_file_bytes:
            data = read_start(path, self._max_file_bytes + 1)
        digest = blake2b(data, digest_size=16).digest()
        if known is not None and known.digest == digest and data:
            self._tally("unchanged", known.refusal)
            self._put(FileState(path, stamp, digest, known.refusal), num_bytes=0)
            return
        refusal, chunks = self._chunk(path, status.st_size, data)
        was_text = known is not None and not known.refusal
        self._tally("updated" if was_text else "added", refusal)
        self._put(FileState(path, stamp, digest, refusal, chunks), num_bytes=len(data))

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

    def _put(self, state: FileState, *, num_bytes: int) -> None:
        self._batch.append(state)
        self._batch_bytes += num_bytes
        if len(self._batch) >= _BATCH_FILES or self._batch_bytes >= _BATCH_BYTES:
            self._write_batch()

    def _write_batch(self) -> None:
        with self._rows.transaction():
            for state in self._batch:
                self._rows.write(state)
        self._batch.clear()
        self._batch_bytes = 0
