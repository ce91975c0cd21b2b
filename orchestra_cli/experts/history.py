"""What the user's own questions have shown of each expert: how long, how dear, how often it failed.

Only the newest calls of an expert are kept, so that the figures follow a provider that changes and
the file stays small. History is a convenience: whatever is wrong with its file, recording does
nothing and no question fails over it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from orchestra_cli.experts.records import RecordsError, reading, records_path, writing
from tools.base import Usage

if TYPE_CHECKING:
    from orchestra_cli.trajectory import Trajectory, Turn
    from tools.experts import ExpertCard

KEPT_CALLS = 50
_PATIENCE_S = 0.2
"""No user waits for a figure."""

_INSERT = """INSERT INTO call (expert, model, ok, input_tokens, output_tokens, cost_usd, latency_s)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_PRUNE = f"""DELETE FROM call WHERE expert = :expert AND model = :model AND id <= (
    SELECT id FROM call WHERE expert = :expert AND model = :model
    ORDER BY id DESC LIMIT 1 OFFSET {KEPT_CALLS})"""
_SELECT = """SELECT expert, model, ok, input_tokens, output_tokens, cost_usd, latency_s FROM call
    ORDER BY expert, model"""

Key = tuple[str, str]
"""An expert's name and its model: under another model the name stands for somebody else."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the newest calls; the medians are of those that were answered, None where none was."""

    calls: int
    failures: int
    latency_s: float | None
    cost_usd: float | None
    """None also where no price is known."""
    input_tokens: float | None
    output_tokens: float | None


@dataclass(frozen=True, slots=True)
class Call:
    """One line of history."""

    expert: str
    model: str
    usage: Usage
    ok: bool


class ExpertHistory:
    """The calls in one file."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or records_path()

    def record(self, expert: str, model: str, usage: Usage, *, ok: bool) -> None:
        """Note what an expert's call took."""
        self._record([Call(expert, model, usage, ok)])

    def record_trajectory(self, trajectory: Trajectory, cards: Iterable[ExpertCard]) -> None:
        """Note every call that a run made of these experts."""
        models = {card.name: card.model for card in cards}
        self._record([call for turn in trajectory.turns for call in calls_of(turn, models)])

    def figures(self, expert: str, model: str) -> Figures | None:
        """What its newest calls show; None where there were none. Raises `RecordsError`."""
        with reading(self._path, patience_s=_PATIENCE_S) as db:
            return load_figures(db).get((expert, model)) if db else None

    def _record(self, calls: list[Call]) -> None:
        if not calls:
            return
        with suppress(RecordsError), writing(self._path, patience_s=_PATIENCE_S) as db:
            db.executemany(_INSERT, map(_row, calls))
            for expert, model in {(call.expert, call.model) for call in calls}:
                db.execute(_PRUNE, {"expert": expert, "model": model})


def calls_of(turn: Turn, models: dict[str, str]) -> Iterator[Call]:
    """The experts' calls in a turn. Where one stood in for another, the last one has answered."""
    if turn.observation is None:  # the user broke it off
        return
    lines = [line for line in turn.usage if line.who in models]
    if turn.expert in models and turn.expert not in [line.who for line in lines]:
        # It failed before it used anything.
        yield Call(turn.expert, models[turn.expert], Usage(turn.expert), ok=False)
    for index, line in enumerate(lines, start=1):
        ok = turn.observation.error is None and index == len(lines)
        yield Call(line.who, models[line.who], line, ok=ok)


def load_figures(db: sqlite3.Connection) -> dict[Key, Figures]:
    """The figures of every expert."""
    calls: dict[Key, list[tuple[bool, int, int, float | None, float]]] = {}
    for expert, model, *rest in db.execute(_SELECT):
        calls.setdefault((expert, model), []).append(tuple(rest))
    return {key: _figures(rows) for key, rows in calls.items()}


def _figures(rows: list[tuple[bool, int, int, float | None, float]]) -> Figures:
    answered = [row[1:] for row in rows if row[0]]
    inputs, outputs, costs, latencies = zip(*answered, strict=True) if answered else ((),) * 4
    return Figures(
        calls=len(rows),
        failures=len(rows) - len(answered),
        latency_s=known_median(latencies),
        cost_usd=known_median(costs),
        input_tokens=known_median(inputs),
        output_tokens=known_median(outputs),
    )


def known_median(values: Iterable[float | None]) -> float | None:
    """The median of those that are known."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _row(call: Call) -> tuple[str, str, bool, int, int, float | None, float]:
    """The tries that a call took are part of it: the user waits and pays for all of them."""
    usage = call.usage
    tokens = (usage.input_tokens, usage.output_tokens)
    return (call.expert, call.model, call.ok, *tokens, usage.cost_usd, usage.latency_s)
