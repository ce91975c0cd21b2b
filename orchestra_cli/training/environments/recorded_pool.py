"""Recorded questions to train on: `train` rows alone, every model that answered them as an expert.

Models that an evaluation keeps as unseen are left out by their name in the record.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.record_file import read_records
from orchestra_cli.evaluation.records import Record
from orchestra_cli.evaluation.roster import tokens_used
from orchestra_cli.evaluation.tasks import JudgeName

_SPLIT = "train"
_DRAWN_TO_MEAN = 10
"""As many answers at the overall rate are added to a domain's own."""


@dataclass(frozen=True, slots=True)
class RecordedModel:
    """What is known of a model from train rows."""

    name: str
    overall: float
    by_domain: Mapping[str, float]
    """Success, drawn to the overall rate where a domain has few rows."""
    reply_tokens: float
    mean_tokens: tuple[float, float]
    """(read, written) by a call."""


@dataclass(frozen=True, slots=True)
class RecordedPool:
    """One file of outcomes."""

    name: str
    records: tuple[Record, ...]
    models: Mapping[str, RecordedModel]
    num_answers: int
    """Among how many answers a guess would choose."""


def load_pool(
    path: Path,
    *,
    judge: JudgeName,
    num_answers: int,
    leave_out: Collection[str] = (),
    split: str = _SPLIT,
) -> RecordedPool:
    """Rows that all remaining models have answered. Raises UsageError."""
    names = {name: name for name in _model_names(path) if name not in leave_out}
    records, _ = read_records(path, names, judge=judge)
    kept = tuple(record for record in records if record.task.split == split)
    if not kept:
        raise UsageError(f"{path}: no row of split {split} has an answer of every model")
    models = {name: _model(name, kept) for name in names}
    return RecordedPool(path.name.partition(".")[0], kept, models, num_answers)


def _model_names(path: Path) -> list[str]:
    """Those that most of the first rows have: a model that few rows know would cost too many."""
    seen: dict[str, int] = {}
    rows = 0
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row.get("split") != _SPLIT:
                    continue
                rows += 1
                for name in row["models"]:
                    seen[name] = seen.get(name, 0) + 1
    except (OSError, EOFError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: cannot be read as recorded outcomes: {error}") from None
    return [name for name, count in seen.items() if count >= 0.8 * rows]


def _model(name: str, records: tuple[Record, ...]) -> RecordedModel:
    overall = fmean(record.outcomes[name].right for record in records)
    by_domain: dict[str, list[float]] = {}
    for record in records:
        by_domain.setdefault(record.task.domain, []).append(record.outcomes[name].right)
    used = [tokens_used(record.task, record.outcomes[name]) for record in records]
    read, written = fmean(pair[0] for pair in used), fmean(pair[1] for pair in used)
    return RecordedModel(
        name,
        overall,
        {
            domain: (sum(rights) + _DRAWN_TO_MEAN * overall) / (len(rights) + _DRAWN_TO_MEAN)
            for domain, rights in sorted(by_domain.items())
        },
        reply_tokens=written,
        mean_tokens=(read, written),
    )
