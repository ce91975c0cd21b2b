"""The rows for a person or for a program.

A person on a terminal gets colours and wrapped text, a pipe the same rows as plain aligned lines:
one for what was found and, where something is to be done, one for the fix.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from orchestra_cli.doctor.row import Row, Status, count, exit_code

if TYPE_CHECKING:
    from rich.table import Table

SCHEMA_VERSION = 1
_COLOURS = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
}
_FIX = "fix: "


def render_lines(rows: Sequence[Row]) -> list[str]:
    """Aligned lines without colour."""
    labels = [(str(row.status), row.group, row.name) for row in rows]
    widths = [max(map(len, column), default=0) for column in zip(*labels, strict=True)]
    lines = []
    for row, label in zip(rows, labels, strict=True):
        start = "  ".join(cell.ljust(width) for cell, width in zip(label, widths, strict=True))
        lines.append(f"{start}  {row.found}".rstrip())
        if row.fix:
            lines.append(f"{' ' * len(start)}  {_FIX}{row.fix}")
    return [*lines, summary(rows)]


def render_table(rows: Sequence[Row]) -> Table:
    """The same for a terminal: texts wrap inside their column."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=1, overflow="fold")
    for row in rows:
        colour = _COLOURS[row.status]
        label = (Text(str(row.status), colour), Text(row.group, "dim"), Text(row.name))
        table.add_row(*label, Text(row.found))
        if row.fix:
            table.add_row("", "", "", Text.assemble((_FIX, colour), (row.fix, "cyan")))
    return table


def summary(rows: Sequence[Row]) -> str:
    """Such as: 14 ok, 2 warning, 0 failed, 1 skipped."""
    return ", ".join(f"{number} {status}" for status, number in count(rows).items())


def to_json(rows: Sequence[Row]) -> dict[str, Any]:
    """The document of --json; docs/doctor.md has its schema."""
    return {
        "schema_version": SCHEMA_VERSION,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "orchestra_version": _own_version(),
        "exit_code": int(exit_code(rows)),
        "counts": {str(status): number for status, number in count(rows).items()},
        "checks": [_row_to_json(row) for row in rows],
    }


def dump_json(rows: Sequence[Row], *, ascii_only: bool) -> str:
    """As text."""
    return json.dumps(to_json(rows), ensure_ascii=ascii_only, indent=2)


def _row_to_json(row: Row) -> dict[str, Any]:
    return {
        "group": row.group,
        "name": row.name,
        "status": str(row.status),
        "found": row.found,
        "fix": row.fix or None,
        "figures": dict(row.figures),
    }


def _own_version() -> str | None:
    try:
        return version("orchestra-cli")
    except PackageNotFoundError:
        return None
