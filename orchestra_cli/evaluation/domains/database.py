"""A domain's database: JSON tables, and the draft in which one call reads and changes them.

    {"orders": {"#1": {"status": "pending", "items": […]}}}      table → key → row

A row handed out by a draft is a copy. What a call did to its copies counts only once the call has
succeeded, so a tool that fails half-way changes nothing, and opening a database copies no rows.
"""

from __future__ import annotations

import copy
import gzip
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError
from tools.base import ToolError

Row = dict[str, Any]
Tables = Mapping[str, Mapping[str, Row]]
Entry = tuple[str, str]
"""A table and a key in it."""

_TOLERANCE = 1e-6
"""Sums of money differ by their rounding, never by a cent."""


class Draft:
    """What one call sees of the database, and what it makes of it."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.rows: dict[Entry, Row | None] = {}
        """Every entry that was touched, as it is now; None where it was deleted."""

    def row(self, table: str, key: object, *, error: str | None = None) -> Row:
        """This row, to read or to change; `error` is what the policy is told where none is."""
        name = _as_key(key)
        if not self.has(table, name):
            raise ToolError(error or f"there is no {name!r} in {table}")
        row = self.rows.get((table, name))
        if row is None:
            row = self.rows[table, name] = copy.deepcopy(self._tables[table][name])
        return row

    def has(self, table: str, key: object) -> bool:
        """Whether the row is there."""
        name = _as_key(key)
        if (table, name) in self.rows:
            return self.rows[table, name] is not None
        return name in self._tables[table]

    def scan(self, table: str) -> Iterator[tuple[str, Row]]:
        """Every row with its key, only to look at: a row that is wanted is then asked for."""
        for key, row in self._tables[table].items():
            current = self.rows.get((table, key), row)
            if current is not None:
                yield key, current
        for (name, key), added in tuple(self.rows.items()):
            if name == table and added is not None and key not in self._tables[table]:
                yield key, added

    def insert(self, table: str, key: object, row: Row, *, error: str | None = None) -> Row:
        """A new row."""
        name = _as_key(key)
        if self.has(table, name):
            raise ToolError(error or f"{name!r} is in {table} already")
        self.rows[table, name] = row
        return row

    def delete(self, table: str, key: object, *, error: str | None = None) -> None:
        """Take the row out."""
        self.row(table, key, error=error)
        self.rows[table, _as_key(key)] = None


def _as_key(key: object) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    raise ToolError(f"a key is text, not {type(key).__name__}")


def difference(one: object, other: object, *, where: str = "") -> str | None:
    """Where two JSON values differ first, in words; None where they are the same.

    The order of keys does not count, nor does the last digit of a float.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            place = f"{where}/{key}"
            if key not in one or key not in other:
                return f"{place} is {'absent' if key not in one else 'there'}"
            if found := difference(one[key], other[key], where=place):
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        found_in = (difference(a, b, where=f"{where}/{i}") for i, (a, b) in pairs)
        return next((found for found in found_in if found), None)
    if _equal(one, other):
        return None
    return f"{where} is {_shown(one)}, not {_shown(other)}"


def _equal(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        if not isinstance(one, int | float) or not isinstance(other, int | float):
            return False
        try:
            return math.isclose(one, other, rel_tol=1e-9, abs_tol=_TOLERANCE)
        except OverflowError:  # a whole number beyond every float
            return False
    return one == other


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def load_database(path: Path) -> Tables:
    """The tables in a .json or .json.gz file."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        return as_tables(json.loads(content), where=str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError, RecursionError):
        raise UsageError(f"{path}: not JSON: a database is tables of rows by their key") from None


def as_tables(data: object, *, where: str) -> Tables:
    """The data, if it is tables of rows."""
    if not isinstance(data, dict):
        raise UsageError(f"{where}: a database is an object of tables")
    for table, rows in data.items():
        if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
            raise UsageError(f"{where}: {table}: a table is an object of rows by their key")
    return data
