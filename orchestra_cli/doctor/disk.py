"""Checks of the folders: where they are, whether they can be written, what they hold."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from orchestra_cli import folders
from orchestra_cli.doctor.row import Row, Status

GROUP = "folders"
_LITTLE_BYTES = 2 * 2**30
_FIX_PLACE = "or have everything elsewhere: `export ORCHESTRA_HOME=FOLDER`"


def check_folders() -> Iterator[Row]:
    """The three of them; only the cache grows, so only its disk has to have room."""
    yield check_folder("config", folders.config_folder)
    yield check_folder("data", folders.data_folder)
    yield check_folder("cache", folders.cache_folder, room_bytes=_LITTLE_BYTES)


def check_folder(name: str, find: Callable[[], Path], *, room_bytes: int = 0) -> Row:
    """Nothing is made that stays: a folder that is not there yet is judged by the one above."""
    path = find()
    standing = next(each for each in (path, *path.parents) if each.exists())
    if reason := _why_not_writable(standing):
        fix = f"make {standing} a folder that you can write to, {_FIX_PLACE}"
        return Row(GROUP, name, Status.FAILED, f"{path}: {reason}", fix)
    free, held = shutil.disk_usage(standing).free, _bytes_under(path)
    found = f"{path}: {_size(held)} held, {_size(free)} free on the disk"
    if standing != path:
        found = f"{path}: made when it is needed, {_size(free)} free on the disk"
    figures = {"held_bytes": float(held), "free_bytes": float(free)}
    if free < room_bytes:
        fix = f"free some space (`orchestra models rm NAME` deletes a model), {_FIX_PLACE}"
        return Row(GROUP, name, Status.WARNING, f"{found}: little room", fix, figures=figures)
    return Row(GROUP, name, Status.OK, found, figures=figures)


def _why_not_writable(folder: Path) -> str:
    """Tried, not asked: a read-only disk grants every right. "" where it can be written."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror})"


def _bytes_under(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # others may delete as we count
                total += Path(parent, name).lstat().st_size
    return total


def _size(num_bytes: int) -> str:
    if num_bytes < 10**8:
        return f"{num_bytes / 1e6:.1f} MB"
    return f"{num_bytes / 1e9:.1f} GB"
