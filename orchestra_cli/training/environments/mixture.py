"""Several environments as one, each with its share of the episodes.

The schedule is fixed when the mixture is made: shares hold to within one episode, an environment's
tasks come in shuffled passes, none again before all have come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random

from orchestra_cli.training.environment import Environment, Episode
from orchestra_cli.training.rollouts.base import Key


class Mixture:
    """An `Environment`; `key` says whose task stands at an index."""

    name = "mixture"

    def __init__(
        self,
        environments: Sequence[Environment],
        shares: Mapping[str, float],
        *,
        size: int,
        schedule_seed: int = 0,
    ) -> None:
        """`shares` by an environment's name, in any unit; one that is not named has none."""
        self.environments = {environment.name: environment for environment in environments}
        if unknown := set(shares) - set(self.environments):
            raise ValueError(f"shares: no environment is called {sorted(unknown)[0]!r}")
        rng = Random(f"{self.name}/{schedule_seed}")
        schedule = [
            (name, index)
            for name, count in _counts(shares, size).items()
            for index in islice(_passes(len(self.environments[name]), rng), count)
        ]
        rng.shuffle(schedule)
        self._schedule = schedule

    def __len__(self) -> int:
        return len(self._schedule)

    def key(self, index: int, *, seed: int) -> Key:
        """The episode at `index`, as its own environment numbers it."""
        return (*self._schedule[index], seed)

    def episode(self, index: int, *, seed: int) -> Episode:
        """That episode."""
        name, inner = self._schedule[index]
        return self.environments[name].episode(inner, seed=seed)


def _counts(shares: Mapping[str, float], size: int) -> dict[str, int]:
    """Whole numbers that are `size` in sum, by the largest remainders."""
    total = sum(shares.values())
    if not total > 0 or min(shares.values()) < 0:
        raise ValueError("shares: must be 0 or more, and not all 0")
    exact = {name: size * share / total for name, share in shares.items()}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: size - sum(counts.values())]:
        counts[name] += 1
    return counts


def _passes(length: int, rng: Random) -> Iterator[int]:
    """All indices in a drawn order, again and again."""
    if not length:
        raise ValueError("an environment with a share has no task")
    while True:
        yield from rng.sample(range(length), k=length)
