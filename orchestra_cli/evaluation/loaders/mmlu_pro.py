"""MMLU-Pro: `question`, up to ten `options`, the `answer`'s letter, and a `category`."""

from __future__ import annotations

from pathlib import Path

from orchestra_cli.evaluation.answer_form import parse_letter
from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_rows
from orchestra_cli.evaluation.tasks import EvalTask


def load_mmlu_pro(path: Path) -> tuple[EvalTask, ...]:
    """Every question. Raises UsageError."""
    split = split_of(path)
    return tuple(
        _task(row, number=number, split=split) for number, row in enumerate(read_rows(path))
    )


def _task(row: Row, *, number: int, split: str) -> EvalTask:
    options = row.texts("options")
    try:
        letter = parse_letter(row.text("answer"), options)
    except ValueError as error:
        raise row.wrong("answer", str(error)) from None
    return EvalTask(
        id=f"mmlu-pro-{row.values.get('question_id', number)}",
        question=row.text("question"),
        answer=letter,
        judge="choice",
        choices=options,
        domain=str(row.values.get("category") or ""),
        split=split,
    )
