"""The findings of a run in a sentence each, from its figures alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from orchestra_cli.evaluation.figures.cell_rows import STRONGEST
from orchestra_cli.evaluation.report.lines import ORACLE, point, seen_cells
from orchestra_cli.evaluation.report.number_text import half_width, money, percent, whole_percent
from orchestra_cli.evaluation.summary import CellSummary, Summary


@dataclass(frozen=True, slots=True)
class Headline:
    """One finding."""

    title: str
    policy: str
    figures: str


def headlines(summary: Summary, profile: str) -> Iterator[Headline]:
    """The most accurate, the cheapest that is no worse than the strongest, the most obedient."""
    cells = [cell for cell in seen_cells(summary, profile) if cell.policy != ORACLE]
    known = [cell for cell in cells if point(cell) is not None]
    strongest = next((cell for cell in known if cell.policy == STRONGEST), None)
    if known:
        yield _headline("most accurate", max(known, key=lambda cell: (_right(cell), -_cost(cell))))
    if strongest is not None:
        yield _headline("the strongest expert alone", strongest)
        as_good = [cell for cell in known if _right(cell) >= _right(strongest)]
        cheapest = min(as_good, key=lambda cell: (_cost(cell), -_right(cell)))
        if cheapest.policy != STRONGEST:
            yield _headline("at least as accurate, for the least money", cheapest)
    obedient = _best(cells, lambda cell: cell.adherence.value if cell.adherence else None)
    if obedient is not None and obedient.adherence is not None:
        yield Headline(
            "obeys the preferences best",
            obedient.policy,
            f"adherence {obedient.adherence.value:.2f} ±{half_width(obedient.adherence):.2f}",
        )


def _headline(title: str, cell: CellSummary) -> Headline:
    assert cell.accuracy is not None
    assert cell.cost_usd is not None
    accuracy = f"{percent(cell.accuracy.value)}% ±{percent(half_width(cell.accuracy))}"
    share = cell.cost_share
    of_strongest = (
        f", {whole_percent(share.value)} of the strongest's"
        if share is not None and cell.policy != STRONGEST
        else ""
    )
    return Headline(
        title, cell.policy, f"{accuracy} at {money(cell.cost_usd.value)} a task{of_strongest}"
    )


def _best(
    cells: Sequence[CellSummary], figure: Callable[[CellSummary], float | None]
) -> CellSummary | None:
    found = [(value, cell) for cell in cells if (value := figure(cell)) is not None]
    return max(found, key=lambda each: each[0])[1] if found else None


def _right(cell: CellSummary) -> float:
    return cell.accuracy.value if cell.accuracy else 0.0


def _cost(cell: CellSummary) -> float:
    return cell.cost_usd.value if cell.cost_usd else float("inf")
