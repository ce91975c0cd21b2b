"""Values drawn at random, as a seed declares them; the same `Random` draws the same values.

    { pick = ["a", "b"] }  { pick = "$words" }        one of them
    { sample = [...], count = [0, 3] }                 several of them, none twice
    { int = [1, 9] }  { number = [0.5, 4.0] }          the latter with two decimals
    { date = ["2026-03-01", "2026-03-31"] }            both included
    { time = ["09:00", "17:00"], every_min = 30 }
    { code = "@-###" }                                 @ a capital letter, # a digit
    { chance = 0.2 }                                   true or false
    { row = "books", where = [["$row.copies", ">", 0]] }   the key of a row drawn before
    { rows = "books", count = [1, 3] }                 several keys
Whatever else stands there is resolved as a domain's tools resolve it (`values.resolve`).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from orchestra_cli.evaluation.domains.database import Tables
from orchestra_cli.evaluation.domains.values import Scope, holds, resolve
from tools.base import ToolError


class CannotDrawError(Exception):
    """There is nothing to draw from, or what stands there is no way to draw."""


def draw(value: Any, random: Random, scope: Scope, tables: Tables) -> Any:
    """What stands there, with all that is random in it drawn. Raises CannotDrawError."""
    if isinstance(value, list):
        return [draw(item, random, scope, tables) for item in value]
    if not isinstance(value, dict):
        return _resolved(value, scope)
    kind = next((kind for kind in DRAWS if kind in value), None)
    if kind is None:
        if len(value) == 1 and next(iter(value)).startswith("$"):
            return _resolved(value, scope)
        return draw_fields(value, random, scope, tables)
    if wrong := sorted(set(value) - {kind, *_OPTIONS.get(kind, ())}):
        raise CannotDrawError(f"{kind} does not take {wrong[0]}")
    try:
        return DRAWS[kind](value, random, scope, tables)
    except (TypeError, ValueError, LookupError) as error:
        raise CannotDrawError(f"{kind} = {value[kind]!r}: {error}") from None


def draw_fields(
    fields: Mapping[str, Any], random: Random, scope: Scope, tables: Tables
) -> dict[str, Any]:
    """One after the other: a field may refer to those before it."""
    drawn: dict[str, Any] = {}
    for name, value in fields.items():
        drawn[name] = draw(value, random, {**scope, **drawn}, tables)
    return drawn


def is_draw(value: Mapping[str, Any]) -> bool:
    """Whether the table says how to draw a value."""
    return any(kind in value for kind in DRAWS)


def fill_code(pattern: str, random: Random) -> str:
    """`@-##` → `K-07`"""
    letters = {"@": string.ascii_uppercase, "#": string.digits}
    return "".join(random.choice(letters.get(char, char)) for char in pattern)


def _resolved(value: Any, scope: Scope) -> Any:
    try:
        return resolve(value, scope)
    except ToolError as error:
        raise CannotDrawError(f"{value}: {error}") from None


def _choices(value: Any, scope: Scope) -> Sequence[Any]:
    choices = _resolved(value, scope) if isinstance(value, str) else value
    if not isinstance(choices, list) or not choices:
        raise CannotDrawError(f"{value}: is no list with something in it")
    return [_resolved(choice, scope) for choice in choices]


def _pick(value: Any, random: Random, scope: Scope, _: Tables) -> Any:
    return random.choice(_choices(value["pick"], scope))


def _sample(value: Any, random: Random, scope: Scope, _: Tables) -> Any:
    return _several(_choices(value["sample"], scope), value, random)


def _several(choices: Sequence[Any], value: Any, random: Random) -> list[Any]:
    least, most = value.get("count", [1, len(choices)])
    number = random.randint(least, most)
    return random.sample(choices, min(number, len(choices)))


def _int(value: Any, random: Random, scope: Scope, _: Tables) -> int:
    least, most = (_resolved(bound, scope) for bound in value["int"])
    return random.randint(least, most)


def _number(value: Any, random: Random, scope: Scope, _: Tables) -> float:
    least, most = (round(100 * _resolved(bound, scope)) for bound in value["number"])
    return random.randint(least, most) / 100


def _date(value: Any, random: Random, scope: Scope, _: Tables) -> str:
    first, last = (date.fromisoformat(_resolved(day, scope)) for day in value["date"])
    return (first + timedelta(days=random.randint(0, (last - first).days))).isoformat()


def _time(value: Any, random: Random, scope: Scope, _: Tables) -> str:
    first, last = (_minutes(_resolved(time, scope)) for time in value["time"])
    minutes = random.choice(range(first, last + 1, value.get("every_min", 30)))
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


def _row(value: Any, random: Random, scope: Scope, tables: Tables) -> str:
    return random.choice(_keys(value["row"], value, scope, tables))


def _rows(value: Any, random: Random, scope: Scope, tables: Tables) -> list[str]:
    return _several(_keys(value["rows"], value, scope, tables), value, random)


def _keys(table: str, value: Any, scope: Scope, tables: Tables) -> list[str]:
    where = value.get("where", [])
    keys = [key for key, row in tables[table].items() if meets(where, {**scope, "row": row})]
    if not keys:
        raise CannotDrawError(f"{table} has no such row")
    return keys


def meets(conditions: Sequence[Any], scope: Scope) -> bool:
    """Whether all of them hold; one about what is not there does not."""
    try:
        return all(holds(tuple(condition), scope) for condition in conditions)
    except ToolError:
        return False


_Draw = Callable[[Any, Random, Scope, Tables], Any]
DRAWS: dict[str, _Draw] = {
    "pick": _pick,
    "sample": _sample,
    "int": _int,
    "number": _number,
    "date": _date,
    "time": _time,
    "code": lambda value, random, *_: fill_code(value["code"], random),
    "chance": lambda value, random, *_: random.random() < value["chance"],
    "row": _row,
    "rows": _rows,
}
_OPTIONS: dict[str, tuple[str, ...]] = {
    "sample": ("count",),
    "time": ("every_min",),
    "row": ("where",),
    "rows": ("where", "count"),
}
