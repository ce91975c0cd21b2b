"""FRAMES: `Prompt`, `Answer`, and the reasoning that a question takes; or `question`, `answer`."""

from __future__ import annotations

from pathlib import Path

from orchestra_cli.evaluation.answer_form import judge_of_text
from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_rows
from orchestra_cli.evaluation.tasks import EvalTask


def load_frames(path: Path) -> tuple[EvalTask, ...]:
    """Every question; a prose answer is left to a model to judge. Raises UsageError."""
    split = split_of(path)
    return tuple(
        _task(row, number=number, split=split) for number, row in enumerate(read_rows(path))
    )


def _task(row: Row, *, number: int, split: str) -> EvalTask:
    question, answer = ("Prompt", "Answer") if "Prompt" in row.values else ("question", "answer")
    reference = row.text(answer)
    reasoning = str(row.values.get("reasoning_types") or "")
    return EvalTask(
        id=str(row.values.get("id") or f"frames-{number}"),
        question=row.text(question),
        answer=reference,
        judge=judge_of_text(reference),
        # several may be named: the first one is the domain
        domain=reasoning.partition("|")[0].strip().lower(),
        split=split,
    )
