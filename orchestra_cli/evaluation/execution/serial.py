"""Here, one job after the other, in the process of the command itself."""

from __future__ import annotations

import signal

from orchestra_cli.evaluation.execution.base import Backlog, OpenBench
from orchestra_cli.evaluation.execution.batches import BatchRunner
from orchestra_cli.evaluation.execution.interrupts import Interruptible


class SerialExecutor:
    """An `Executor` without workers."""

    workers = 1

    def run(self, backlog: Backlog, open_bench: OpenBench) -> None:
        """See `Executor`."""
        stopping = Interruptible(signal.SIGINT)
        runner = BatchRunner(open_bench, interruptible=stopping)
        try:
            while batch := backlog.take():
                done = runner.run(batch)
                backlog.finish(batch, done)
                if done.is_interrupted:
                    raise KeyboardInterrupt
        finally:
            stopping.give_up()
            runner.close()
