"""The databases that a seed's tasks live in: drawn tables, and the same tables full of lookalikes.

A lookalike shares with a real row what a person would go by (a family name, a title) and differs in
all else, so whoever takes the first match acts on the wrong one. A crowded world holds every row of
its plain one, unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.database import Row
from orchestra_cli.evaluation.domains.domain import Domain
from orchestra_cli.evaluation.domains.domain_file import DomainFile, build_domain
from orchestra_cli.evaluation.domains.values import resolve
from orchestra_cli.synthesis.drawing import CannotDrawError, draw_fields, fill_code
from orchestra_cli.synthesis.seed_file import Entries, SeedFile, shared_words
from tools.base import ToolError

_TRIES_A_ROW = 40

Drawn = dict[str, dict[str, Row]]


@dataclass(frozen=True, slots=True)
class World:
    """A domain with a database of its own."""

    name: str
    file: DomainFile
    domain: Domain


@dataclass(frozen=True, slots=True)
class WorldPair:
    """One database, plain and crowded."""

    plain: World
    crowded: World | None
    """None where the seed has no lookalikes."""


def make_worlds(seed: SeedFile, number: int, *, seed_number: int, where: str) -> WorldPair:
    """The seed's world of that number. Raises UsageError where nothing can be drawn."""
    random = Random(f"{seed_number}/{seed.name}/{number}")
    tables = _draw_tables(seed, random, where=where)
    plain = _world(seed, f"{seed.name}-{number}", tables, where=where)
    if not any(entries.lookalike for entries in seed.entries.values()):
        return WorldPair(plain, None)
    crowd = _crowded(seed, random, tables)
    return WorldPair(plain, _world(seed, f"{seed.name}-{number}-crowded", crowd, where=where))


def _world(seed: SeedFile, name: str, tables: Drawn, *, where: str) -> World:
    file = DomainFile(name=seed.name, policy=seed.policy, tables=tables, tools=seed.tools)
    return World(name, file, build_domain(file, tables=tables, where=where))


def _draw_tables(seed: SeedFile, random: Random, *, where: str) -> Drawn:
    tables: Drawn = {name: dict(seed.tables.get(name, {})) for name in seed.table_names}
    for name, entries in seed.entries.items():
        wanted = random.randint(*entries.count)
        place = f"{where}: entries.{name}"
        for _ in range(wanted):
            _add_row(name, entries, seed, random, tables, place=place)
        least = entries.count[0]
        if len(tables[name]) < least:
            raise UsageError(
                f"{place}: only {len(tables[name])} rows can be drawn that differ in key and "
                f"{', '.join(entries.unique) or 'nothing else'}: lower count or give more words"
            )
    return tables


def _add_row(
    name: str,
    entries: Entries,
    seed: SeedFile,
    random: Random,
    tables: Drawn,
    *,
    place: str,
    shared: dict[str, Any] | None = None,
) -> None:
    """One more row, if one can be found that is not there; `shared` fields are as they are."""
    for _ in range(_TRIES_A_ROW):
        try:
            key, row = _draw_row(entries, seed, random, tables, shared or {})
        except CannotDrawError as error:
            raise UsageError(f"{place}: {error}") from None
        if _is_new(key, row, entries, tables[name]):
            tables[name][key] = row
            return


def _draw_row(
    entries: Entries, seed: SeedFile, random: Random, tables: Drawn, shared: dict[str, Any]
) -> tuple[str, Row]:
    scope: dict[str, Any] = {**shared_words(), **seed.words}
    is_code = "{" not in entries.key
    if is_code:
        scope["key"] = fill_code(entries.key, random)
    row = draw_fields({**entries.row, **shared}, random, scope, tables)
    if is_code:
        return scope["key"], row
    try:
        return str(resolve(entries.key, row)), row
    except ToolError as error:
        raise CannotDrawError(f"key {entries.key}: {error}") from None


def _is_new(key: str, row: Row, entries: Entries, rows: dict[str, Row]) -> bool:
    if key in rows:
        return False
    mine = [row.get(field) for field in entries.unique]
    return not entries.unique or all(
        mine != [other.get(field) for field in entries.unique] for other in rows.values()
    )


def _crowded(seed: SeedFile, random: Random, tables: Drawn) -> Drawn:
    crowd = {name: dict(rows) for name, rows in tables.items()}
    for name, entries in seed.entries.items():
        if not entries.lookalike:
            continue
        for row in tables[name].values():
            shared = {field: row[field] for field in entries.lookalike}
            _add_row(name, entries, seed, random, crowd, place=name, shared=shared)
    return crowd
