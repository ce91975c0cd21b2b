"""Files as people keep them: a subject, facts about it in somebody's words, and other sentences.

A question asks for one fact in other words than the file has; the query is what a good searcher
would type. Files of one task are about different subjects, so only one holds the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from orchestra_cli.training.tool_tasks.gaps import draw_slots
from orchestra_cli.training.tool_tasks.slots import Draw, Said
from orchestra_cli.training.tool_tasks.template import filled, spun


@dataclass(frozen=True, slots=True)
class Sum:
    """A question that takes a fact's figure and a calculation."""

    slots: str
    asks: str
    code: str
    answers: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a file says; `{v}` is what is asked for."""

    slots: str
    says: str
    asks: str
    query: str
    answer: str = "{v}"
    """The phrase as the file has it."""
    sums: Sequence[Sum] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A sort of file."""

    slots: str
    """What it is about."""
    files: str
    titles: str
    facts: Sequence[Fact]
    others: str
    """Sentences that nobody asks for."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file with the values of its facts."""

    name: str
    text: str
    values: Mapping[str, Said]
    """Of its subject."""
    facts: Mapping[int, Mapping[str, Said]]
    """By a fact's place in its paper: its values, the subject's included."""


def write_paper(paper: Paper, draw: Draw, *, must_have: int | None = None) -> Written:
    """A file; some of the facts are in it, that at `must_have` for certain."""
    rng = draw.rng
    subject = draw_slots(paper.slots, draw)
    held = _held(len(paper.facts), must_have, rng)
    facts = {at: subject | draw_slots(paper.facts[at].slots, draw) for at in held}
    sentences = [_said(paper.facts[at].says, values, rng) for at, values in facts.items()]
    others = [line.strip() for line in paper.others.strip().splitlines()]
    for other in rng.sample(others, k=rng.randint(1, min(4, len(others)))):
        sentences.append(_said(other, subject, rng))
    rng.shuffle(sentences)
    title = _capital(_filled(spun(paper.titles, rng), subject))
    name = _filled(spun(paper.files, rng), subject).lower().replace(" ", "_")
    return Written(name, _laid_out(title, sentences, rng), subject, facts)


def _held(count: int, must_have: int | None, rng: Random) -> list[int]:
    places = rng.sample(range(count), k=min(count, rng.randint(3, 6)))
    return places if must_have is None or must_have in places else [must_have, *places[1:]]


def _laid_out(title: str, sentences: Sequence[str], rng: Random) -> str:
    form = rng.randrange(4)
    if form == 0:
        return "\n".join([f"# {title}", "", *(f"- {each}" for each in sentences)]) + "\n"
    if form == 1:
        middle = len(sentences) // 2
        parts = (" ".join(sentences[:middle]), " ".join(sentences[middle:]))
        return f"{title}\n\n{parts[0]}\n\n{parts[1]}\n"
    return f"{title}\n\n{' '.join(sentences)}\n"


def _said(text: str, values: Mapping[str, Said], rng: Random) -> str:
    return _capital(_filled(spun(text, rng), values))


def _filled(text: str, values: Mapping[str, Said]) -> str:
    return filled(text, {name: each.text for name, each in values.items()})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
