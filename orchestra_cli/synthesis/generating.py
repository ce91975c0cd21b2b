"""A domain's tasks, made from its seed until there are enough; the same for the same number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.evolving import variants, wishes
from orchestra_cli.synthesis.seed_file import SeedFile
from orchestra_cli.synthesis.verifying import verify
from orchestra_cli.synthesis.worlds import World, WorldPair, make_worlds

_WISHES_A_WORLD = 12
"""Each makes four tasks at most; then comes another database."""
_WISHES_A_TASK = 6
"""Wishes that are tried until a seed counts as exhausted."""


@dataclass(slots=True)
class Made:
    """What has come of a domain so far."""

    seed: SeedFile
    worlds: dict[str, World] = field(default_factory=dict)
    """By name: those that a task lives in."""
    candidates: dict[str, Candidate] = field(default_factory=dict)
    """By digest: those that were verified, in their order."""
    dropped: Counter[DropReason] = field(default_factory=Counter)
    dropped_by_intent: Counter[str] = field(default_factory=Counter)
    examples: dict[DropReason, str] = field(default_factory=dict)
    """The first of each reason, in words."""

    def add(self, candidate: Candidate) -> EvalTask | None:
        """Verify it and keep it; None if it is dropped."""
        try:
            if candidate.digest in self.candidates:
                raise Dropped(DropReason.DUPLICATE, candidate.instruction)
            task = verify(candidate)
        except Dropped as dropped:
            self.drop(dropped, candidate.intents)
            return None
        self.candidates[candidate.digest] = candidate
        self.worlds[candidate.world.name] = candidate.world
        return task

    def drop(self, dropped: Dropped, intents: tuple[str, ...] = ()) -> None:
        """Count it."""
        self.dropped[dropped.reason] += 1
        self.examples.setdefault(dropped.reason, str(dropped))
        self.dropped_by_intent.update(intents)

    @property
    def tasks(self) -> Iterator[EvalTask]:
        """All, in their order."""
        return (candidate.as_task() for candidate in self.candidates.values())


def generate(seed: SeedFile, num_tasks: int, *, seed_number: int, where: str) -> Made:
    """At most so many verified tasks; fewer are the first of more.

    Raises UsageError where nothing can be drawn.
    """
    made = Made(seed)
    pairs: dict[int, WorldPair] = {}
    order = wishes(seed, Random(f"{seed_number}/{seed.name}/wishes"))
    most = _WISHES_A_TASK * num_tasks + 10 * len(seed.intents)
    for number, wish in zip(range(most), order, strict=False):
        random = Random(f"{seed_number}/{seed.name}/task/{number}")
        at = number // _WISHES_A_WORLD + 1
        if at not in pairs:
            pairs = {at: make_worlds(seed, at, seed_number=seed_number, where=where)}
        for tried in variants(seed, wish, pairs[at], random, where=where):
            if tried.dropped is not None:
                made.drop(tried.dropped, (wish.intent,))
            elif tried.candidate is not None:
                made.add(tried.candidate)
            if len(made.candidates) == num_tasks:
                return made
    if not made.candidates:
        why = next(iter(made.examples.values()), "no intent finds the rows that it needs")
        raise UsageError(f"{where}: no task passes: {why}")
    return made
