"""How many calls a provider gets at a time, whichever of its models they are for.

Process-wide: evaluation and training run many questions at once through the same endpoints.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

MAX_CONCURRENT = 8
_POLL_S = 0.05

_lock = threading.Lock()
_in_use: dict[str, int] = {}


@contextmanager
def provider_turn(
    address: str, *, most: int, deadline: float, cancelled: threading.Event
) -> Iterator[bool]:
    """One of the provider's places, once there is one; False where the time ran out first."""
    taken = _take(address, most)
    while not taken and time.monotonic() < deadline and not cancelled.wait(_POLL_S):
        taken = _take(address, most)
    try:
        yield taken
    finally:
        if taken:
            with _lock:
                _in_use[address] -= 1


def _take(address: str, most: int) -> bool:
    with _lock:
        if _in_use.get(address, 0) >= most:
            return False
        _in_use[address] = _in_use.get(address, 0) + 1
        return True
