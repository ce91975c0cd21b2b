"""What real models did on real questions, as recorded: right or wrong, tokens, dollars, seconds.

One JSON a line: `id, question, answer, domain, split, options or tools, models: {name: {correct or
score, pred, input_tokens, output_tokens, cost_usd, latency_s, output_chars}}`. What the record does
not hold stays None here: no value is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestra_cli.evaluation.tasks import EvalTask


@dataclass(frozen=True, slots=True)
class Outcome:
    """One model on one question."""

    right: float
    """1 or 0; a record's score may lie between."""
    answer: str | None = None
    """What it answered; None where only the verdict was recorded."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    output_chars: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A task and what each model made of it."""

    task: EvalTask
    outcomes: Mapping[str, Outcome]
    """By the suite's name of the expert."""
