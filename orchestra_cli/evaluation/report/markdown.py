"""The summary as a Markdown page: tables that read well as plain text too.

Names from files are shown as they are: what Markdown or HTML would act on is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from orchestra_cli.evaluation.figures.published_route_llm import PublishedRouter
from orchestra_cli.evaluation.report.columns import Column, columns_of
from orchestra_cli.evaluation.report.curves_table import (
    CURVE_GUIDE,
    CURVE_HEADINGS,
    CURVE_TITLE,
    curve_rows,
)
from orchestra_cli.evaluation.report.domain_tables import domain_tables
from orchestra_cli.evaluation.report.experts_table import (
    EXPERT_HEADINGS,
    JUDGE_HEADINGS,
    expert_rows,
    judge_rows,
)
from orchestra_cli.evaluation.report.headlines import headlines
from orchestra_cli.evaluation.report.lines import Line, lines_of, profiles_of
from orchestra_cli.evaluation.report.pairs import (
    PAIR_GUIDE,
    PAIR_HEADINGS,
    pair_rows,
    pair_title,
    published_sources,
)
from orchestra_cli.evaluation.summary import Summary
from orchestra_cli.views.clean_text import clean_text, one_line

_ACTIVE = re.compile(r"([\\`*_\[\]|<>&#~])")


def render_markdown(summary: Summary, *, published: Sequence[PublishedRouter] = ()) -> str:
    """The text of the file."""
    lines = lines_of(summary)
    columns = columns_of(lines)
    parts = [
        *_head(summary),
        *_guide(columns),
        *_policies(summary, lines, columns),
        *_domains(summary),
        *_curves(summary),
        *_pairs(summary, published),
        *_section("Experts and prices", EXPERT_HEADINGS, expert_rows(summary)),
        *_section("Judges", JUDGE_HEADINGS, judge_rows(summary)),
        *_notes(summary),
        *_command(summary),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _head(summary: Summary) -> Iterator[str]:
    split = f", {escape(summary.split)} rows" if summary.split else ""
    yield f"# {escape(summary.suite)}"
    yield ""
    yield f"{summary.num_tasks:,} tasks{split}."
    yield ""


def _guide(columns: Sequence[Column]) -> Iterator[str]:
    yield "## How to read it"
    yield ""
    yield (
        "Each line is one policy: a way to choose who answers. All of them saw the same tasks and "
        "paid the same prices. ± is half of a 95% confidence interval over the tasks. A policy in "
        "**bold** stands on the front: no other is as accurate for as little money. The oracle "
        "knows who will be right: it is a bound, not a policy that can be used. – is not known."
    )
    yield ""
    yield from (f"- {column.heading}: {column.meaning}" for column in columns)
    yield ""


def _policies(summary: Summary, lines: Sequence[Line], columns: Sequence[Column]) -> Iterator[str]:
    profiles = profiles_of(summary)
    for profile in profiles:
        yield "## Policies" + (f" under the profile {escape(profile)}" if len(profiles) > 1 else "")
        yield ""
        for finding in headlines(summary, profile):
            yield f"- {finding.title}: **{escape(finding.policy)}**, {finding.figures}"
        yield ""
        rows = [
            (_policy(line), *(escape(column.text(line)) for column in columns))
            for line in lines
            if line.profile == profile
        ]
        right = [not column.words for column in columns]
        yield from _table(["policy", *(column.heading for column in columns)], rows, right)
        yield ""


def _policy(line: Line) -> str:
    return f"**{escape(line.policy)}**" if line.is_on_front else escape(line.policy)


def _domains(summary: Summary) -> Iterator[str]:
    for table in domain_tables(summary):
        yield from _section(table.title, table.headings, table.rows)


def _curves(summary: Summary) -> Iterator[str]:
    if summary.curves:
        yield from _section(CURVE_TITLE, CURVE_HEADINGS, curve_rows(summary.curves))
        yield CURVE_GUIDE + "\n"


def _pairs(summary: Summary, published: Sequence[PublishedRouter]) -> Iterator[str]:
    rows = list(pair_rows(summary, published))
    if rows:
        yield from _section(pair_title(summary), PAIR_HEADINGS, rows)
        yield from (escape(text) + "\n" for text in (PAIR_GUIDE, *published_sources(published)))


def _section(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    escaped = [tuple(map(escape, row)) for row in rows]
    if escaped:
        yield f"## {escape(title)}"
        yield ""
        last = len(headings) - 2
        yield from _table(headings, escaped, [0 <= n < max(1, last) for n in range(last + 1)])
        yield ""


def _notes(summary: Summary) -> Iterator[str]:
    if summary.notes:
        yield "## Notes"
        yield ""
        yield from (f"- {escape(note)}" for note in summary.notes)
        yield ""


def _command(summary: Summary) -> Iterator[str]:
    if summary.command:
        yield "## To make it again"
        yield ""
        yield from (f"    {line}" for line in clean_text(summary.command).splitlines())


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]
) -> Iterator[str]:
    """The first column holds names; `right` says which of the others hold numbers."""
    yield f"| {' | '.join(headings)} |"
    rules = [":--", *("--:" if is_number else ":--" for is_number in right)]
    yield f"| {' | '.join(rules)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def escape(text: str) -> str:
    """Shown as it is, on one line."""
    return _ACTIVE.sub(r"\\\1", one_line(text))
