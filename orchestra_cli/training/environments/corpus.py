"""A few documents in a local search index of their own.

The index is a temporary SQLite file, made when somebody first searches (6 ms for eight short
documents) and deleted with the corpus. What is shown is the documents' own names: no folder of this
machine, so the same search shows the same text everywhere.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from tools.base import CallContext, JsonObject, Observation
from tools.chunking import chunk_file
from tools.index_file import opened_for_writing
from tools.index_rows import FileState, Rows
from tools.local_search import LocalSearchTool


class Corpus:
    """Documents by file name."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._documents = dict(documents)
        self._lock = threading.Lock()
        self._index: Path | None = None

    def index(self) -> Path:
        """The index's file."""
        with self._lock:
            if self._index is None:
                folder = tempfile.mkdtemp(prefix="orchestra-corpus-")
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._index = Path(folder) / "index.sqlite3"
                _write(self._documents, self._index)
            return self._index


class CorpusSearchTool(LocalSearchTool):
    """The real tool over a corpus, which it keeps."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._is_ready = False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Search."""
        if not self._is_ready:
            super().__init__(self._corpus.index())
            self._is_ready = True
        return super().run(arguments, context)


def _write(documents: Mapping[str, str], index: Path) -> None:
    with opened_for_writing(index) as db:
        rows = Rows(db)
        with rows.transaction():
            for name, text in documents.items():
                data = text.encode()
                digest = blake2b(data, digest_size=16).digest()
                rows.write(FileState(name, "", digest, "", tuple(chunk_file(data, name))))
