"""Which form a file or folder of tasks has: our own, or that of a public benchmark on disk.

The fields of the first row tell. Nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.loaders.code_tasks import load_humaneval, load_mbpp
from orchestra_cli.evaluation.loaders.frames import load_frames
from orchestra_cli.evaluation.loaders.gsm8k import MARK, load_gsm8k
from orchestra_cli.evaluation.loaders.hle import load_hle
from orchestra_cli.evaluation.loaders.loaded import Loaded
from orchestra_cli.evaluation.loaders.mmlu import is_headerless, load_mmlu
from orchestra_cli.evaluation.loaders.mmlu_pro import load_mmlu_pro
from orchestra_cli.evaluation.loaders.table_file import read_rows
from orchestra_cli.evaluation.task_file import check_ids, read_tasks
from orchestra_cli.evaluation.tasks import EvalTask

_Load = Callable[[Path], tuple[EvalTask, ...] | Loaded]
_MAX_SHOWN_FIELDS = 12


def load_tasks(path: Path, *, form: str | None = None) -> Loaded:
    """The tasks of a file or folder; `form` says what it is where its fields do not.

    Raises UsageError.
    """
    if form is not None and form not in FORMS:
        raise UsageError(f"no such form of tasks: {form}: known are {', '.join(FORMS)}")
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    found = FORMS[form or detect_form(path)](path)
    loaded = found if isinstance(found, Loaded) else Loaded(tuple(found))
    if not loaded.tasks:
        left_out = "".join(f" ({note})" for note in loaded.notes)
        raise UsageError(f"{path}: holds no task that can be asked{left_out}")
    check_ids(loaded.tasks, [f"{path}: task {at}" for at in range(1, len(loaded.tasks) + 1)])
    return loaded


def detect_form(path: Path) -> str:
    """A key of `FORMS`. Raises UsageError where nothing fits."""
    if path.is_dir():
        return _folder_form(path)
    if is_headerless(path):
        return "mmlu"
    with closing(read_rows(path)) as rows:
        first = next(rows, None)
    if first is None:
        raise UsageError(f"{path}: holds no task: write one JSON object a line")
    if form := _form_of(first.values):
        return form
    fields = ", ".join(list(first.values)[:_MAX_SHOWN_FIELDS])
    raise UsageError(
        f"{path}: no known form of tasks has the fields {fields!r}: write JSON lines with id, "
        "question and answer"
    )


def _folder_form(path: Path) -> str:
    for form, names in _FOLDERS.items():
        if any(next(path.rglob(name), None) for name in names):
            return form
    raise UsageError(f"{path}: no benchmark that comes as a folder: name a file in it")


def _form_of(values: Mapping[str, Any]) -> str | None:
    question, answer = values.get("question"), values.get("answer")
    if isinstance(question, list):  # a conversation
        return "bfcl"
    if form := next((form for form, keys in _FIELDS.items() if values.keys() >= keys), None):
        return form
    if isinstance(answer, str) and MARK in answer:
        return "gsm8k"
    return "tasks" if question is not None or answer is not None else None


def _load_bfcl(path: Path) -> tuple[EvalTask, ...]:
    from orchestra_cli.evaluation.loaders.bfcl import load_bfcl

    return load_bfcl(path)


def _load_tau2(path: Path) -> tuple[EvalTask, ...]:
    from orchestra_cli.evaluation.loaders.tau2 import load_tau2

    return load_tau2(path.parent if path.name == "tasks.json" else path)


FORMS: dict[str, _Load] = {
    "tasks": read_tasks,
    "hle": load_hle,
    "frames": load_frames,
    "gsm8k": load_gsm8k,
    "mmlu": load_mmlu,
    "mmlu-pro": load_mmlu_pro,
    "bfcl": _load_bfcl,
    "tau2": _load_tau2,
    "humaneval": load_humaneval,
    "mbpp": load_mbpp,
}
_FIELDS: dict[str, set[str]] = {
    "frames": {"Prompt", "Answer"},
    "hle": {"question", "answer", "answer_type"},
    "mmlu-pro": {"question", "options", "answer", "category"},
    "mmlu": {"question", "subject", "choices", "answer"},
    "humaneval": {"prompt", "entry_point", "test"},
    "mbpp": {"task_id", "test_list"},
    "tau2": {"user_scenario", "evaluation_criteria"},
}
"""The fields that a row of this form always has; the first that fits counts."""
_FOLDERS: dict[str, tuple[str, ...]] = {
    "bfcl": ("BFCL_*.json",),
    "tau2": ("tasks.json",),
    "mmlu": ("*_test.csv*", "*_val.csv*", "*_dev.csv*"),
}
"""The names of files that such a folder holds, at any depth."""
