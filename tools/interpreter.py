"""What the `python` tool's backends share: the seam to an interpreter, and its bounded output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

_MAX_OUTPUT_CHARS = 19_500  # below the toolbox's own cut, so that no text is cut twice
GRACE_S = 0.5
"""What an interpreter may take beyond its own limit before it is killed."""
MONTY_MODULES = (
    "base64, binascii, bisect, collections, copy, csv, dataclasses, datetime, decimal, functools, "
    "hashlib, itertools, json, math, random, re, time, tomllib, typing, unicodedata"
)
STATE_LOST = "The interpreter was started afresh: variables and functions defined before are gone."


class CappedOutput:
    """Text of any length of which only the beginning and the end are held."""

    def __init__(self, *, max_chars: int = _MAX_OUTPUT_CHARS) -> None:
        self._half = max_chars // 2
        self._head = ""
        self._tail = ""
        self._num_cut_chars = 0

    def write(self, text: str) -> None:
        """Add text at the end."""
        room = self._half - len(self._head)
        self._head += text[:room]
        self._tail += text[room:]
        surplus = len(self._tail) - self._half
        if surplus > 0:
            self._tail = self._tail[surplus:]
            self._num_cut_chars += surplus

    def text(self) -> str:
        """What is held, with a line where something is missing."""
        if not self._num_cut_chars:
            return self._head + self._tail
        return f"{self._head}\n[… {self._num_cut_chars} characters cut …]\n{self._tail}"


class Interpreter(Protocol):
    """What runs programs. Its calls come one at a time, each from a thread of its own."""

    def run(self, code: str, output: CappedOutput, *, stopped: Callable[[], bool]) -> str | None:
        """Run it and return the last expression's value as text, None where there is no value."""
        ...

    def close(self) -> None:
        """Give back all that it holds."""
        ...


def stopped_text(timeout_s: float | None) -> str:
    """Why a program was stopped; None where the run, not the tool's time limit, ended it."""
    if timeout_s is None:
        return "Stopped: the run was cancelled or its time is over"
    return f"TimeoutError: the program was stopped after {timeout_s:g} s"
