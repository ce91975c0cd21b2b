"""The tables of an evaluation for a terminal: as many columns as fit, the important ones first.

Names come from files of the user and of others: each is shown clean, on one line, and as text that
no markup is read in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestra_cli.evaluation.figures.published_route_llm import PublishedRouter
from orchestra_cli.evaluation.report.columns import (
    Column,
    column_width,
    columns_of,
    columns_within,
    short_name,
)
from orchestra_cli.evaluation.report.curves_table import CURVE_HEADINGS, CURVE_TITLE, curve_rows
from orchestra_cli.evaluation.report.domain_tables import domain_tables
from orchestra_cli.evaluation.report.lines import SEEN, Line, lines_of, profiles_of
from orchestra_cli.evaluation.report.number_text import half_width, percent
from orchestra_cli.evaluation.report.pairs import (
    PAIR_HEADINGS,
    pair_rows,
    pair_title,
    published_sources,
)
from orchestra_cli.evaluation.summary import Summary
from orchestra_cli.views.clean_text import one_line

FRONT_MARK = "*"
FRONT_MEANING = "no other policy is as accurate for as little money"
_GAP = 2
"""Between columns; the box has one of it."""
_TRAIL = 1
"""What a table leaves empty on its right."""
_MAX_POLICY = 28


def render_summary(
    summary: Summary, *, width: int, published: Sequence[PublishedRouter] = ()
) -> list[RenderableType]:
    """A table for each profile, then the pairs of experts, judges and notes."""
    lines = lines_of(summary)
    out: list[RenderableType] = [_title(summary)]
    if lines:
        out += _policy_tables(summary, lines, width)
    for table in domain_tables(summary):
        out.append(Group("", _small_table(table.title, table.headings, table.rows)))
    if summary.curves:
        out.append(_curve_table(summary))
    if summary.pairs or published:
        out.append(_pair_table(summary, published))
    out += ["", *_judge_lines(summary)]
    out += [_line(f"note: {note}", "dim") for note in summary.notes]
    return out


def _title(summary: Summary) -> Text:
    split = f", {summary.split} rows" if summary.split else ""
    return _line(f"{summary.suite}{split}: {summary.num_tasks:,} tasks", "bold")


def _policy_tables(summary: Summary, lines: Sequence[Line], width: int) -> Iterator[RenderableType]:
    names = max(len("policy"), *(len(_policy(line)) for line in lines))
    columns = columns_within(lines, width=width - names - _TRAIL, gap=_GAP)
    profiles = profiles_of(summary)
    for profile in profiles:
        of_profile = [line for line in lines if line.profile == profile]
        title = f"profile {one_line(profile)}" if len(profiles) > 1 else ""
        yield Group("", _policy_table(of_profile, columns, lines, title=title))
    left_out = [column.heading for column in columns_of(lines) if column not in columns]
    hint = f"{FRONT_MARK} {FRONT_MEANING}; ± is half of a 95% interval"
    if left_out:
        hint += f"; no room here for {', '.join(left_out)}: the files have them"
    yield _line(hint, "dim")


def _policy_table(
    lines: Sequence[Line], columns: Sequence[Column], all_lines: Sequence[Line], *, title: str
) -> Table:
    table = _table(title)
    table.add_column("policy", no_wrap=True, width=max(len(_policy(line)) for line in all_lines))
    for column in columns:
        table.add_column(
            column.heading,
            justify="left" if column.words else "right",
            width=column_width(column, all_lines),
        )
    for line in lines:
        style = "bold" if line.is_on_front else ""
        table.add_row(
            *(Text(text) for text in (_policy(line), *(column.text(line) for column in columns))),
            style=style,
        )
    return table


def _policy(line: Line) -> str:
    mark = FRONT_MARK if line.is_on_front else " "
    return f"{mark} {short_name(line.policy, _MAX_POLICY)}"


def _curve_table(summary: Summary) -> RenderableType:
    seen = [each for each in summary.curves if each.variant == SEEN]
    return Group("", _small_table(CURVE_TITLE, CURVE_HEADINGS, curve_rows(seen)))


def _pair_table(summary: Summary, published: Sequence[PublishedRouter]) -> RenderableType:
    table = _small_table(pair_title(summary), PAIR_HEADINGS, pair_rows(summary, published))
    lines = [_line(text, "dim") for text in published_sources(published)]
    return Group("", table, *lines)


def _small_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Words first and last, numbers between."""
    table = _table(title)
    for heading in headings:
        is_number = heading not in (headings[0], headings[-1])
        table.add_column(heading, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(Text(one_line(text)) for text in row))
    return table


def _judge_lines(summary: Summary) -> Iterator[Text]:
    for judge, agreement in summary.judge_agreement.items():
        noise = f"{percent(agreement.value)}% ±{percent(half_width(agreement))}"
        yield _line(f"the judge {judge!r} says what the record says in {noise} of cases")


def _table(title: str) -> Table:
    return Table(
        title=Text(title) if title else None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
        show_edge=False,
    )


def _line(text: str, style: str = "") -> Text:
    return Text(one_line(text), style=style)
