"""Where a spawned worker begins: nothing but the standard library is imported before our own."""

from __future__ import annotations

from multiprocessing.connection import Connection


def start_worker(connection: Connection, opening: bytes) -> None:
    """A spawned process has the driver's search path, but none of its modules."""
    from orchestra_cli.__main__ import own_packages_first

    own_packages_first()
    from orchestra_cli.evaluation.execution.worker_process import work

    work(connection, opening)
