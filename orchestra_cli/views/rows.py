"""Rows of a terminal: text cut or wrapped to the width that the console has when it renders.

A row is a `Text` without a line break; none is ever wider than the console. Untrusted text comes
here clean and becomes `Text`, never markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.cells import chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

_TAIL_CHARACTERS = 1024


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows built for a width; `fit_height` drops the first ones that the screen has no room for."""

    build: Callable[[int], list[Text]]
    fit_height: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = self.build(options.max_width)
        if self.fit_height:
            rows = rows[-max(1, options.size.height - 1) :]
        for row in rows:
            row.no_wrap = True
            row.overflow = "ellipsis"
            yield row


def flow(pieces: Iterable[Text], width: int, *, gap: str = " ") -> list[Text]:
    """The pieces side by side, in as many rows as the width asks for; no piece is broken."""
    rows: list[Text] = []
    for piece in pieces:
        if rows and rows[-1].cell_len + len(gap) + piece.cell_len <= width:
            rows[-1].append(gap).append_text(piece)
        else:
            # Into an empty row: as its base the piece's style would colour all that follows.
            rows.append(Text().append_text(piece))
    return rows


def beside(left: list[Text], right: list[Text], width: int, *, gap: str = "  ") -> list[Text]:
    """Two blocks on one row where they fit, else one under the other, the second indented."""
    if len(left) == len(right) == 1:
        return indent_after_first(flow([*left, *right], width, gap=gap))
    return left + indent(right, "  ")


def wrap(text: str, width: int, *, style: str = "", max_rows: int | None = None) -> list[Text]:
    """Prose in rows, broken between words; the last row shows where it was cut."""
    width = max(2, width)
    words = [part for word in text.split() for part in chop_cells(word, width)]
    rows = flow((Text(word) for word in words), width)
    if max_rows is not None and len(rows) > max_rows:
        rows = rows[:max_rows]
        rows[-1].truncate(width - 1)
        rows[-1].append("…")
    for row in rows:
        row.style = style
    return rows


def tail(text: str, width: int, *, style: str = "", max_rows: int) -> list[Text]:
    """The last rows of text that is still growing."""
    # Windows start at fixed places: were they to slide, every new word would wrap all of them anew.
    start = max(0, (len(text) // _TAIL_CHARACTERS - 1) * _TAIL_CHARACTERS)
    lines = [line for line in text[start:].split("\n") if line.strip()][-max_rows:]
    return [row for line in lines for row in wrap(line, width, style=style)][-max_rows:]


def indent(rows: list[Text], space: str) -> list[Text]:
    """The rows moved to the right."""
    return [Text(space) + row for row in rows]


def indent_after_first(rows: list[Text], space: str = "  ") -> list[Text]:
    """The rows with a hanging indent."""
    return rows[:1] + indent(rows[1:], space)
