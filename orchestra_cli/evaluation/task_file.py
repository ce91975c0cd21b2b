"""The project's own form of tasks: one JSON object a line (docs/tasks.md).

Read strictly: an unknown key, an answer that its judge cannot read or an id that stands twice is an
error of one line that names the file, the line, the key and the fix.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from orchestra_cli.assembly import TOOL_NAMES
from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.answer_form import (
    MAX_CHOICES,
    infer_judge,
    nearest,
    parse_answer,
    shown,
)
from orchestra_cli.evaluation.loaders.table_file import Row, read_json_lines
from orchestra_cli.evaluation.tasks import JUDGE_NAMES, EvalTask, Json, JudgeName


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str | int = ""
    question: str
    answer: Any
    judge: JudgeName | None = None
    choices: list[str] = []
    domain: str = ""
    tools: list[str] | None = None
    functions: list[dict[str, Any]] = []
    attachment: str = ""
    split: Literal["", "train", "dev", "test"] = ""
    tags: dict[str, Any] = {}
    right_tools: list[str] | None = None


_KEYS = tuple(_Line.model_fields)
_WANTED = {
    "id": "a text or a whole number",
    "question": "a text",
    "judge": f"one of {', '.join(JUDGE_NAMES)}",
    "choices": "a list of texts",
    "domain": "a text",
    "tools": "a list of tools' names",
    "functions": "a list of JSON functions",
    "attachment": "a text",
    "split": "train, dev or test",
    "tags": "an object",
    "right_tools": "a list of tools' names",
}


def read_tasks(path: Path) -> tuple[EvalTask, ...]:
    """Every line as a task. Raises UsageError."""
    tasks: list[EvalTask] = []
    places: list[str] = []
    for row in read_json_lines(path):
        tasks.append(parse_task(row))
        places.append(row.place)
    if not tasks:
        raise UsageError(f"{path}: holds no task: write one JSON object a line")
    check_ids(tasks, places)
    return tuple(tasks)


def write_tasks(path: Path, tasks: Iterable[EvalTask]) -> None:
    """One line each, in the form that `read_tasks` reads; gzipped where the name ends in .gz."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="\n") as file:
        for task in tasks:
            line = json.dumps(_values(task), ensure_ascii=False, allow_nan=False)
            file.write(line + "\n")


def check_ids(tasks: Sequence[EvalTask], places: Sequence[str]) -> None:
    """Raises UsageError where two tasks share an id: a row of a report could be either's."""
    seen: dict[str, str] = {}
    for task, place in zip(tasks, places, strict=True):
        if task.id in seen:
            raise UsageError(f"{place}: id: {shown(task.id)} stands at {seen[task.id]} too: "
                             "give each task its own")  # fmt: skip
        seen[task.id] = place


def parse_task(row: Row) -> EvalTask:
    """A row in our form. Raises UsageError."""
    try:
        line = _Line.model_validate(row.values)
    except ValidationError as error:
        raise UsageError(f"{row.place}: {_describe(error.errors(), row.values)}") from None
    if problem := _problem(line):
        raise UsageError(f"{row.place}: {problem}")
    judge = line.judge or infer_judge(line.answer, line.choices)
    try:
        answer = parse_answer(line.answer, judge, line.choices)
    except ValueError as error:
        raise row.wrong("answer", str(error)) from None
    return EvalTask(
        id=str(line.id) or f"line-{row.place.rpartition(':')[2]}",
        question=line.question,
        answer=answer,
        judge=judge,
        choices=tuple(line.choices),
        domain=line.domain,
        tools=None if line.tools is None else tuple(line.tools),
        functions=tuple(line.functions),
        attachment=line.attachment,
        split=line.split,
        tags=line.tags,
        right_tools=None if line.right_tools is None else tuple(line.right_tools),
    )


def _describe(errors: list[ErrorDetails], values: dict[str, Any]) -> str:
    """The first problem; an unknown key before all others, as it is often why one is missing."""
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    key = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        named = key if key.isidentifier() else shown(key)
        return f"{named}: unknown key: {nearest(key, _KEYS)}"
    if first["type"] == "missing":
        return f"{key}: this key is required: add it"
    return f"{key}: must be {_WANTED[key]}, got {shown(values[key])}"


def _problem(line: _Line) -> str:
    """What no type can say."""
    if not line.question.strip():
        return "question: is empty: write one"
    if line.choices and not 2 <= len(line.choices) <= MAX_CHOICES:
        return f"choices: there are {len(line.choices)}: give 2 to {MAX_CHOICES}, or none"
    for key, names in (("tools", line.tools), ("right_tools", line.right_tools)):
        for name in names or ():
            if name not in TOOL_NAMES:
                return f"{key}: there is no {shown(name)}: {nearest(name, TOOL_NAMES)}"
    if any(not isinstance(function.get("name"), str) for function in line.functions):
        return 'functions: one has no name: write {"name", "description", "parameters"}'
    if line.judge == "call" and not line.functions:
        return "functions: there are none: say what may be called"
    return ""


def _values(task: EvalTask) -> dict[str, Json]:
    """The object of a task, without what is as it is by default."""
    always = ("id", "question", "answer", "judge")
    values: dict[str, Json] = {name: getattr(task, name) for name in always}
    blank = EvalTask(task.id, task.question)
    for name in (field.name for field in fields(EvalTask)):
        value = getattr(task, name)
        if value != getattr(blank, name):
            values[name] = list(value) if isinstance(value, tuple) else value
    return values
