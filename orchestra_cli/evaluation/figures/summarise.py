"""From rows to all that a report shows: the figures of each cell, the curves and the pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestra_cli.evaluation.figures.bootstrap import Resamples, share_of
from orchestra_cli.evaluation.figures.cell_figures import CellFigures
from orchestra_cli.evaluation.figures.cell_rows import STRONGEST, CellRows, cells_of
from orchestra_cli.evaluation.figures.curves import curves
from orchestra_cli.evaluation.figures.regret import Known, Oracle
from orchestra_cli.evaluation.figures.route_llm import pair_scores
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.summary import CellSummary, ExpertFacts, Summary
from prefs.profile import Profile

__all__ = ["Known", "summarise"]


def summarise(
    rows: Iterable[Row],
    *,
    suite: str,
    split: str,
    profiles: Mapping[str, Profile],
    known: Mapping[str, Mapping[str, Mapping[str, Known]]],
    pair: tuple[str, str] | None,
    experts: Sequence[ExpertFacts],
    judge_agreement: Mapping[str, Sequence[bool]],
    notes: Sequence[str],
    command: str,
    seed: int = 0,
) -> Summary:
    """All figures of a run.

    `known` has by variant, task and expert what each recorded expert would have made of it; it is
    empty for live runs. `pair` is (weak, strong). Rows may come in any order: the same rows give
    the same intervals, and cells stand in the order of their first rows.
    """
    cells = cells_of(rows)
    tasks = next(iter(cells.values())).tasks if cells else []
    resamples = Resamples(len(tasks), seed=seed)
    agreements = {judge: share_of(said, seed=seed) for judge, said in judge_agreement.items()}
    return Summary(
        suite=suite,
        split=split,
        num_tasks=len(tasks),
        cells=_cells(cells, profiles, known, resamples),
        curves=curves(cells, resamples),
        pairs=pair_scores(cells, known, pair=pair, resamples=resamples) if pair else (),
        experts=tuple(experts),
        judge_agreement={judge: said for judge, said in agreements.items() if said is not None},
        domains={} if known else _domains(cells, profiles, resamples),
        notes=(*notes, *_gaps(cells.values())),
        command=command,
    )


def _cells(
    cells: Mapping[Cell, CellRows],
    profiles: Mapping[str, Profile],
    known: Mapping[str, Mapping[str, Mapping[str, Known]]],
    resamples: Resamples,
) -> tuple[CellSummary, ...]:
    oracles = {
        (name, variant): Oracle(outcomes, profile)
        for variant, outcomes in known.items()
        for name, profile in profiles.items()
    }
    unknown_seconds = {
        (key.profile, key.variant)
        for key, cell in cells.items()
        if any(row.latency_s is None and not row.error for row in cell.rows.values())
    }
    return tuple(
        CellFigures(
            cell=cell,
            baseline=cells.get(Cell(STRONGEST, key.profile, key.variant)),
            profile=profiles[key.profile],
            known=known.get(key.variant, {}),
            oracle=oracles.get((key.profile, key.variant)),
            with_seconds=(key.profile, key.variant) not in unknown_seconds,
            resamples=resamples,
        ).summary()
        for key, cell in cells.items()
    )


def _domains(
    cells: Mapping[Cell, CellRows], profiles: Mapping[str, Profile], resamples: Resamples
) -> dict[str, tuple[CellSummary, ...]]:
    """The figures over each domain's tasks; none where all tasks are of one domain."""
    names = sorted({row.domain for cell in cells.values() for row in cell.rows.values()})
    if len(names) < 2:
        return {}
    return {name: _cells(_within(cells, name), profiles, {}, resamples) for name in names}


def _within(cells: Mapping[Cell, CellRows], domain: str) -> dict[Cell, CellRows]:
    """The rows of that domain, of the cells that have any."""
    found = {}
    for key, cell in cells.items():
        rows = {task: row for task, row in cell.rows.items() if row.domain == domain}
        if rows:
            found[key] = CellRows(key, rows, cell.tasks)
    return found


def _gaps(cells: Iterable[CellRows]) -> list[str]:
    """A note for each figure that is missing because a few rows of many lack it."""
    notes = []
    for cell in cells:
        for what, known in (
            ("dollars", [row.cost_usd is not None for row in cell.rows.values()]),
            ("seconds", [row.latency_s is not None for row in cell.rows.values()]),
        ):
            if any(known) and not all(known):
                where = f"{cell.cell.policy} ({cell.cell.profile}, {cell.cell.variant})"
                lacking = f"{len(known) - sum(known)} of {len(known)} rows"
                notes.append(f"{where}: {lacking} have no {what}, so no mean is given.")
    return notes
