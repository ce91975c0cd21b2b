"""Humanity's Last Exam: `question`, `answer`, `answer_type`, `category`, `image`.

A question with an image is left out and counted: nothing here reads images. The choices of a
multiple-choice question stand in its text and are taken out of it where they are plainly lettered.
"""

from __future__ import annotations

import re
from pathlib import Path

from orchestra_cli.evaluation.answer_form import judge_of_text, parse_letter
from orchestra_cli.evaluation.loaders.loaded import Loaded, split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_rows
from orchestra_cli.evaluation.tasks import LETTERS, EvalTask, JudgeName

_CHOICES_HEAD = re.compile(r"\n\s*answer choices:\s*\n", re.IGNORECASE)
_CHOICE = re.compile(r"^\s*([A-Z])[.)]\s+", re.MULTILINE)
_TYPES = ("exactMatch", "multipleChoice")


def load_hle(path: Path) -> Loaded:
    """Every question that is text alone. Raises UsageError."""
    split = split_of(path)
    tasks: list[EvalTask] = []
    num_images = 0
    for number, row in enumerate(read_rows(path)):
        if row.values.get("image"):
            num_images += 1
        else:
            tasks.append(_task(row, number=number, split=split))
    if not num_images:
        return Loaded(tuple(tasks))
    noun = "question" if num_images == 1 else "questions"
    note = f"{num_images:,} {noun} with an image left out: only text is read"
    return Loaded(tuple(tasks), (note,))


def _task(row: Row, *, number: int, split: str) -> EvalTask:
    question, answer, kind = row.text("question"), row.text("answer"), row.text("answer_type")
    if kind not in _TYPES:
        raise row.wrong("answer_type", f"must be {' or '.join(_TYPES)}, got {kind[:40]!r}")
    judge: JudgeName = judge_of_text(answer)
    choices: tuple[str, ...] = ()
    if kind == "multipleChoice":
        judge = "choice"
        question, choices = split_choices(question)
        try:
            answer = parse_letter(answer, choices)
        except ValueError as error:
            raise row.wrong("answer", str(error)) from None
    return EvalTask(
        id=str(row.values.get("id") or f"hle-{number}"),
        question=question,
        answer=answer,
        judge=judge,
        choices=choices,
        domain=str(row.values.get("category") or "").strip().lower(),
        split=split,
    )


def split_choices(question: str) -> tuple[str, tuple[str, ...]]:
    """(the question, its choices); the whole text and none where they are not plainly lettered."""
    parts = _CHOICES_HEAD.split(question)
    if len(parts) != 2:
        return question, ()
    before, *lettered = _CHOICE.split(parts[1])
    letters, texts = lettered[::2], tuple(text.strip() for text in lettered[1::2])
    is_plain = not before.strip() and len(texts) >= 2 and all(texts)
    if not is_plain or "".join(letters) != LETTERS[: len(letters)]:
        return question, ()
    return parts[0].strip(), texts
