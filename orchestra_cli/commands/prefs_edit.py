"""`orchestra prefs edit`: the user's editor on a copy of profile.toml.

Only a text that a run could use becomes the file, and only if nobody changed the file meanwhile.
Else the copy stays where it is, and its name is told: no text is lost.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from orchestra_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = """\
# What you prefer, and what must never happen. A line that starts with # is off.

active = "default"

[profiles.default]
# accuracy = 1.0            # weights between 0 and 1
# cost = 0.3
# latency = 0.1
# never = ["web_*", "@remote"]    # names, globs, or @remote: anything that leaves this machine
# text = "confidential data: prefer what runs here"
# right_answer_usd = 0.10   # what a right answer is worth to you
# hour_usd = 5.0            # what an hour of waiting is worth to you
# beta = 20.0               # how strongly preferences steer; 0 leaves the choice to the model

# [profiles.default.tools]
# local_search = 1.0        # weights of tools and experts, by name or glob
"""


def edit() -> None:
    """Open profile.toml in $VISUAL or $EDITOR; what is broken is not saved."""
    import os

    from orchestra_cli.config import profile_path
    from prefs.profile_file import read_bytes
    from prefs.strict_toml import TomlError

    path = profile_path()
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise UsageError(f"set EDITOR to the editor that you want, or edit {path} yourself")
    try:
        original = read_bytes(path)
    except TomlError as error:
        raise ConfigError(str(error)) from None
    begun = _TEMPLATE.encode() if original is None else original
    copy = _make_copy(path, begun)
    try:
        _say(_edit_copy(editor, copy, begun, path=path, original=original))
    finally:
        if _is_needless(copy, begun, path):
            copy.unlink(missing_ok=True)


def _edit_copy(editor: str, copy: Path, begun: bytes, *, path: Path, original: bytes | None) -> str:
    """Until the text can be saved, or the user gives up; what came of it."""
    from prefs.profile_file import check_profiles, replace_profiles
    from prefs.strict_toml import TomlError

    while True:
        content = _run_editor(editor, copy)
        if content == begun:
            return "nothing was changed"
        try:
            check_profiles(copy, content)
        except TomlError as error:
            if _wants_to_go_on(str(error)):
                continue
            raise ConfigError(f"{error}: not saved, your text is kept there") from None
        try:
            replace_profiles(path, content, expected=original)
        except TomlError as error:
            raise ConfigError(f"{error}: your text is kept in {copy}") from None
        return f"saved {path}"


def _make_copy(path: Path, content: bytes) -> Path:
    import os
    import tempfile
    from pathlib import Path

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix="profile.", suffix=".toml")
    except OSError as error:
        raise ConfigError(f"{path.parent}: cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return Path(name)


def _run_editor(editor: str, copy: Path) -> bytes:
    """What the copy holds when the editor is closed."""
    import shlex
    import subprocess

    try:
        done = subprocess.run([*shlex.split(editor), str(copy)])
        if done.returncode:
            raise UsageError(f"{editor} ended with {done.returncode}: nothing was saved")
        return copy.read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"{editor}: {error}: set EDITOR to an editor that is there") from None


def _wants_to_go_on(problem: str) -> bool:
    """Tell the person at the terminal, and ask; in a script there is nobody to ask."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _say(problem)
    return typer.confirm("Edit it again?", default=True, err=True)


def _is_needless(copy: Path, begun: bytes, path: Path) -> bool:
    """Whether the copy holds nothing of the user's that is not in the file."""
    try:
        content = copy.read_bytes()
        return content == begun or content == path.read_bytes()
    except OSError:
        return False


def _say(line: str) -> None:
    from orchestra_cli.views.clean_text import one_line

    typer.echo(one_line(line), err=True)
