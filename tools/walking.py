"""Walks the user's folders: which files there are for the index, and why others are passed over.

Links are not followed, hence no loops and nothing twice.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

BAD_NAME = "name is not Unicode"
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


def walk(root: str, skipped: Counter[str]) -> Iterator[str]:
    """The files at or below a path without links, and a tally of what is passed over."""
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
    if not is_unicode(entry.name):
        return BAD_NAME
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return entry.name if entry.name in _SKIPPED_FOLDERS else ""
    return "" if entry.is_file(follow_symlinks=False) else "not a file"


def is_unicode(name: str) -> bool:
    """Whether SQLite can hold it: a name on a disk may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_gone(path: str) -> bool:
    """Whether it is no file any more. One in a folder that cannot be entered is not known to be."""
    try:
        return not stat.S_ISREG(Path(path).lstat().st_mode)
    except PermissionError:
        return False
    except OSError:
        return True


def read_start(path: str, num_bytes: int) -> bytes:
    """The first bytes of a file."""
    with Path(path).open("rb") as file:
        return file.read(num_bytes)
