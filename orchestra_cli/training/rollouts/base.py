"""The seam to whatever lets the policy under training conduct episodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from orchestra_cli.training.environment import Environment
from orchestra_cli.training.rollout import Group

Key = tuple[str, int, int]
"""(environment, index, seed): an episode, the same in any process."""
Environments = Mapping[str, Environment]
"""By name."""
OpenEnvironments = Callable[[], Environments]
"""For workers elsewhere, which make their own."""


class RolloutSource(Protocol):
    """In the process, behind an endpoint, or on a cluster."""

    def roll(self, keys: Sequence[Key], *, group_size: int, sampling_seed: int) -> Iterator[Group]:
        """A group of each episode, in the order of the keys, drawn at temperature 1.

        A run that fails is a rollout without metrics; what is drawn depends on `sampling_seed`.
        """
        ...

    def close(self) -> None:
        """Release engines and workers."""
        ...
