"""The files that come with a set of tasks: what local search finds in its runs, and nothing else.

They lie in a folder beside the tasks, easy_files for easy.jsonl. The index over them is made anew
in a temporary folder: the user's own is neither searched nor written.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestra_cli.errors import UsageError


def files_beside(tasks: Path) -> Path | None:
    """The folder that goes with this file of tasks, where there is one."""
    folder = tasks.with_name(f"{tasks.name.partition('.')[0]}_files")
    return folder if folder.is_dir() else None


def digest(folder: Path) -> str:
    """Of the names and contents: a run that is resumed must find the same."""
    said = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        said.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return said.hexdigest()[:16]


class SuiteFiles:
    """An index over copies of the files, until it is closed."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError."""
        from tools.index import Index

        if not folder.is_dir():
            raise UsageError(f"{folder}: the files of these tasks are not on this machine")
        self._temporary = TemporaryDirectory(prefix="orchestra-eval-")
        home = Path(self._temporary.name)
        self.index_path = home / "index.sqlite3"
        copies = home / "files"
        shutil.copytree(folder, copies)  # under a short path: policies read it with every hit
        Index(self.index_path).add([copies])

    def close(self) -> None:
        """Delete both."""
        self._temporary.cleanup()
