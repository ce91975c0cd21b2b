"""What a wish is about: rows of the database as it is by then, and values drawn for it.

Bindings are tried in their order, rows in a random one; where a later binding finds nothing, the
one before it takes its next row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from orchestra_cli.evaluation.domains.database import Entry, Tables
from orchestra_cli.evaluation.domains.values import resolve
from orchestra_cli.synthesis.drawing import CannotDrawError, draw, meets
from tools.base import ToolError

_DRAWS = 6
"""Of a value, until the binding before it is asked for another row."""
_MOST_TRIES = 3_000


@dataclass(frozen=True, slots=True)
class Bound:
    """Names with what they stand for, and the rows among it."""

    names: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Entry] = field(default_factory=dict)
    chosen: frozenset[Entry] = frozenset()
    """Rows that were chosen freely: another wish takes others."""

    def plus(self, name: str, value: Any, entry: Entry | None, *, is_free: bool) -> Bound:
        """With one more."""
        rows = {**self.rows, name: entry} if entry else dict(self.rows)
        chosen = self.chosen | {entry} if entry and is_free else self.chosen
        return Bound({**self.names, name: value}, rows, chosen)


@dataclass(slots=True)
class Binder:
    """Binds over one database."""

    tables: Tables
    words: Mapping[str, Any]
    random: Random
    taken: frozenset[Entry] = frozenset()
    """Rows that another wish is about."""
    _tries: int = 0

    def bind(
        self, wanted: Mapping[str, Mapping[str, Any]], when: Sequence[Any], start: Bound
    ) -> Bound | None:
        """All names, so that `when` holds; None where that cannot be. Raises CannotDrawError."""
        return self._bind(list(wanted.items()), when, start)

    def _bind(
        self, wanted: list[tuple[str, Mapping[str, Any]]], when: Sequence[Any], bound: Bound
    ) -> Bound | None:
        if not wanted:
            return bound if meets(when, bound.names) else None
        (name, spec), *rest = wanted
        if name in bound.names:
            if not meets(spec.get("where", ()), bound.names):
                return None
            return self._bind(rest, when, bound)
        for candidate in self._candidates(name, spec, bound):
            self._tries += 1
            if self._tries > _MOST_TRIES:
                return None
            if meets(spec.get("where", ()), candidate.names):
                found = self._bind(rest, when, candidate)
                if found is not None:
                    return found
        return None

    def _candidates(self, name: str, spec: Mapping[str, Any], bound: Bound) -> Iterator[Bound]:
        if "row" in spec:
            yield from self._rows(name, spec, bound)
            return
        how = {key: value for key, value in spec.items() if key != "where"}
        for _ in range(_DRAWS):
            value = draw(how, self.random, {**self.words, **bound.names}, self.tables)
            yield bound.plus(name, value, None, is_free=False)

    def _rows(self, name: str, spec: Mapping[str, Any], bound: Bound) -> Iterator[Bound]:
        table = str(spec["row"])
        rows = self.tables[table]
        if "key" in spec:
            key = self._key(spec["key"], bound)
            if key in rows:
                yield bound.plus(name, rows[key], (table, key), is_free=False)
            return
        for key in self.random.sample(list(rows), len(rows)):
            if (table, key) not in self.taken and (table, key) not in bound.rows.values():
                yield bound.plus(name, rows[key], (table, key), is_free=True)

    def _key(self, reference: Any, bound: Bound) -> str:
        try:
            return str(resolve(reference, bound.names))
        except ToolError as error:
            raise CannotDrawError(f"key {reference}: {error}") from None
