"""The watch over one connection: the deadline, a cancel and silence all end it at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal

_WATCH_EVERY_S = 0.05

_FIRST_BYTES_PATIENCE = 5
"""How many stall timeouts the first bytes may take: a hosted model may think unseen, and a CPU may
read a long prompt, for minutes before either says anything."""


class Watch:
    """Shuts a connection down once its reader may wait no longer.

    httpx takes its timeouts when a request starts and cannot be stopped in the middle of a read.
    """

    def __init__(self, deadline: float, cancelled: threading.Event, stall_timeout_s: float) -> None:
        self._deadline = deadline
        self._cancelled = cancelled
        self._stall_timeout_s = stall_timeout_s
        self.patience_s = stall_timeout_s * _FIRST_BYTES_PATIENCE
        self._silent_after = time.monotonic() + self.patience_s
        self._socket: socket.socket | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="endpoint-watch", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def remaining_s(self) -> float:
        return max(0.001, self._deadline - time.monotonic())

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore tells of its connection here: the plain one, then the one inside TLS."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    def rest(self) -> None:
        """The server has spoken; a reader that takes its time is no silence."""
        self._silent_after = float("inf")

    def wait(self) -> None:
        """The server's turn again."""
        self.patience_s = self._stall_timeout_s
        self._silent_after = time.monotonic() + self.patience_s

    def reason(self) -> Literal["cancelled", "deadline", "stall"] | None:
        """Why the reader may wait no longer."""
        now = time.monotonic()
        if self._cancelled.is_set():
            return "cancelled"
        if now >= self._deadline:
            return "deadline"
        return "stall" if now >= self._silent_after else None

    def _run(self) -> None:
        while not self._over.wait(_WATCH_EVERY_S):
            connection = self._socket
            if connection is not None and self.reason() is not None:
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
