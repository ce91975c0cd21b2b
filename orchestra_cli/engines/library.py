"""llama.cpp itself: loaded late, once, quietly, with threads that yield.

Two choices made on purpose. llama.cpp's OpenMP threads spin while they wait, which on a machine
that does anything else costs most of the speed, and asleep at once they halve it on a quiet one: so
they spin for a short while (docs/performance.md has the figures). The log is kept in memory: its
first error says why a file did not load, and nothing of it belongs on the user's terminal.

A failed assertion inside llama.cpp ends the process, whoever has loaded it: then at least with one
line and the exit code of a model that is not to be had.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from orchestra_cli.errors import ExitCode

_SPINS = "5000"
_ERROR_LEVEL = 4
_STDERR = 2
_log: deque[tuple[int, str]] = deque(maxlen=200)
_file = Path()
"""What is being, or was last, loaded."""


@cache
def load_library() -> ModuleType:
    """The `llama_cpp` module, its log silenced."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # else a failed assertion starts a debugger
    import llama_cpp

    # The C side keeps only the pointer: the cached module keeps the callback alive.
    llama_cpp.orchestra_log_callback = llama_cpp.llama_log_callback(_remember)
    llama_cpp.llama_log_set(llama_cpp.orchestra_log_callback, ctypes.c_void_p(0))
    shared_library("libggml-base").ggml_set_abort_callback(_abort_callback)
    llama_cpp.llama_backend_init()
    module: ModuleType = llama_cpp
    return module


def _remember(level: int, text: bytes, user_data: Any) -> None:
    _log.append((level, text.decode("utf-8", errors="replace").strip()))


def shared_library(stem: str) -> ctypes.CDLL:
    """`libggml` or `libggml-base` as llama.cpp has it: functions that llama-cpp-python lacks.

    Looked up through libllama, which is linked to both: a wheel holds each library in several
    copies, and another copy would have a state of its own. Windows has one, and looks in no other.
    """
    import llama_cpp

    wanted = stem if os.name == "nt" else "libllama"
    folder = Path(str(llama_cpp.__file__)).parent / "lib"
    found = [p for p in folder.iterdir() if p.name.split(".")[0] in (wanted, wanted[3:])]
    return ctypes.CDLL(str(min(found, key=lambda p: len(p.name))))


def _give_up(message: bytes) -> None:
    """Called by C in place of printing a stack; C aborts when it returns."""
    reason = message.decode("utf-8", errors="replace").partition(": ")[2] or "no reason given"
    line = f"orchestra: {_file}: llama.cpp gave up ({reason}): fetch the file again, or another\n"
    os.write(_STDERR, line.encode("utf-8", errors="replace"))
    os._exit(ExitCode.MODEL)


_abort_callback = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(_give_up)


def clear_log(file: Path) -> None:
    """Forget what was logged, so that `first_error` speaks of this file, which is loaded next."""
    global _file
    _file = file
    _log.clear()


def first_error() -> str:
    """The first error logged since `clear_log`, without the function's name; "" if none."""
    errors = [text for level, text in _log if level == _ERROR_LEVEL and text]
    if not errors:
        return ""
    _, separator, reason = errors[0].partition(": ")
    return reason if separator else errors[0]
