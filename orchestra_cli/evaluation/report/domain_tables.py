"""The figures by domain, a table for each policy: live suites mix tasks of several kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestra_cli.evaluation.report.columns import COLUMNS, Column
from orchestra_cli.evaluation.report.lines import Line, profiles_of
from orchestra_cli.evaluation.summary import CellSummary, Summary

_KEYS = (
    "accuracy",
    "right_tools",
    "legal_runs",
    "latency_median_s",
    "latency_p95_s",
    "calls",
)
_COLUMNS = tuple(column for key in _KEYS for column in COLUMNS if column.key == key)


@dataclass(frozen=True, slots=True)
class DomainTable:
    """What one policy did under one profile."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def domain_tables(summary: Summary) -> Iterator[DomainTable]:
    """In the order of the cells; none where the summary has no domains."""
    with_profile = len(profiles_of(summary)) > 1
    for cell in summary.cells if summary.domains else ():
        lines = [
            Line(domain or "none", cell.profile, {cell.variant: found}, is_on_front=False)
            for domain, cells in summary.domains.items()
            for found in cells
            if _key(found) == _key(cell)
        ]
        columns = [column for column in _COLUMNS if _has_figure(column, lines)]
        yield DomainTable(
            title=f"{cell.policy} by domain" + (f", profile {cell.profile}" * with_profile),
            headings=("domain", "tasks", *(column.heading for column in columns)),
            rows=tuple(_row(line, columns) for line in lines),
        )


def _key(cell: CellSummary) -> tuple[str, str, str]:
    return cell.policy, cell.profile, cell.variant


def _has_figure(column: Column, lines: Sequence[Line]) -> bool:
    return any(column.number(line) is not None for line in lines)


def _row(line: Line, columns: Sequence[Column]) -> tuple[str, ...]:
    num_tasks = sum(cell.num_tasks for cell in line.cells.values())
    return (line.policy, f"{num_tasks:,}", *(column.text(line) for column in columns))
