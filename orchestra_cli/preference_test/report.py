"""What `orchestra prefs test` prints: a table for eyes, a document for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from orchestra_cli.preference_test.runs import Comparison, TaskRun
from orchestra_cli.preference_test.simulated import World
from orchestra_cli.preference_test.sweep import SweepStep
from orchestra_cli.views.clean_text import one_line
from tools.base import JsonObject

_HEAD = ("preset", "right %", "cents", "seconds", "adherence", "asked %")
_SWEEP_HEAD = ("weight", "right %", "cents", "seconds")
_ARROW = "→"


def render_comparisons(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """A line for each preset; `a→b` is without steering → with it."""
    rows = [_HEAD, *map(_row, comparisons)]
    yield from _aligned(rows)


def render_sweep(steps: Sequence[SweepStep]) -> Iterator[str]:
    """A line for each step."""
    yield from _aligned([_SWEEP_HEAD, *map(_sweep_row, steps)])


def render_world(world: World, *, num_tasks: int, conductor: str) -> Iterator[str]:
    """What was simulated."""
    names = ", ".join(map(one_line, world.tables))
    whose = "made-up experts" if world.is_built_in else "experts of config.toml, simulated"
    yield f"{num_tasks} tasks; {len(world.tables)} {whose}: {names}; chosen by {conductor}"
    if world.left_out:
        left_out = ", ".join(map(one_line, world.left_out))
        yield (
            f"left out, as price, seconds or success are not known: {left_out} "
            "(measure them: orchestra experts cards)"
        )


def comparisons_document(comparisons: Sequence[Comparison], world: World) -> JsonObject:
    """As `--json` prints it."""
    return {
        "experts": {name: table.model for name, table in world.tables.items()},
        "built_in": world.is_built_in,
        "left_out": list(world.left_out),
        "presets": [_comparison_to_json(each) for each in comparisons],
    }


def sweep_document(weight: str, steps: Sequence[SweepStep], world: World) -> JsonObject:
    """As `--sweep … --json` prints it."""
    return {
        "experts": {name: table.model for name, table in world.tables.items()},
        "built_in": world.is_built_in,
        "weight": weight,
        "steps": [
            {
                "weight": step.weight,
                "right": step.success,
                "cost_usd": step.cost_usd,
                "latency_s": step.latency_s,
            }
            for step in steps
        ],
    }


def _comparison_to_json(comparison: Comparison) -> JsonObject:
    return {
        "name": comparison.name,
        "preference": comparison.profile.to_json(),
        "steered": _runs_to_json(comparison.steered, comparison.adherence),
        "unsteered": _runs_to_json(comparison.unsteered, comparison.unsteered_adherence),
    }


def _runs_to_json(runs: Sequence[TaskRun], adherence: float) -> JsonObject:
    return {
        "right": _right(runs),
        "cost_usd": _cost_usd(runs),
        "latency_s": _latency_s(runs),
        "adherence": adherence,
        "choices": _shares(runs),
        "tasks": [
            {
                "task": run.task,
                "choices": list(run.choices),
                "right": run.metrics.is_right,
                "cost_usd": run.metrics.cost_usd,
                "latency_s": run.metrics.latency_s,
            }
            for run in runs
        ],
    }


def _row(comparison: Comparison) -> tuple[str, ...]:
    before, after = comparison.unsteered, comparison.steered
    return (
        one_line(comparison.name),
        _moved(100 * _right(before), 100 * _right(after), digits=0),
        _moved(100 * _cost_usd(before), 100 * _cost_usd(after), digits=2),
        _moved(_latency_s(before), _latency_s(after), digits=1),
        _moved(comparison.unsteered_adherence, comparison.adherence, digits=1),
        _moved_shares(_shares(before), _shares(after)),
    )


def _sweep_row(step: SweepStep) -> tuple[str, ...]:
    return (
        f"{step.weight:.2f}",
        f"{100 * step.success:.1f}",
        f"{100 * step.cost_usd:.3f}",
        f"{step.latency_s:.1f}",
    )


def _moved_shares(before: dict[str, float], after: dict[str, float]) -> str:
    names = sorted({*before, *after}, key=lambda name: (-after.get(name, 0.0), name))
    return ", ".join(
        f"{one_line(name)} "
        + _moved(100 * before.get(name, 0.0), 100 * after.get(name, 0.0), digits=0)
        for name in names
    )


def _moved(before: float, after: float, *, digits: int) -> str:
    """One number where both print the same."""
    was, now = f"{before:.{digits}f}", f"{after:.{digits}f}"
    return now if was == now else f"{was}{_ARROW}{now}"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _right(runs: Sequence[TaskRun]) -> float:
    return sum(run.metrics.is_right for run in runs) / len(runs)


def _cost_usd(runs: Sequence[TaskRun]) -> float:
    return sum(run.metrics.cost_usd for run in runs) / len(runs)


def _latency_s(runs: Sequence[TaskRun]) -> float:
    return sum(run.metrics.latency_s for run in runs) / len(runs)


def _shares(runs: Sequence[TaskRun]) -> dict[str, float]:
    """Of all choices, by who was chosen."""
    counts = Counter(choice for run in runs for choice in run.choices)
    total = counts.total()
    return {name: count / total for name, count in counts.most_common()}
