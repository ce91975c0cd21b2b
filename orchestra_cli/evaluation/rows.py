"""What came of one task under one policy, as it is saved: one JSON line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

UNSEEN = ("unseen-experts", "unseen-prices")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a task is run under."""

    policy: str
    """As the user names it: domain-average@40%."""
    profile: str
    variant: str = "seen"
    """`seen`: the experts and prices that policies were fitted to; else one of `UNSEEN`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One task under one cell. A task that failed is a row as well."""

    task: str
    cell: Cell
    domain: str = ""
    right: float | None = None
    """1 or 0, a record's score between; None where nobody could judge it."""
    judge: str = ""
    """Who said so: `record`, or the judge's name."""
    answer: str | None = None
    stop_reason: str = "failed"
    error: str | None = None
    turns: int = 0
    legal_calls: int = 0
    illegal_calls: int = 0
    right_tools: float | None = None
    """1 where the tools that the task names were called and no others, else 0; None where it names
    none, or nothing ran."""
    calls: dict[str, int] = field(default_factory=dict)
    """By expert or tool."""
    cost_usd: float | None = None
    """The whole bill, the orchestrator's own line included; None where a price is unknown."""
    latency_s: float | None = None
    """The whole run; None where a record that was used has no seconds."""
    own_cost_usd: float | None = 0.0
    own_latency_s: float = 0.0
    """The orchestrator's own, measured on this machine."""
    own_tokens: int = 0
    judge_cost_usd: float | None = 0.0
    """What a judging model cost; on nobody's bill."""

    @property
    def key(self) -> tuple[str, Cell]:
        """What a resumed run looks for."""
        return (self.task, self.cell)

    def to_line(self) -> str:
        """One JSON line, with its end."""
        cell = {key: getattr(self.cell, key) for key in _CELL_KEYS}
        values = {key: getattr(self, key) for key in _KEYS}  # asdict, which copies, takes thrice
        return _encode(values | {"cell": cell}) + "\n"

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Row:
        """Back from a line's object."""
        return cls(**{**values, "cell": Cell(**values["cell"])})


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_KEYS = [each.name for each in fields(Row)]
_CELL_KEYS = [each.name for each in fields(Cell)]
