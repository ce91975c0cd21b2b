"""A file of rows: one JSON line each, and perhaps a last one that a kill tore."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.rows import Cell, Row


def cut_torn_line(path: Path) -> None:
    """Remove what follows the last line that is whole."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)


def read_row_file(path: Path) -> list[Row]:
    """All rows but one that is not whole; none where there is no such file."""
    if not path.exists():
        return []
    cells: dict[tuple[str, ...], Cell] = {}
    rows: list[Row] = []
    with _no_garbage_collection(), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                rows.append(_row(line, cells, where=f"{path}: line {number}"))
    return rows


def _row(line: bytes, cells: dict[tuple[str, ...], Cell], *, where: str) -> Row:
    """Rows share their cells: a run has millions of rows and a hundred cells."""
    try:
        values = json.loads(line)
        cell = Cell(**values["cell"])
        values["cell"] = cells.setdefault((cell.policy, cell.profile, cell.variant), cell)
        return Row(**values)
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{where} is no row of an evaluation ({error}): take it out") from None


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Many small objects, none of them garbage: looking for it takes longer than reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
