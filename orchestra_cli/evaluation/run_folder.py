"""The folder of a run, from which it is resumed, reported and compared.

    manifest.json     what determines the results: the run is resumed under the same, or not at all
    rows.jsonl        one line for each finished task
    set_aside.jsonl   rows that were paid for but do not count: a task that the cost cap cut short,
                      a failed one that is run again
    .lock             held by the one process that writes here

Only the driver writes, and only whole lines, so lines never mix. What a kill tore off is cut away
when the run is resumed, and its task is run again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.row_file import cut_torn_line, read_row_file
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.trajectory import StopReason
from prefs.durable import sync_folder
from tools.base import JsonObject

MANIFEST = "manifest.json"
ROWS = "rows.jsonl"
_SET_ASIDE = "set_aside.jsonl"
_LOCK = ".lock"


def read_manifest(folder: Path) -> JsonObject:
    """What determined the results of this run."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{folder} holds no run: there is no {MANIFEST} in it") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}): start the run anew") from None
    if not isinstance(manifest, dict):
        raise UsageError(f"{path} is no manifest: start the run anew in another folder")
    return manifest


def read_rows(folder: Path) -> list[Row]:
    """Every finished task's; a last line that is not whole is left out."""
    read_manifest(folder)
    return read_row_file(folder / ROWS)


class RunFolder:
    """A run that this process writes, until it is closed."""

    def __init__(self, path: Path, lock: FileLock, *, retry_failed: bool) -> None:
        """Use `create` or `resume`."""
        self.path = path
        self._lock = lock
        cut_torn_line(path / ROWS)
        cut_torn_line(path / _SET_ASIDE)
        self.saved: tuple[Row, ...] = tuple(read_row_file(path / ROWS))
        """The rows that were there when it was opened."""
        if retry_failed:
            self._set_failed_aside()
        self.set_aside_rows: tuple[Row, ...] = tuple(read_row_file(path / _SET_ASIDE))
        """Those that do not count, but were paid for."""
        self._rows = (path / ROWS).open("ab")

    @classmethod
    def create(cls, path: Path, manifest: JsonObject) -> Self:
        """Begin a run; refuses a folder that holds one."""
        lock = _locked(path)
        with _released_on_error(lock):
            if (path / MANIFEST).exists() or (path / ROWS).exists():
                raise UsageError(
                    f"{path} holds a run already: go on with it (--resume), or name another folder"
                )
            _save_manifest(path, manifest)
            return cls(path, lock, retry_failed=False)

    @classmethod
    def resume(cls, path: Path, manifest: JsonObject, *, retry_failed: bool = False) -> Self:
        """Go on with a run, or begin it; refuses one whose results something else determined.

        A failed row stands: it may say something of the policy. Where what failed lay outside (an
        endpoint that was down), `retry_failed` runs those tasks again.
        """
        if not (path / MANIFEST).exists():
            return cls.create(path, manifest)
        lock = _locked(path)
        with _released_on_error(lock):
            _check_same(path / MANIFEST, read_manifest(path), manifest)
            return cls(path, lock, retry_failed=retry_failed)

    def append(self, lines: str) -> None:
        """Save rows. They outlast the end of this process, however it ends."""
        self._rows.write(lines.encode("utf-8", "surrogatepass"))
        self._rows.flush()

    def set_aside(self, lines: str) -> None:
        """Keep rows that do not count, for what they cost."""
        with (self.path / _SET_ASIDE).open("ab") as file:
            file.write(lines.encode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Let another process write."""
        os.fsync(self._rows.fileno())
        self._rows.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _set_failed_aside(self) -> None:
        failed = [row for row in self.saved if row.stop_reason == StopReason.FAILED]
        self.set_aside("".join(row.to_line() for row in failed))
        self.saved = tuple(row for row in self.saved if row.stop_reason != StopReason.FAILED)
        _replace(self.path / ROWS, "".join(row.to_line() for row in self.saved))


def _locked(path: Path) -> FileLock:
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / _LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(
            f"another process writes to {path}: wait for its end, or name another folder"
        ) from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}: name another folder for the run") from None
    return lock


@contextmanager
def _released_on_error(lock: FileLock) -> Iterator[None]:
    try:
        yield
    except BaseException:
        lock.release()
        raise


def _check_same(path: Path, old: JsonObject, new: JsonObject) -> None:
    difference = _first_difference(old, json.loads(json.dumps(new)))
    if difference is not None:
        key, was, now = difference
        raise UsageError(
            f"{path}: {key} was {was} and is {now} now: resume it as it was, "
            "or start another run in a new folder"
        )


def _first_difference(old: JsonObject, new: JsonObject) -> tuple[str, str, str] | None:
    """(dotted key, old value, new value)"""
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            inner = _first_difference(was, now)
            if inner is not None:
                return f"{key}.{inner[0]}", inner[1], inner[2]
        elif (key in old) != (key in new) or was != now:
            return key, _shown(old, key), _shown(new, key)
    return None


def _shown(values: JsonObject, key: str) -> str:
    if key not in values:
        return "not there"
    text = json.dumps(values[key], ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _save_manifest(folder: Path, manifest: JsonObject) -> None:
    _replace(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)
