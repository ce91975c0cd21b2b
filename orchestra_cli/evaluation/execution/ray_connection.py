"""The way to a Ray cluster: one that runs, or one that is started here for a single run."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError

LOCAL = "local"
"""The address of a cluster that is started here and ends with the run."""
_CONNECT_S = 5.0


@contextmanager
def connected(ray: Any, address: str, *, workers: int | None) -> Iterator[None]:
    """Quietly: no dashboard, no usage report, and nothing of Ray's on stdout or stderr.

    It writes of every worker that died on stdout, whatever it is told; so nothing in this process
    can write there meanwhile.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    own = {"include_dashboard": False, "num_cpus": workers} if address == LOCAL else {}
    try:
        _check_listening(address)
        with _sigterm_kept():
            ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **own)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"--ray {address}: {reason}: start a cluster (`ray start --head`) and give its "
            f"address, host:port, or `{LOCAL}`"
        ) from error
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        try:
            yield
        finally:
            ray.shutdown()


def _check_listening(address: str) -> None:
    """Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Ray's handler would end the process before the rows of the moment are saved."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def import_ray() -> Any:
    """The library, which an extra installs."""
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise UsageError('--ray needs Ray: pip install "orchestra-cli[ray]"') from None
