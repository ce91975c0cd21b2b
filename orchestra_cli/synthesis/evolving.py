"""From a wish to the tasks that it makes: as it is, and harder in four ways.

look-ups       things are named in words, and their ids must be found first
lookalikes     the same, among rows that look like the right ones, with a remark off the point
combined       two or three wishes of one person
condition      "if it is lent, reserve it": an intent with cases, and which holds is to be seen
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from orchestra_cli.synthesis.candidate import Candidate, Dropped
from orchestra_cli.synthesis.drafting import Drafter
from orchestra_cli.synthesis.seed_file import SeedFile
from orchestra_cli.synthesis.wishes import Part, Wish
from orchestra_cli.synthesis.worlds import WorldPair
from orchestra_cli.synthesis.writing import Style

_DIRECT = Style()
_MIXED = Style(indirect=0.5)
_INDIRECT = Style(indirect=1.0)
_CROWDED = Style(indirect=1.0, aside=True)
_BINDINGS = 12
"""Wishes that are tried for a second one."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate, or why there is none."""

    candidate: Candidate | None
    dropped: Dropped | None = None


def wishes(seed: SeedFile, random: Random) -> Iterator[Wish]:
    """All intents in a drawn order, again and again, each time with their next case."""
    names = random.sample(list(seed.intents), len(seed.intents))
    for round_ in count():
        for name in names:
            cases = seed.intents[name].cases
            yield Wish(name, round_ % len(cases) if cases else None)


def variants(
    seed: SeedFile, wish: Wish, pair: WorldPair, random: Random, *, where: str
) -> Iterator[Tried]:
    """The task, then its harder variants, which belong to its family."""
    drafter = Drafter(seed, pair.plain, random, where=where)
    part = drafter.bind(wish)
    if part is None:
        return
    condition = () if wish.case is None else ("condition",)
    plain = _tried(drafter, (part,), _DIRECT, condition)
    yield plain
    family = plain.candidate.digest if plain.candidate else ""
    evolved: list[tuple[Drafter, tuple[Part, ...], Style, tuple[str, ...]]] = [
        (drafter, (part,), _INDIRECT, ("look-ups", *condition))
    ]
    if pair.crowded is not None:
        crowded = Drafter(seed, pair.crowded, random, where=where)
        evolved.append((crowded, (part,), _CROWDED, ("lookalikes", *condition)))
    if len(several := _several(seed, drafter, part, random)) > 1:
        evolved.append((drafter, several, _MIXED, ("combined", *_conditions(several))))
    for draft in evolved:
        tried = _tried(*draft)
        if tried.candidate is not None and family:
            yield Tried(replace(tried.candidate, family=family))
        else:
            yield tried


def _tried(
    drafter: Drafter, parts: tuple[Part, ...], style: Style, evolved: tuple[str, ...]
) -> Tried:
    try:
        return Tried(drafter.write(parts, style, evolved=evolved))
    except Dropped as dropped:
        return Tried(None, dropped)


def _several(seed: SeedFile, drafter: Drafter, part: Part, random: Random) -> tuple[Part, ...]:
    """The wish and one or two others of the same person."""
    if not seed.intents[part.wish.intent].combine:
        return (part,)
    wanted, parts = random.choice((2, 2, 3)), [part]
    for _, wish in zip(range(_BINDINGS), _others(seed, part, random), strict=False):
        if len(parts) == wanted:
            break
        if wish.intent not in {part.wish.intent for part in parts}:
            other = drafter.bind(wish, parts)
            if other is not None:
                parts.append(other)
    return tuple(parts)


def _others(seed: SeedFile, part: Part, random: Random) -> Iterator[Wish]:
    """Wishes that somebody who has that wish may have too."""
    is_somebodys = seed.who in part.bound.rows
    names = [
        name
        for name, intent in seed.intents.items()
        if intent.combine and name != part.wish.intent and (seed.who in intent.bind) >= is_somebodys
    ]
    for name in random.sample(names, len(names)):
        cases = seed.intents[name].cases
        yield Wish(name, random.randrange(len(cases)) if cases else None)


def _conditions(parts: tuple[Part, ...]) -> tuple[str, ...]:
    return ("condition",) if any(part.wish.case is not None for part in parts) else ()
