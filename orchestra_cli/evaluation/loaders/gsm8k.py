"""GSM8K: `question`, and an `answer` that is a solution ending in "#### 18"."""

from __future__ import annotations

from pathlib import Path

from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_rows
from orchestra_cli.evaluation.tasks import EvalTask, Json

MARK = "####"
"""Stands before the number in a solution."""
DOMAIN = "mathematics"


def load_gsm8k(path: Path) -> tuple[EvalTask, ...]:
    """Every problem; also where `answer` is the number alone. Raises UsageError."""
    split = split_of(path)
    return tuple(
        EvalTask(
            id=str(row.values.get("id") or f"gsm8k-{split or 'row'}-{number}"),
            question=row.text("question"),
            answer=_number(row),
            judge="numeric",
            domain=DOMAIN,
            split=split,
        )
        for number, row in enumerate(read_rows(path))
    )


def _number(row: Row) -> Json:
    written = row.text("answer").rpartition(MARK)[2].strip().replace(",", "")
    try:
        return int(written)
    except ValueError:
        pass
    if not any(char.isdigit() for char in written):
        raise row.wrong("answer", f'has no number: it must be one, or end in "{MARK} 18"')
    return written
