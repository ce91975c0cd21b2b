"""MMLU: a file of `question`, `subject`, `choices`, `answer` (0 to 3), or CSVs without a header.

The original comes as a folder with one CSV for each subject: question, A, B, C, D, letter. There
the file's name tells subject and split: `dev` holds five examples to be shown and counts as train.
"""

from __future__ import annotations

import re
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.answer_form import parse_letter
from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, file_form, read_cells, read_rows
from orchestra_cli.evaluation.tasks import EvalTask

_SPLITS = {"dev": "train", "val": "dev", "test": "test"}
_NAME = re.compile(r"(.+)_(dev|val|test)\.csv(?:\.gz)?", re.IGNORECASE)


def load_mmlu(path: Path) -> tuple[EvalTask, ...]:
    """A folder of CSVs, one of them, or a file with named fields. Raises UsageError."""
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*.csv*")) if _NAME.fullmatch(file.name)]
        if not files:
            raise UsageError(f"{path}: holds no file such as anatomy_test.csv: name another folder")
        return tuple(task for file in files for task in _subject(file))
    return _subject(path) if is_headerless(path) else _named_fields(path)


def is_headerless(path: Path) -> bool:
    """Whether it is a CSV of six cells a line, the last one a letter from A to D."""
    if file_form(path) != ".csv":
        return False
    _, cells = next(read_cells(path), ("", []))
    return len(cells) == 6 and cells[5].strip() in tuple("ABCD")


def _subject(path: Path) -> tuple[EvalTask, ...]:
    named = _NAME.fullmatch(path.name)
    subject, part = (named[1], named[2].lower()) if named else (path.name.partition(".")[0], "")
    tasks = []
    for number, (place, cells) in enumerate(read_cells(path)):
        if len(cells) != 6:
            raise UsageError(f"{place}: must be question, A, B, C, D, letter; got {len(cells)}")
        question, *choices, letter = cells
        values = {"question": question, "choices": choices, "answer": letter}
        tasks.append(
            _task(
                Row(place, values),
                name=f"{subject}-{part or 'row'}-{number}",
                domain=subject,
                split=_SPLITS.get(part, ""),
            )
        )
    return tuple(tasks)


def _named_fields(path: Path) -> tuple[EvalTask, ...]:
    split = split_of(path)
    return tuple(
        _task(
            row,
            name=str(row.values.get("id") or f"mmlu-{split or 'row'}-{number}"),
            domain=str(row.values.get("subject") or ""),
            split=split,
        )
        for number, row in enumerate(read_rows(path))
    )


def _task(row: Row, *, name: str, domain: str, split: str) -> EvalTask:
    choices = row.texts("choices")
    try:
        letter = parse_letter(row.values.get("answer"), choices)
    except ValueError as error:
        raise row.wrong("answer", str(error)) from None
    return EvalTask(
        id=name,
        question=row.text("question"),
        answer=letter,
        judge="choice",
        choices=choices,
        domain=domain.replace("_", " "),
        split=split,
    )
