"""Workers as actors of a Ray cluster: the processors of this machine, or of many.

Each actor opens a bench of its own and gets batches as it finishes them. Where an actor or its node
dies, others take over: what it was at runs once more, what was queued behind that as if new. A new
actor takes its place as soon as the cluster has room for one.

The actors import this package, and whatever a bench needs, from their own Python: on other machines
the same version must be installed, and the files that the configuration names must be there too.
"""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import replace
from typing import Any

from orchestra_cli.errors import OrchestraError
from orchestra_cli.evaluation.execution.base import Backlog, Batch, Bench, Done, OpenBench
from orchestra_cli.evaluation.execution.batches import MAX_BATCH_S
from orchestra_cli.evaluation.execution.interrupts import interrupt_held_back
from orchestra_cli.evaluation.execution.ray_connection import LOCAL, connected, import_ray

_START_S = 120.0
_MOST_FAILED_STARTS = 5
_LAST_WORDS_S = 2 * MAX_BATCH_S
"""An actor cannot be interrupted: a batch that ends within this time is saved, others are lost."""


class RayExecutor:
    """An `Executor` whose workers are actors, of one processor each."""

    def __init__(self, address: str, workers: int | None = None) -> None:
        """None is as many workers as the cluster has processors."""
        self._ray = import_ray()
        self._address = address
        self.workers = workers or self._processors()

    def run(self, backlog: Backlog, open_bench: OpenBench) -> None:
        """See `Executor`."""
        with connected(self._ray, self._address, workers=self.workers):
            crew = _Crew(self._ray, backlog, open_bench, most=self.workers)
            try:
                crew.work()
            except BaseException:
                crew.hear_last_words()
                raise
            finally:
                crew.dismiss()

    def _processors(self) -> int:
        if self._address == LOCAL:
            return os.cpu_count() or 1
        with connected(self._ray, self._address, workers=None):
            return max(1, int(self._ray.cluster_resources().get("CPU", 1)))


class _Actor:
    """A handle, the sign that it has started, and the batches it has: the first is at work."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.start = handle.start.remote()
        self.is_ready = False
        self.batches: deque[tuple[Any, Batch]] = deque()

    @property
    def awaited(self) -> Any:
        """What is to come of it next; None where it is idle."""
        if not self.is_ready:
            return self.start
        return self.batches[0][0] if self.batches else None

    def give(self, batch: Batch) -> None:
        """To be run after those that it has."""
        self.batches.append((self.handle.run.remote(batch), batch))


class _Crew:
    """The actors of a run."""

    def __init__(self, ray: Any, backlog: Backlog, open_bench: OpenBench, *, most: int) -> None:
        self._ray = ray
        self._backlog = backlog
        self._actor_class = _actor_class(ray)
        self._opening = ray.put(ray.cloudpickle.dumps(open_bench))
        self._most = most
        self._actors: list[_Actor] = []
        self._failed_starts = 0

    def work(self) -> None:
        """Until nothing is left and nothing is out."""
        idle_since = time.monotonic()
        while self._has_work():
            if self._hear(timeout_s=1.0) or any(actor.batches for actor in self._actors):
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > _START_S:
                raise OrchestraError(
                    f"no worker has started on the Ray cluster within {_START_S:.0f} s: "
                    "does it have a processor free (`ray status`)?"
                )

    def hear_last_words(self) -> None:
        """Save what is finished now, or very soon."""
        give_up_at = time.monotonic() + _LAST_WORDS_S
        self._actors = [actor for actor in self._actors if actor.batches]
        while self._actors and (left_s := give_up_at - time.monotonic()) > 0:
            self._hear(timeout_s=left_s, is_ending=True)
            self._actors = [actor for actor in self._actors if actor.batches]

    def dismiss(self) -> None:
        """Let the benches of idle ones close, and end them all."""
        idle = [actor for actor in self._actors if actor.is_ready and not actor.batches]
        closing = [actor.handle.close.remote() for actor in idle]
        if closing:
            self._ray.wait(closing, num_returns=len(closing), timeout=_LAST_WORDS_S)
        for actor in self._actors:
            self._ray.kill(actor.handle)
        self._actors.clear()

    def _has_work(self) -> bool:
        """Hand out what there is. Where all who are ready are idle, there is no more."""
        with interrupt_held_back():
            self._start()
            self._feed()
        ready = [actor for actor in self._actors if actor.is_ready]
        return any(actor.batches for actor in ready) or bool(self._actors and not ready)

    def _start(self) -> None:
        """No more than there are jobs for."""
        starting = sum(not actor.is_ready for actor in self._actors)
        missing = min(self._most - len(self._actors), self._backlog.left - starting)
        for _ in range(missing):
            self._actors.append(_Actor(self._actor_class.remote(self._opening)))

    def _feed(self) -> None:
        """A batch for everybody before anybody gets a second."""
        for queued in range(2):
            for actor in self._actors:
                if actor.is_ready and len(actor.batches) == queued:
                    batch = self._backlog.take(ahead=bool(queued))
                    if batch is None:
                        return
                    actor.give(batch)

    def _hear(self, *, timeout_s: float, is_ending: bool = False) -> bool:
        awaited = {actor.awaited: actor for actor in self._actors if actor.awaited is not None}
        come, _ = self._ray.wait(list(awaited), num_returns=1, timeout=timeout_s)
        for each in come:
            with interrupt_held_back():
                self._attend(awaited[each], is_ending=is_ending)
        return bool(come)

    def _attend(self, actor: _Actor, *, is_ending: bool) -> None:
        try:
            result = self._ray.get(actor.awaited)
        except (
            self._ray.exceptions.RayError
        ) as error:  # it died, its node did, or its words got lost
            self._bury(actor, error, is_ending=is_ending)
            return
        if not actor.is_ready:
            actor.is_ready = True
            self._failed_starts = 0
            return
        done: Done = replace(result, error=None) if is_ending else result
        self._backlog.finish(actor.batches.popleft()[1], done)

    def _bury(self, actor: _Actor, error: Exception, *, is_ending: bool) -> None:
        """Others get what it had."""
        self._actors.remove(actor)
        self._ray.kill(actor.handle)
        if not actor.is_ready:
            self._failed_starts += 1
            if self._failed_starts >= _MOST_FAILED_STARTS:
                raise OrchestraError(f"workers do not start on the Ray cluster: {error}")
        if actor.batches and not is_ending:
            self._backlog.lose(actor.batches.popleft()[1])
        for _, batch in actor.batches:
            self._backlog.put_back(batch)


def _actor_class(ray: Any) -> Any:
    """Made here, since Ray is: a class that Ray sends to its workers as it stands."""

    class BenchActor:
        def __init__(self, opening: bytes) -> None:
            from orchestra_cli.__main__ import own_packages_first

            own_packages_first()  # Ray puts the driver's folder on the search path
            from orchestra_cli.evaluation.execution import batches

            def open_bench() -> Bench:
                opens: OpenBench = ray.cloudpickle.loads(opening)
                return opens()

            self._portable = batches.portable
            self._runner = batches.BatchRunner(open_bench)

        def start(self) -> None:
            """Answered as soon as there is an actor."""

        def run(self, batch: Batch) -> Done:
            return self._portable(self._runner.run(batch))

        def close(self) -> None:
            self._runner.close()

    return ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(BenchActor)
