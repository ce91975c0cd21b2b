"""Whatever is written reads the same, and whatever is read is a task or one line of error."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.task_file import read_tasks, write_tasks
from orchestra_cli.evaluation.tasks import LETTERS, EvalTask

FUNCTION = {"description": "Books seats.", "parameters": {"type": "object"}}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
filled = texts.filter(lambda text: bool(text.strip()))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
calls = st.lists(objects.filter(bool), max_size=3)
functions = st.lists(st.builds(lambda name: FUNCTION | {"name": name}, texts), min_size=1)
accepted = filled | st.lists(filled, min_size=1, max_size=3)
programs = st.fixed_dictionaries(
    {"tests": accepted},
    optional={"entry_point": st.just("solve"), "prelude": texts},
)
states = calls | st.fixed_dictionaries(
    {"actions": calls},
    optional={"communicate": st.lists(texts, max_size=2), "touch": st.booleans()},
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just("3 km")


@st.composite
def eval_tasks(draw: st.DrawFn, *, task_id: str) -> EvalTask:
    answers: dict[str, st.SearchStrategy[Any]] = {
        "exact": accepted,
        "model": accepted,
        "numeric": numbers,
        "code": programs,
        "call": calls,
        "state": states,
    }
    judge = draw(st.sampled_from(["choice", *answers]))
    choices = draw(st.lists(texts, min_size=2, max_size=26)) if judge == "choice" else []
    letters = st.sampled_from(LETTERS[: len(choices)]) if choices else st.nothing()
    return EvalTask(
        id=task_id,
        question=draw(filled),
        answer=draw(letters if judge == "choice" else answers[judge]),
        judge=judge,  # type: ignore[arg-type]
        choices=tuple(choices),
        domain=draw(texts),
        tools=draw(st.none() | st.sets(st.sampled_from(["python", "answer"])).map(tuple)),
        functions=tuple(draw(functions)) if judge == "call" else (),
        attachment=draw(texts),
        split=draw(st.sampled_from(["", "train", "dev", "test"])),
        tags=draw(objects),
    )


@given(data=st.data(), ids=st.lists(filled, min_size=1, max_size=3, unique=True))
def test_what_is_written_reads_the_same(data: st.DataObject, ids: list[str]) -> None:
    tasks = tuple(data.draw(eval_tasks(task_id=task_id)) for task_id in ids)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("tasks.jsonl", "tasks.jsonl.gz"):
            write_tasks(Path(folder, name), tasks)
            assert read_tasks(Path(folder, name)) == tasks


lines = st.one_of(
    st.binary(max_size=60),
    texts.map(str.encode),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {},
        optional={
            key: json_values
            for key in ("id", "question", "answer", "judge", "choices", "tools", "tags", "split")
        }
        | {"question": texts, "answer": texts | st.integers()},
    ).map(lambda value: json.dumps(value).encode()),
)


@given(line=lines)
@example(line=b'{"question": "?", "answer": "\\ud800"}')
@example(line=b'{"question": "?", "answer": ' + b"9" * 5000 + b"}")
def test_any_line_is_a_task_or_one_line_of_error(line: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tasks.jsonl")
        path.write_bytes(line)
        try:
            tasks = read_tasks(path)
        except UsageError as error:
            message = str(error)
            assert message.startswith(str(path)) and len(message.splitlines()) == 1, message
        else:
            assert all(task.question.strip() for task in tasks)
