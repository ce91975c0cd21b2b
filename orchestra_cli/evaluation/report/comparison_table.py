"""What changed between two runs, for a terminal: what changed beyond noise first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestra_cli.evaluation.figures.compare import Comparison, Difference
from orchestra_cli.evaluation.report.number_text import amount, money, percent, seconds
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.views.clean_text import one_line

_MAX_SHOWN = 24
"""As many differences are all shown; of more, only those beyond noise."""

_HEADINGS = ("figure", "before", "after", "change", "95% interval", "up", "down", "")

_METRICS: dict[str, tuple[str, Callable[[float], str], bool]] = {
    "accuracy": ("accuracy %", percent, True),
    "cost_usd": ("cost a task", money, False),
    "latency_s": ("seconds", seconds, False),
    "turns": ("turns", amount, False),
    "legal_rate": ("legal %", percent, True),
    "utility_usd": ("worth a task", money, True),
}
"""What each is called and written as, and whether more is better."""


def render_comparison(comparison: Comparison) -> list[RenderableType]:
    """A table for each policy, those that changed first, and how to read it."""
    differences = comparison.differences
    shown = [each for each in differences if each.is_beyond_noise or len(differences) <= _MAX_SHOWN]
    out: list[RenderableType] = [_headline(comparison), *_tables(shown)]
    out += ["", *(Text(one_line(each), style="dim") for each in _remarks(comparison, len(shown)))]
    return out


def _headline(comparison: Comparison) -> Text:
    beyond, of = comparison.num_beyond_noise, len(comparison.differences)
    tasks = f"over the {comparison.num_tasks:,} tasks that both runs have"
    if not of:
        return Text(f"nothing to compare: the runs share no policy {tasks}", style="bold")
    if not beyond:
        return Text(f"nothing changed beyond noise: {of} figures {tasks}", style="bold")
    return Text(f"{beyond} of {of} figures changed beyond noise {tasks}", style="bold")


def _tables(differences: Sequence[Difference]) -> Iterator[RenderableType]:
    """All of one width, so that they read as one table."""
    named = _names_more_than_one(differences)
    groups: dict[str, list[Difference]] = {}
    for each in sorted(differences, key=lambda each: not each.is_beyond_noise):
        groups.setdefault(_who(each, *named), []).append(each)
    rows = [_HEADINGS, *(_texts(each) for each in differences)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for who, of_policy in groups.items():
        yield Group("", Text(one_line(who), style="bold"), _table(of_policy, widths))


def _table(differences: Sequence[Difference], widths: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for heading, width in zip(_HEADINGS, widths, strict=True):
        is_number = heading not in (_HEADINGS[0], _HEADINGS[-1])
        table.add_column(heading, width=width, justify="right" if is_number else "left")
    for each in differences:
        style = "" if each.is_beyond_noise else "dim"
        table.add_row(*map(Text, _texts(each)), style=style)
    return table


def _texts(each: Difference) -> tuple[str, ...]:
    return tuple(map(one_line, (*_figures(each), *_verdict(each))))


def _names_more_than_one(differences: Sequence[Difference]) -> tuple[bool, bool]:
    """Whether profiles, and whether variants, must be told apart."""
    return (
        len({each.profile for each in differences}) > 1,
        len({each.variant for each in differences}) > 1,
    )


def _who(each: Difference, names_profile: bool, names_variant: bool) -> str:
    words = [each.profile] * names_profile + [each.variant] * names_variant
    return f"{each.policy} ({', '.join(words)})" if words else each.policy


def _figures(each: Difference) -> Iterator[str]:
    name, written, _ = _metric(each)
    found = each.difference
    yield name
    yield written(each.before)
    yield written(each.after)
    yield _signed(found.value, written)
    yield f"{_signed(found.low, written)} to {_signed(found.high, written)}"


def _verdict(each: Difference) -> Iterator[str]:
    yield f"{each.gained:,}"
    yield f"{each.lost:,}"
    more_is_better = _metric(each)[2]
    if not each.is_beyond_noise:
        yield "noise"
    else:
        yield "better" if (each.difference.value > 0) == more_is_better else "worse"


def _metric(each: Difference) -> tuple[str, Callable[[float], str], bool]:
    return _METRICS.get(each.metric, (each.metric, amount, True))


def _signed(value: float, written: Callable[[float], str]) -> str:
    return f"+{written(value)}" if value > 0 else written(value)


def _remarks(comparison: Comparison, num_shown: int) -> Iterator[str]:
    hidden = len(comparison.differences) - num_shown
    if hidden:
        yield f"{hidden} more figures moved within noise"
    if comparison.differences:
        yield "up and down: tasks on which the figure rose and fell"
        chance = comparison.expected_by_chance
        yield f"by chance alone, about {chance:.1f} of these figures would pass for changed"
    for which, cells in (("first", comparison.only_a), ("second", comparison.only_b)):
        if cells:
            yield f"only in the {which} run: {', '.join(map(_cell, cells))}"


def _cell(cell: Cell) -> str:
    return f"{cell.policy} ({cell.profile}, {cell.variant})"
