"""One task's words and golden calls, written side by side.

The golden calls run while they are written, so that what a later call or the words need of an
earlier result is really in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.values import resolve
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.seed_file import Call, SeedFile
from orchestra_cli.synthesis.wishes import Part, calls_of, execute
from orchestra_cli.synthesis.wording import (
    choose,
    fill,
    mention,
    mentions_in,
    tidy,
    values_filled,
)
from orchestra_cli.synthesis.worlds import World
from tools.base import ToolError

JOINS = (
    "And one more thing:",
    "That is not all:",
    "Besides that:",
    "Then there is something else.",
    "Another thing:",
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a draft is worded."""

    indirect: float = 0.0
    """How likely something is mentioned in words that must be looked up."""
    aside: bool = False


class Writing:
    """Writes one task."""

    def __init__(
        self, seed: SeedFile, world: World, random: Random, style: Style, *, where: str
    ) -> None:
        self._seed = seed
        self._world = world
        self._random = random
        self._style = style
        self._where = where
        self._session = world.domain.open()
        self._mentioned: dict[str, str] = {}
        """The words for each mention of a part; who writes is mentioned for all of them."""
        self._keeps: list[str] = []

    def write(self, parts: Sequence[Part], evolved: Sequence[str]) -> Candidate:
        """The candidate. Raises Dropped."""
        sentences, say = [], list[str]()
        starts = list[int]()
        if opening := self._introduction(parts):
            sentences.append(opening)
        shared = dict(self._mentioned)
        for number, part in enumerate(parts):
            self._mentioned = dict(shared)
            if number:
                sentences.append(self._random.choice(JOINS))
            template = choose(
                self._random.choice(self._seed.intents[part.wish.intent].instructions), self._random
            )
            starts.append(len(self._session.log))
            sentences.append(self._sentence(template, part))
            say += self._fulfil(part)
        if self._style.aside and self._seed.asides:
            sentences.insert(self._random.choice((1, len(sentences))), self._aside())
        sentences.append(choose(self._random.choice(self._seed.closings), self._random))
        return Candidate(
            world=self._world,
            instruction=tidy(" ".join(sentences)),
            actions=tuple(executed.call for executed in self._session.log),
            say=tuple(dict.fromkeys(say)),
            intents=tuple(part.wish.intent for part in parts),
            evolved=tuple(evolved),
            starts=tuple(starts),
            keeps=tuple(dict.fromkeys(self._keeps)),
        )

    def _aside(self) -> str:
        return choose(self._random.choice(self._seed.asides), self._random)

    def _introduction(self, parts: Sequence[Part]) -> str:
        """Who writes, where somebody does; looked up first if that must be."""
        who = self._seed.who
        part = next((part for part in parts if who in part.bound.rows), None)
        if part is None or not self._seed.introductions:
            return ""
        template = choose(self._random.choice(self._seed.introductions), self._random)
        return self._sentence(template, part)

    def _sentence(self, template: str, part: Part) -> str:
        for name in mentions_in(template):
            if name not in self._mentioned:
                self._mention(name, part)
        text = mention(template, lambda name: self._mentioned[name])
        said = self._filled(text, part.bound.names, f"intents.{part.wish.intent}.instructions")
        return said[:1].upper() + said[1:]

    def _mention(self, name: str, part: Part) -> None:
        """Decide on its words, and look it up where they do not hold its id."""
        spec = self._seed.mentions[name]
        if name not in part.bound.names:
            raise UsageError(
                f"{self._where}: intents.{part.wish.intent}: <{name}> is bound to nothing"
            )
        can_choose = bool(spec.direct and spec.indirect)
        indirect = not spec.direct or (can_choose and self._random.random() < self._style.indirect)
        templates = spec.indirect if indirect else spec.direct
        words = choose(self._random.choice(templates), self._random)
        text = self._filled(words, part.bound.names, f"mentions.{name}")
        self._mentioned[name] = text
        if name in part.bound.rows:
            self._require_unambiguous(name, words, text, part)
        if indirect:
            scope = dict(part.bound.names)
            for at, call in enumerate(spec.find):
                place = f"{self._where}: mentions.{name}.find[{at}]"
                self._execute(call, scope, place)

    def _require_unambiguous(self, name: str, words: str, text: str, part: Part) -> None:
        table, key = part.bound.rows[name]
        for other, row in self._session.database[table].items():
            if other == key:
                continue
            try:
                same = fill(words, {**part.bound.names, name: row}) == text
            except ToolError:  # that row has no such field
                continue
            if same:
                raise Dropped(DropReason.AMBIGUOUS, f"{text!r} is {key} or {other}")

    def _fulfil(self, part: Part) -> list[str]:
        """Its calls; what must be said after them."""
        scope = dict(part.bound.names)
        for call, place in calls_of(self._seed, part):
            self._execute(call, scope, f"{self._where}: {place}")
        intent = self._seed.intents[part.wish.intent]
        case = () if part.wish.case is None else intent.cases[part.wish.case].say
        say: list[str] = []
        for value in (*intent.say, *case):
            try:
                resolved = resolve(value, scope)
            except ToolError as error:
                raise UsageError(
                    f"{self._where}: intents.{part.wish.intent}.say: {value}: {error}"
                ) from None
            say += [str(item) for item in (resolved if isinstance(resolved, list) else [resolved])]
        return say

    def _execute(self, call: Call, scope: dict[str, Any], where: str) -> None:
        try:
            execute(call, scope, self._session, where=where)
        except ToolError as error:
            raise Dropped(DropReason.GOLDEN_FAILS, f"{call.name}: {error}") from None

    def _filled(self, text: str, names: Mapping[str, Any], place: str) -> str:
        try:
            self._keeps += values_filled(text, names)
            return fill(text, names)
        except ToolError as error:
            raise UsageError(f"{self._where}: {place}: {text!r}: {error}") from None
