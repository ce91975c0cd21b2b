"""Policies that ask one expert, whose answer ends the run: the one with the highest score.

What sets them apart is the scores alone: fixed ones (a named expert, the cheapest, the strongest),
a coin's, the oracle's, or what a router expects (`router`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestra_cli.evaluation.policies.asking import Experts, own_time
from orchestra_cli.policy import Decision, State, Task


class Scores(Protocol):
    """How much each expert is wanted for a task."""

    def of(self, task: Task) -> Sequence[float]:
        """In the order of the experts."""
        ...


@dataclass(slots=True)
class OneCall:
    """A `Policy`; where the best expert is not offered, the best that is."""

    name: str
    experts: Experts
    scores: Scores
    answers_itself = True
    ends_at_answer = True

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """Without a thought; nothing where nobody can be paid for."""
        yield from ()
        began_s = time.perf_counter()
        expert = self.experts.best(self.scores.of(state.task), state)
        if expert is None:
            return Decision(usage=(own_time(began_s),))
        return self.experts.ask(expert, began_s=began_s)


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same for every task."""

    scores: tuple[float, ...]

    def of(self, task: Task) -> Sequence[float]:
        """Whatever the task is."""
        return self.scores


@dataclass(frozen=True, slots=True)
class Coin:
    """Drawn for each task, the same in every run with the same seed."""

    num_experts: int
    seed: int

    def of(self, task: Task) -> Sequence[float]:
        """Uniform, by the task's id."""
        chance = chance_of(task, self.seed)
        return [chance.random() for _ in range(self.num_experts)]


@dataclass(frozen=True, slots=True)
class PerTask:
    """What was looked up beforehand, by task id."""

    by_task: Mapping[str, tuple[float, ...]]
    otherwise: tuple[float, ...]

    def of(self, task: Task) -> Sequence[float]:
        """For a task that nobody knows, as always."""
        return self.by_task.get(task.id, self.otherwise)


def chance_of(task: Task, seed: int) -> random.Random:
    """The dice of one task; a task without an id is told by its question."""
    return random.Random(f"{seed}:{task.id or task.question}")
