"""The summary as a CSV table: a line for each policy, profile and variant; numbers unrounded.

A figure with a confidence interval has two more columns, `…_low` and `…_high`. What is not known
is empty. Calls have a column for each expert.
"""

from __future__ import annotations

import csv
import io

from orchestra_cli.evaluation.report.columns import COLUMNS, Column
from orchestra_cli.evaluation.report.lines import SEEN
from orchestra_cli.evaluation.summary import CellSummary, Interval, Summary

_KEYS = ("policy", "profile", "variant", "num_tasks", "num_failed", "num_unjudged")


def render_csv(summary: Summary) -> str:
    """The text of the file."""
    written = {*_KEYS, "calls"}
    columns = [each for each in COLUMNS if each.variant == SEEN and each.key not in written]
    experts = sorted({name for cell in summary.cells for name in cell.calls})
    with_range = {column.key for column in columns if _has_range(column, summary)}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    headings = [name for column in columns for name in _headings(column, with_range)]
    writer.writerow([*_KEYS, *headings, *(f"calls {name}" for name in experts)])
    for cell in summary.cells:
        figures = [number for column in columns for number in _numbers(column, cell, with_range)]
        calls = [cell.calls.get(name, 0.0) for name in experts]
        writer.writerow([*(getattr(cell, key) for key in _KEYS), *figures, *calls])
    return out.getvalue()


def _has_range(column: Column, summary: Summary) -> bool:
    return any(isinstance(column.figure(cell), Interval) for cell in summary.cells)


def _headings(column: Column, with_range: set[str]) -> list[str]:
    if column.key not in with_range:
        return [column.key]
    return [column.key, f"{column.key}_low", f"{column.key}_high"]


def _numbers(column: Column, cell: CellSummary, with_range: set[str]) -> list[float | None]:
    figure = column.figure(cell)
    if isinstance(figure, Interval):
        return [figure.value, figure.low, figure.high]
    return [figure, None, None] if column.key in with_range else [figure]
