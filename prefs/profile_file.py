"""Writing profile.toml: one at a time, whole or not at all, and never over what we cannot read.

`update_profiles` reads, changes and writes under a lock that lies beside the file, so that of many
that write at once none undoes another's change. The new text goes to a file of its own, is synced
and takes the name: whatever happens, there is the old file or the new one. A file that is no TOML,
is not UTF-8 or has keys that we do not know is left alone (`TomlError`).

Comments do not survive a rewrite, so a file that has some is copied first; `replace_profiles` keeps
the user's own text as it is. A link is followed, and the file that it leads to is written.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w
from filelock import FileLock, Timeout

from prefs.durable import sync_folder
from prefs.profile import ProfileFile, pick_profile
from prefs.strict_toml import TomlError, parse_toml

Document = dict[str, Any]
"""The file's tables, as TOML has them."""

_PATIENCE_S = 60.0
_POLL_S = 0.1  # two hundred that wait must leave the one that writes some of the processor
_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>#)",
    re.DOTALL,
)


class ChangedMeanwhileError(TomlError):
    """The file is not what it was when it was copied."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of an update."""

    changed: bool
    backup: Path | None = None
    """Where the file is with the comments that the new one has no more."""


def read_bytes(path: Path) -> bytes | None:
    """The file as it is; None where there is none. Raises `TomlError`."""
    try:
        if path.exists() and not path.is_file():
            raise TomlError(f"{path}: not a file: move it away")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TomlError(f"{path}: cannot be read: {error.strerror}") from None


def update_profiles(path: Path, change: Callable[[Document], None]) -> Written:
    """Let `change` edit the document, and save it. What it raises leaves the file as it is."""
    with _locked(path) as target:
        content = read_bytes(target)
        before = _parse(path, content or b"")
        document = _parse(path, content or b"")
        change(document)
        if document == before:
            return Written(changed=False)
        new = tomli_w.dumps(document).encode()
        if _parse(path, new) != document:
            raise ValueError("the new profiles cannot be read back")
        backup = _keep_comments(target, content) if content else None
        _write(target, new)
        return Written(changed=True, backup=backup)


def replace_profiles(path: Path, content: bytes, *, expected: bytes | None) -> None:
    """Save a text that the user wrote, if the file still is what the user began with."""
    check_profiles(path, content)
    with _locked(path) as target:
        if read_bytes(target) != expected:
            raise ChangedMeanwhileError(f"{path}: it was changed meanwhile")
        _write(target, content)


def check_profiles(path: Path, content: bytes) -> None:
    """Raises `TomlError` for what a run could not use."""
    pick_profile(parse_toml(path, content, ProfileFile), path)


def has_comments(text: str) -> bool:
    """Whether there is a comment in this valid TOML."""
    return any(match["comment"] for match in _STRING_OR_COMMENT.finditer(text))


def _parse(path: Path, content: bytes) -> Document:
    parse_toml(path, content, ProfileFile)
    return tomllib.loads(content.decode("utf-8-sig"))


@contextmanager
def _locked(path: Path) -> Iterator[Path]:
    """The file that is to be written, which nobody else of ours writes meanwhile."""
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f"{target.name}.lock"))
        with lock.acquire(timeout=_PATIENCE_S, poll_interval=_POLL_S):
            yield target
    except Timeout:
        raise TomlError(
            f"{path}: another process has been writing it for {_PATIENCE_S:.0f} s: try again"
        ) from None
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        reason = getattr(error, "strerror", None) or str(error)
        raise TomlError(
            f"{path}: cannot be written: {reason.lower()}: make room and give yourself the right "
            "to write there, or set ORCHESTRA_HOME to a folder of yours"
        ) from None


def _keep_comments(target: Path, content: bytes) -> Path | None:
    """A copy of the file, if it has comments. An earlier copy is not overwritten."""
    if not has_comments(content.decode("utf-8-sig")):
        return None
    backup, number = target.with_name(f"{target.name}.bak"), 1
    while backup.exists() and backup.read_bytes() != content:
        number += 1
        backup = target.with_name(f"{target.name}.bak{number}")
    _write(backup, content, like=target)
    return backup


def _write(target: Path, content: bytes, *, like: Path | None = None) -> None:
    """The file under its name, with its permissions, once all of it is on the disk."""
    temporary = target.with_name(f".{target.name}.new")  # of one writer: the lock is held
    temporary.unlink(missing_ok=True)  # of one that was killed
    try:
        with open(temporary, "xb", opener=_open_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _copy_permissions(like or target, temporary)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copy_permissions(source: Path, copy: Path) -> None:
    try:
        status = source.stat()
    except FileNotFoundError:
        return
    copy.chmod(stat.S_IMODE(status.st_mode))
    if hasattr(os, "chown"):
        with suppress(PermissionError):  # only root may give a file away
            os.chown(copy, status.st_uid, status.st_gid)
