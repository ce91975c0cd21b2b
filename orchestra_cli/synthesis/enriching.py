"""What an expert adds to the tasks of generators; each of its texts goes through the same door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from orchestra_cli.synthesis.asking import Question
from orchestra_cli.synthesis.candidate import Candidate, Dropped
from orchestra_cli.synthesis.generating import Made
from orchestra_cli.synthesis.ledger import Ledger
from orchestra_cli.synthesis.proposing import proposals, proposing_question
from orchestra_cli.synthesis.rewording import rewording_question, rewordings

_TASKS_A_PROPOSAL = 10
"""A question for new tasks for so many that are there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, and how its reply is read."""

    question: Question
    read: Callable[[str], Iterator[Candidate | Dropped]]
    intents: tuple[str, ...] = ()


def wanted_of(made: Made, *, seed_number: int) -> list[Wanted]:
    """Every task in other words, and new tasks in each world."""
    candidates = list(made.candidates.values())
    wanted = [_rewording(candidate) for candidate in candidates]
    worlds = list(made.worlds.values())
    for number in range(-(-len(candidates) // _TASKS_A_PROPOSAL)):
        world = worlds[number % len(worlds)]
        examples = [each for each in candidates if each.world.name == world.name]
        random = Random(f"{seed_number}/{made.seed.name}/propose/{number}")
        wanted.append(_proposing(world_examples=examples, random=random))
    return wanted


def add_replies(made: Made, wanted: Sequence[Wanted], ledger: Ledger, *, model: str) -> None:
    """What was answered, in the order of the questions; what was not changes nothing."""
    for each in wanted:
        answer = ledger.get(each.question.key(model))
        for found in each.read(str(answer["reply"])) if answer else ():
            if isinstance(found, Dropped):
                made.drop(found, each.intents)
            else:
                made.add(found)


def _rewording(candidate: Candidate) -> Wanted:
    return Wanted(
        rewording_question(candidate),
        lambda reply: rewordings(candidate, reply),
        candidate.intents,
    )


def _proposing(*, world_examples: list[Candidate], random: Random) -> Wanted:
    world = world_examples[0].world
    return Wanted(
        proposing_question(world, world_examples, random), lambda reply: proposals(world, reply)
    )
