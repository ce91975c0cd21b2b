"""Drafts of tasks: wishes bound one after the other, then written in a style."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.database import Entry
from orchestra_cli.evaluation.domains.domain import Session
from orchestra_cli.synthesis.binding import Binder, Bound
from orchestra_cli.synthesis.candidate import Candidate
from orchestra_cli.synthesis.drawing import CannotDrawError
from orchestra_cli.synthesis.seed_file import SeedFile, shared_words
from orchestra_cli.synthesis.wishes import Part, Wish, calls_of, case_that_holds, execute
from orchestra_cli.synthesis.worlds import World
from orchestra_cli.synthesis.writing import Style, Writing
from tools.base import ToolError


class Drafter:
    """Drafts tasks of a seed in one world."""

    def __init__(self, seed: SeedFile, world: World, random: Random, *, where: str) -> None:
        self._seed = seed
        self._world = world
        self._random = random
        self._where = where
        self._words: dict[str, Any] = {**shared_words(), **seed.words}

    def bind(self, wish: Wish, before: Sequence[Part] = ()) -> Part | None:
        """The wish about something that is there once those before it are fulfilled."""
        session = self._world.domain.open()
        for part in before:
            try:
                self._run(part, session)
            except ToolError:
                return None
        intent = self._seed.intents[wish.intent]
        taken = frozenset(entry for part in before for entry in self._free(part))
        binder = Binder(session.database, self._words, self._random, taken)
        start = self._who_of(before, session)
        try:
            bound = binder.bind(intent.bind, (), start) if wish.case is None else None
            if wish.case is not None:
                bound = self._bind_case(binder, wish, start)
        except CannotDrawError as error:
            raise UsageError(f"{self._where}: intents.{wish.intent}.bind: {error}") from None
        return None if bound is None else Part(wish, bound)

    def write(self, parts: Sequence[Part], style: Style, *, evolved: Sequence[str]) -> Candidate:
        """The candidate. Raises Dropped."""
        writing = Writing(self._seed, self._world, self._random, style, where=self._where)
        return writing.write(parts, evolved)

    def _bind_case(self, binder: Binder, wish: Wish, start: Bound) -> Bound | None:
        intent, number = self._seed.intents[wish.intent], wish.case or 0
        for _ in range(8):
            bound = binder.bind(intent.bind, intent.cases[number].when, start)
            if bound is None or case_that_holds(intent.cases, bound) == number:
                return bound
        return None

    def _run(self, part: Part, session: Session) -> None:
        scope = dict(part.bound.names)
        for call, place in calls_of(self._seed, part):
            execute(call, scope, session, where=f"{self._where}: {place}")

    def _free(self, part: Part) -> frozenset[Entry]:
        who = self._seed.who
        return part.bound.chosen - {row for name, row in part.bound.rows.items() if name == who}

    def _who_of(self, before: Sequence[Part], session: Session) -> Bound:
        who = self._seed.who
        for part in before:
            if who is not None and who in part.bound.rows:
                table, key = part.bound.rows[who]
                if key in session.database[table]:
                    row = session.database[table][key]
                    return Bound().plus(who, row, (table, key), is_free=True)
        return Bound()
