"""What standard input holds for a question: nothing, a piped text, or the question itself."""

from __future__ import annotations

import os
import select
import stat
import sys
from typing import Literal

from orchestra_cli.errors import UsageError

WAIT_S = 3.0
"""How long an open pipe may stay silent before it is taken for one that nobody writes to."""
_MAX_BYTES = 64 * 2**20

Reading = Literal["auto", "wait", "ignore"]


def read_piped(reading: Reading) -> tuple[str, str | None]:
    """(the piped text, a note for the user).

    `auto` reads a file or a pipe to its end, but gives up on a pipe that stays silent: an idle
    standard input inherited from a script must not block. `wait` waits for as long as it takes.
    """
    if reading == "ignore" or sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return "", None
    descriptor = sys.stdin.fileno()
    if reading == "auto" and _stays_silent(descriptor):
        return "", "standard input is an open pipe that stayed silent: ignored (--stdin waits)"
    return _read(descriptor), None


def _stays_silent(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    if os.name == "nt" or not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return False
    return not select.select([descriptor], [], [], WAIT_S)[0]


def _read(descriptor: int) -> str:
    raw = bytearray()
    while chunk := os.read(descriptor, 2**16):
        raw += chunk
        if len(raw) > _MAX_BYTES:
            raise UsageError(f"standard input: more than {_MAX_BYTES >> 20} MB: pipe a part of it")
    return raw.decode("utf-8", errors="replace").strip()
