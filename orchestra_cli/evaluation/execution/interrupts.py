"""Ctrl-C between two steps, not within one: no result is half received or half saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_held_back() -> Iterator[None]:
    """An interrupt that comes meanwhile, by Ctrl-C or a polite kill, is raised at the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # interrupts are the main thread's
        return
    came: list[signal.Signals] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        came.append(signal.Signals(number))

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    held = [number for number, handler in before.items() if callable(handler)]
    for number in held:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number in held:
            signal.signal(number, before[number])
    if came:
        signal.raise_signal(came[0])


class Interruptible:
    """A signal that interrupts what is done `with` this, and elsewhere only asks for an end."""

    def __init__(self, number: signal.Signals) -> None:
        self.is_asked = False
        self._is_within = False
        self._number = number
        self._is_mine = threading.current_thread() is threading.main_thread()
        if self._is_mine:  # else it is somebody else's to raise
            self._before = signal.signal(number, self._ask)

    def give_up(self) -> None:
        """Let the signal do what it did before."""
        if self._is_mine:
            signal.signal(self._number, self._before)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        if self._is_within:
            self._is_within = False
            raise KeyboardInterrupt

    def __enter__(self) -> None:
        self._is_within = True
        if self.is_asked:
            raise KeyboardInterrupt

    def __exit__(self, *_: object) -> None:
        self._is_within = False


@contextmanager
def interrupt_not_inherited() -> Iterator[None]:
    """Processes started meanwhile do not see a Ctrl-C: whoever started them stops them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
