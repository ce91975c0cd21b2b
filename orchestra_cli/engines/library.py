"""llama.cpp itself: loaded late, once, quietly, with threads that yield.

Two choices made on purpose. llama.cpp's OpenMP threads spin while they wait, which on a machine
that does anything else costs most of the speed; passive waiting loses little on a quiet one
(docs/performance.md has both figures). The log is kept in memory: its first error says why a file
did not load, and nothing of it belongs on the user's terminal.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from functools import cache
from types import ModuleType
from typing import Any

_ERROR_LEVEL = 4
_log: deque[tuple[int, str]] = deque(maxlen=200)


@cache
def load_library() -> ModuleType:
    """The `llama_cpp` module, its log silenced."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # else a failed assertion starts a debugger
    import llama_cpp

    # The C side keeps only the pointer: the cached module keeps the callback alive.
    llama_cpp.orchestra_log_callback = llama_cpp.llama_log_callback(_remember)
    llama_cpp.llama_log_set(llama_cpp.orchestra_log_callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    module: ModuleType = llama_cpp
    return module


def _remember(level: int, text: bytes, user_data: Any) -> None:
    _log.append((level, text.decode("utf-8", errors="replace").strip()))


def clear_log() -> None:
    """Forget what was logged, so that `first_error` speaks of what comes next."""
    _log.clear()


def first_error() -> str:
    """The first error logged since `clear_log`, without the function's name; "" if none."""
    errors = [text for level, text in _log if level == _ERROR_LEVEL and text]
    if not errors:
        return ""
    _, separator, reason = errors[0].partition(": ")
    return reason if separator else errors[0]
