"""Rollouts by actors of a Ray cluster, each with environments and an engine of its own.

An actor that dies is replaced, and its episode goes to another. One that costs two actors their
lives comes back as a group without rollouts, and training goes on with the others. A bug is raised
here. On other machines the same version must be installed and the same files must be there.

From the start to `close` nothing in this process can write on stdout: see `ray_connection`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from orchestra_cli.evaluation.execution.ray_connection import connected, import_ray
from orchestra_cli.training.rollout import Group
from orchestra_cli.training.rollouts.base import Key, RolloutSource

_MOST_DEATHS = 2
OpenSource = Callable[[], RolloutSource]


@dataclass
class _Rolling:
    """One call of `roll` on its way."""

    keys: Sequence[Key]
    waiting: deque[int]
    """Places in `keys`."""
    running: dict[Any, tuple[Any, int]] = field(default_factory=dict)
    """By what is to come: the actor, the place."""
    done: dict[int, Group] = field(default_factory=dict)
    deaths: Counter[int] = field(default_factory=Counter)


class RayRollouts:
    """A `RolloutSource` over as many actors as `workers`, of one processor each."""

    def __init__(
        self, address: str, open_source: OpenSource, *, workers: int, gpus_per_worker: float = 0
    ) -> None:
        """`open_source` is sent to the actors, each of which calls it once. Raises UsageError."""
        self._ray = import_ray()
        self._open = ExitStack()
        self._open.enter_context(connected(self._ray, address, workers=workers))
        self._actor_class = _actor_class(self._ray, gpus_per_worker)
        self._opening = self._ray.put(self._ray.cloudpickle.dumps(open_source))
        self._idle = [self._new_actor() for _ in range(workers)]

    def roll(self, keys: Sequence[Key], *, group_size: int, sampling_seed: int) -> Iterator[Group]:
        """See `RolloutSource`."""
        rolling = _Rolling(keys, deque(range(len(keys))))
        try:
            for place in range(len(keys)):
                while place not in rolling.done:
                    while rolling.waiting and self._idle:
                        self._give(rolling, group_size, sampling_seed)
                    self._hear(rolling)
                yield rolling.done.pop(place)
        finally:
            for actor, _ in rolling.running.values():
                self._replace(actor)

    def close(self) -> None:
        """End the actors; the cluster too, if it was started here."""
        for actor in self._idle:
            self._ray.kill(actor)
        self._idle.clear()
        self._open.close()

    def _give(self, rolling: _Rolling, group_size: int, sampling_seed: int) -> None:
        place, actor = rolling.waiting.popleft(), self._idle.pop()
        coming = actor.roll.remote(rolling.keys[place], group_size, sampling_seed)
        rolling.running[coming] = (actor, place)

    def _hear(self, rolling: _Rolling) -> None:
        (come,), _ = self._ray.wait(list(rolling.running), num_returns=1)
        actor, place = rolling.running[come]
        try:
            rolling.done[place] = self._ray.get(come)
            self._idle.append(actor)
        except self._ray.exceptions.RayActorError:
            self._replace(actor)
            rolling.deaths[place] += 1
            if rolling.deaths[place] < _MOST_DEATHS:
                rolling.waiting.appendleft(place)
            else:
                rolling.done[place] = Group(rolling.keys[place], ())
        del rolling.running[come]

    def _replace(self, actor: Any) -> None:
        self._ray.kill(actor)
        self._idle.append(self._new_actor())

    def _new_actor(self) -> Any:
        return self._actor_class.remote(self._opening)


def _actor_class(ray: Any, gpus: float) -> Any:
    """Made here, since Ray is: a class that Ray sends to its workers as it stands."""

    class RolloutActor:
        def __init__(self, opening: bytes) -> None:
            from orchestra_cli.__main__ import own_packages_first

            own_packages_first()  # Ray puts the driver's folder on the search path
            open_source: OpenSource = ray.cloudpickle.loads(opening)
            self._source = open_source()

        def roll(self, key: Key, group_size: int, sampling_seed: int) -> Group:
            groups = self._source.roll([key], group_size=group_size, sampling_seed=sampling_seed)
            return next(iter(groups))

    return ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0, max_task_retries=0)(RolloutActor)
