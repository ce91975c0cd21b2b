"""Workers in processes of their own on this machine.

They are spawned, not forked: llama.cpp and threads do not survive a fork. Each has one pipe to the
driver, so a worker that is killed breaks its own pipe and nothing else; another takes its place.
"""

from __future__ import annotations

import multiprocessing
import pickle
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait

from orchestra_cli.evaluation.execution.base import Backlog, Batch, Done, OpenBench
from orchestra_cli.evaluation.execution.interrupts import (
    interrupt_held_back,
    interrupt_not_inherited,
)
from orchestra_cli.evaluation.execution.worker_start import start_worker

_GRACE_S = 5.0
"""How long a worker may take to stop: to the next token of a model, or the next call."""


class ProcessExecutor:
    """An `Executor` whose workers are processes."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, backlog: Backlog, open_bench: OpenBench) -> None:
        """See `Executor`."""
        crew = _Crew(backlog, pickle.dumps(open_bench), most=self.workers)
        try:
            crew.work()
            crew.dismiss()
        except BaseException:
            crew.interrupt()
            raise
        finally:
            crew.kill()


class _Worker:
    """A process, the driver's end of its pipe, and the batches it has: the first is at work."""

    def __init__(self, opening: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=start_worker, args=(theirs, opening), daemon=True)
        with interrupt_not_inherited():
            self.process.start()
        theirs.close()
        self.batches: deque[Batch] = deque()

    def give(self, batch: Batch) -> None:
        """To be run after those that it has."""
        self.batches.append(batch)
        self._send(batch)

    def let_go(self) -> None:
        """There will be no more batches."""
        self._send(None)

    def _send(self, batch: Batch | None) -> None:
        with suppress(OSError):  # a worker that is gone is noticed when its pipe is read
            self.connection.send(batch)

    def receive(self) -> Done | None:
        """What came of its first batch; None where it is dead."""
        try:
            done = self.connection.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        assert isinstance(done, Done)
        return done

    def bury(self) -> None:
        """Leave no zombie and no open pipe."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


class _Crew:
    """The workers of a run."""

    def __init__(self, backlog: Backlog, opening: bytes, *, most: int) -> None:
        self._backlog = backlog
        self._opening = opening
        self._most = most
        self._workers: dict[Connection, _Worker] = {}

    def work(self) -> None:
        """Until nothing is left and nothing is out."""
        while self._has_work():
            self._hear()

    def _has_work(self) -> bool:
        with interrupt_held_back():
            self._feed()
        return any(worker.batches for worker in self._workers.values())

    def dismiss(self) -> None:
        """Nothing is left: let them close what they hold."""
        for worker in self._workers.values():
            worker.let_go()
        give_up_at = time.monotonic() + _GRACE_S
        for worker in self._workers.values():
            worker.process.join(max(0.0, give_up_at - time.monotonic()))

    def interrupt(self) -> None:
        """Have them stop at once, and save what they have finished."""
        for worker in self._workers.values():
            worker.process.terminate()
            worker.let_go()
        give_up_at = time.monotonic() + _GRACE_S
        while self._workers and (left_s := give_up_at - time.monotonic()) > 0:
            self._hear(timeout_s=left_s, is_ending=True)

    def kill(self) -> None:
        """Whoever is left."""
        for worker in self._workers.values():
            worker.bury()
        self._workers.clear()

    def _feed(self) -> None:
        """A batch for everybody before anybody gets a second."""
        workers = list(self._workers.values())
        for worker in workers:
            if not worker.batches and not self._give(worker):
                return
        while len(self._workers) < self._most and (batch := self._backlog.take()):
            worker = _Worker(self._opening)
            self._workers[worker.connection] = worker
            worker.give(batch)
        for worker in workers:
            if len(worker.batches) == 1 and not self._give(worker, ahead=True):
                return

    def _give(self, worker: _Worker, *, ahead: bool = False) -> bool:
        batch = self._backlog.take(ahead=ahead)
        if batch is None:
            return False
        worker.give(batch)
        return True

    def _hear(self, *, timeout_s: float | None = None, is_ending: bool = False) -> None:
        for connection in wait(list(self._workers), timeout=timeout_s):
            assert isinstance(connection, Connection)
            worker = self._workers[connection]
            with interrupt_held_back():
                done = worker.receive()
                if done is None:
                    self._bury(worker, is_ending=is_ending)
                    continue
                if is_ending:  # something else has ended the run already
                    done = replace(done, error=None)
                self._backlog.finish(worker.batches.popleft(), done)

    def _bury(self, worker: _Worker, *, is_ending: bool) -> None:
        """It is dead: others get what it had."""
        del self._workers[worker.connection]
        worker.bury()
        if worker.batches and not is_ending:
            self._backlog.lose(worker.batches.popleft())
        for batch in worker.batches:
            self._backlog.put_back(batch)
