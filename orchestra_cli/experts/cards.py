"""Measured cards: how an expert did on our tasks, and the description that is made of it.

Each task's result is kept as soon as it is there, so that measuring can be broken off and taken up
again; a card is what the results of one expert add up to. Results of another model or of other
tasks are dropped before new ones are added.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args

from orchestra_cli.experts.history import Key, known_median
from orchestra_cli.experts.records import reading, records_path, writing
from tools.base import Usage

Domain = Literal["mathematics", "code", "knowledge", "reasoning", "writing", "extraction"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)

_PATIENCE_S = 10.0
_MOST_NAMED = 2

_SELECT = """SELECT expert, model, task, domain, outcome, input_tokens, output_tokens, cost_usd,
    latency_s, day FROM result"""
_INSERT = """INSERT OR REPLACE INTO result (expert, model, task_set, task, domain, outcome,
    input_tokens, output_tokens, cost_usd, latency_s, day)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_THESE = "WHERE expert = ? AND model = ? AND task_set = ?"
_DROP_ALL = "DELETE FROM result WHERE expert = ?"
_DROP_OTHERS = "DELETE FROM result WHERE expert = ? AND NOT (model = ? AND task_set = ?)"


class Outcome(StrEnum):
    """What came of a task."""

    RIGHT = "right"
    WRONG = "wrong"
    UNREACHED = "unreached"
    """No answer came: that says something of the provider, and nothing of the model's skill."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """A task given to an expert."""

    task: str
    domain: str
    outcome: Outcome
    usage: Usage
    day: str
    """As 2026-07-25."""


@dataclass(frozen=True, slots=True)
class MeasuredCard:
    """What the results of one expert add up to."""

    scores: dict[str, tuple[int, int]]
    """By domain: how many were right, of how many answers."""
    unreached: int
    cost_usd: float | None
    """The median of a call; None where no price is known."""
    latency_s: float | None
    """The median of a call; None where no answer came."""
    day: str
    """Of the newest result."""

    @property
    def success_rate(self) -> float | None:
        """The share of right answers, drawn towards a half where there are few (Laplace's rule)."""
        right = sum(right for right, _ in self.scores.values())
        answers = sum(of for _, of in self.scores.values())
        return (right + 1) / (answers + 2) if answers else None

    @property
    def success_by_domain(self) -> dict[str, float]:
        """The share in each, drawn towards that of all: two answers more of what is usual."""
        overall = self.success_rate
        if overall is None:
            return {}
        return {name: (right + 2 * overall) / (of + 2) for name, (right, of) in self.scores.items()}

    @property
    def text(self) -> str:
        """Such as `mathematics 5/6, code 6/6; strongest in code; about $0.002 a call`."""
        scores = ", ".join(f"{name} {right}/{of}" for name, (right, of) in self.scores.items())
        best = " and ".join(self._strongest())
        price = f"about ${_rough(self.cost_usd)} a call" if scores and self.cost_usd else ""
        parts = (scores, f"strongest in {best}" if best else "", price)
        return "; ".join(part for part in parts if part)

    def _strongest(self) -> list[str]:
        """The domains above all others; nothing where too many share the first place."""
        shares = {name: right / of for name, (right, of) in self.scores.items()}
        most = max(shares.values(), default=0.0)
        best = [name for name, share in shares.items() if share == most]
        return best if most and len(best) <= _MOST_NAMED < len(shares) else []


def card_of(results: Iterable[TaskResult]) -> MeasuredCard | None:
    """The card; None where nothing was tried."""
    results = list(results)
    if not results:
        return None
    answered = [result for result in results if result.outcome is not Outcome.UNREACHED]
    by_domain = {
        name: [result.outcome is Outcome.RIGHT for result in answered if result.domain == name]
        for name in DOMAINS
    }
    return MeasuredCard(
        scores={name: (sum(right), len(right)) for name, right in by_domain.items() if right},
        unreached=len(results) - len(answered),
        cost_usd=known_median(result.usage.cost_usd for result in answered),
        latency_s=known_median(result.usage.latency_s for result in answered),
        day=max(result.day for result in results),
    )


class ResultStore:
    """The results of one expert under one model and one set of tasks. Raises `RecordsError`."""

    def __init__(self, expert: str, model: str, task_set: str, path: Path | None = None) -> None:
        self._key = (expert, model, task_set)
        self._path = path or records_path()

    def load(self) -> list[TaskResult]:
        """What there is already."""
        with reading(self._path, patience_s=_PATIENCE_S) as db:
            rows = db.execute(f"{_SELECT} {_THESE}", self._key) if db else ()
            return [result for _, result in map(_parse_row, rows)]

    def clear(self, *, all_results: bool) -> None:
        """Drop what other models and tasks have left under the expert's name, or everything."""
        with writing(self._path, patience_s=_PATIENCE_S) as db:
            if all_results:
                db.execute(_DROP_ALL, self._key[:1])
            else:
                db.execute(_DROP_OTHERS, self._key)

    def save(self, result: TaskResult) -> None:
        """Keep it; from any thread."""
        usage = result.usage
        used = (usage.input_tokens, usage.output_tokens, usage.cost_usd, usage.latency_s)
        row = (*self._key, result.task, result.domain, result.outcome.value, *used, result.day)
        with writing(self._path, patience_s=_PATIENCE_S) as db:
            db.execute(_INSERT, row)


def load_results(db: sqlite3.Connection) -> dict[Key, list[TaskResult]]:
    """Those of every expert."""
    results: dict[Key, list[TaskResult]] = {}
    for key, result in map(_parse_row, db.execute(_SELECT)):
        results.setdefault(key, []).append(result)
    return results


def _parse_row(row: tuple[Any, ...]) -> tuple[Key, TaskResult]:
    expert, model, task, domain, outcome, tokens_in, tokens_out, cost_usd, latency_s, day = row
    usage = Usage(expert, 1, tokens_in, tokens_out, cost_usd, latency_s)
    return (expert, model), TaskResult(task, domain, Outcome(outcome), usage, day)


def _rough(cost_usd: float) -> str:
    """One digit that counts."""
    return f"{cost_usd:.{max(0, -math.floor(math.log10(cost_usd)))}f}"
