"""What was asked and answered, one JSON line each, kept the moment it is there.

Lines are only ever added, each of them whole: a line that a crash tore is cut off before the next
is written. What stands in the file is never asked again.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.row_file import cut_torn_line
from tools.base import JsonObject


class Ledger:
    """A file of answers by key; any thread may add one."""

    def __init__(self, path: Path) -> None:
        """Reads what is there. Raises UsageError where it is no such file."""
        self._path = path
        self._lock = threading.Lock()
        cut_torn_line(path)
        self._answers = _read(path)

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    def get(self, key: str) -> JsonObject | None:
        """The answer, where it is there."""
        return self._answers.get(key)

    def add(self, key: str, answer: JsonObject) -> None:
        """Keep it, on the disk before this returns."""
        line = json.dumps({"key": key, **answer}, ensure_ascii=False) + "\n"
        with self._lock:
            with self._path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
            self._answers[key] = answer


def key_of(*parts: object) -> str:
    """Of all that an answer depends on."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> dict[str, JsonObject]:
    if not path.exists():
        return {}
    answers: dict[str, JsonObject] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            values = json.loads(line)
            answers[values.pop("key")] = values
        except (ValueError, LookupError, TypeError, AttributeError):
            raise UsageError(
                f"{path}: line {number}: is no answer that was kept: take the line out"
            ) from None
    return answers
