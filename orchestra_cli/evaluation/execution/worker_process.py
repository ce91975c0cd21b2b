"""A worker process's side: batches come through its pipe, and what came of them goes back.

It hears of an end in three ways: None instead of a batch, the end of the pipe when the process that
started it is gone, and SIGTERM, which interrupts the job at hand like a Ctrl-C. (The Ctrl-C itself
goes to every process of a terminal; it is for the driver alone to act on.) Nothing is interrupted
while a result is on its way into the pipe. stdout is never touched.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import threading
from multiprocessing.connection import Connection

from orchestra_cli.evaluation.execution.base import Batch, Bench, Done, OpenBench
from orchestra_cli.evaluation.execution.batches import BatchRunner, portable
from orchestra_cli.evaluation.execution.interrupts import Interruptible


def work(connection: Connection, opening: bytes) -> None:
    """Until there is no more to do. `opening` is an `OpenBench`, pickled."""

    def open_bench() -> Bench:
        opens: OpenBench = pickle.loads(opening)
        return opens()

    os.set_inheritable(connection.fileno(), False)  # a child that outlived us would hide our end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stopping = Interruptible(signal.SIGTERM)
    inbox = _Inbox(connection)
    runner = BatchRunner(open_bench, interruptible=stopping)
    try:
        while not stopping.is_asked and (batch := inbox.get()):
            done = runner.run(batch)
            _send(connection, done)
            if done.is_interrupted or done.error:
                break
    finally:
        runner.close()


class _Inbox:
    """Batches as they come, read in a thread: the driver never waits for a worker to read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def get(self) -> Batch | None:
        """The next one; None when there will be none."""
        return self._batches.get()

    def _read(self) -> None:
        try:
            while batch := self._connection.recv():
                self._batches.put(batch)
        except (EOFError, OSError):
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGTERM)  # nobody is there to pay for more
        self._batches.put(None)


def _send(connection: Connection, done: Done) -> None:
    try:
        connection.send(portable(done))
    except OSError:  # the driver is gone
        return
