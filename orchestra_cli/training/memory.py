"""Keeping freed memory for the next step: what the system takes back must be cleared page by page
again, which costs more than the step itself where memory is scarce."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_BYTES = 1 << 30


def keep_freed_memory() -> None:
    """Tell glibc's allocator so; elsewhere nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, 2 * _BYTES - 1)
