"""The project's own form of tasks: read strictly, written so that it reads the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.task_file import read_tasks
from orchestra_cli.evaluation.tasks import JUDGE_NAMES, EvalTask

FUNCTION = {"name": "book", "description": "Books seats.", "parameters": {"type": "object"}}


def read_lines(folder: Path, *lines: str) -> tuple[EvalTask, ...]:
    path = folder / "tasks.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_tasks(path)


def read_one(folder: Path, **values: Any) -> EvalTask:
    (task,) = read_lines(folder, json.dumps({"question": "Why?"} | values))
    return task


def problem(folder: Path, *lines: str) -> str:
    """The error without the folder."""
    with pytest.raises(UsageError) as caught:
        read_lines(folder, *lines)
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("values", "judge", "answer"),
    [
        ({"answer": 12}, "numeric", 12),
        ({"answer": 12.5}, "numeric", 12.5),
        ({"answer": "12"}, "exact", "12"),
        ({"answer": ["Bonn", "bonn"]}, "exact", ["Bonn", "bonn"]),
        ({"answer": "12 km", "judge": "numeric"}, "numeric", "12 km"),
        ({"answer": "It rains.", "judge": "model"}, "model", "It rains."),
        ({"answer": "B", "choices": ["x", "y"]}, "choice", "B"),
        ({"answer": "b", "choices": ["x", "y"]}, "choice", "B"),
        ({"answer": "y", "choices": ["x", "y"]}, "choice", "B"),
        ({"answer": 1, "choices": ["x", "y"]}, "choice", "B"),
        ({"answer": "B", "choices": ["B", "A"]}, "choice", "B"),
        ({"answer": "a", "choices": ["b", "a"]}, "choice", "B"),
        ({"answer": "D", "judge": "choice"}, "choice", "D"),
        ({"answer": "y", "choices": ["x", "y"], "judge": "exact"}, "exact", "y"),
        ({"answer": {"tests": "assert f()"}, "judge": "code"}, "code", {"tests": "assert f()"}),
        ({"answer": [], "judge": "call", "functions": [FUNCTION]}, "call", []),
        ({"answer": [{"name": "book"}], "judge": "state"}, "state", [{"name": "book"}]),
        ({"answer": {"actions": []}, "judge": "state"}, "state", {"actions": []}),
        ({"answer": [3, "3 km"], "judge": "numeric"}, "numeric", [3, "3 km"]),
    ],
)
def test_judge_and_answer(tmp_path: Path, values: dict[str, Any], judge: str, answer: Any) -> None:
    task = read_one(tmp_path, **values)
    assert (task.judge, task.answer) == (judge, answer)


def test_everything_that_a_line_can_say(tmp_path: Path) -> None:
    task = read_one(
        tmp_path,
        id=7,
        answer="B",
        choices=["x", "y"],
        domain="law",
        tools=["python", "answer"],
        functions=[FUNCTION],
        attachment="A text.",
        split="dev",
        tags={"level": 3},
    )
    assert task == EvalTask(
        id="7",
        question="Why?",
        answer="B",
        judge="choice",
        choices=("x", "y"),
        domain="law",
        tools=("python", "answer"),
        functions=(FUNCTION,),
        attachment="A text.",
        split="dev",
        tags={"level": 3},
    )
    assert task.problem == "Why?\nA. x\nB. y"


def test_a_task_without_an_id_is_named_after_its_line(tmp_path: Path) -> None:
    line = '{"question": "Why?", "answer": "so"}'
    tasks = read_lines(tmp_path, "\ufeff" + line, "", line)
    assert [task.id for task in tasks] == ["line-1", "line-3"]
    assert [task.tools for task in tasks] == [None, None]


GOOD = '"question": "Why?", "answer": "so"'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "holds no task: write one JSON object a line"),
        ("[]", "must be a JSON object in { }, one a line"),
        ('{"question": }', "not valid JSON: Expecting value at column 14"),
        ('{"a": NaN}', "not valid JSON: NaN is no finite number"),
        ('{"a": 1e999}', "not valid JSON: 1e999 is no finite number"),
        ('{"a": "\\ud800"}', "half of a surrogate pair: write the character itself"),
        ("[" * 100_000, "not valid JSON: nested too deeply"),
        ('{"qestion": "Why?", "answer": "so"}', "qestion: unknown key: did you mean question?"),
        (f'{{{GOOD}, "n\\nn": 1}}', r"'n\nn': unknown key: the keys here are id, question"),
        ('{"question": "Why?"}', "answer: this key is required: add it"),
        ('{"question": " ", "answer": "so"}', "question: is empty: write one"),
        ('{"question": "Why?", "answer": null}', "answer: None is no text: write a text"),
        ('{"question": "Why?", "answer": true}', "answer: True is no text: write a text"),
        (f'{{{GOOD}, "id": true}}', "id: must be a text or a whole number, got True"),
        (f'{{{GOOD}, "judge": "numeric"}}', "answer: 'so' has no number: write one such as"),
        (f'{{{GOOD}, "judge": "exactly"}}', "judge: must be one of exact, numeric, choice"),
        (f'{{{GOOD}, "choices": ["so"]}}', "choices: there are 1: give 2 to 26, or none"),
        (
            f'{{{GOOD}, "choices": ["a", "b", "c"]}}',
            "answer: 'so' is none of the choices: write a letter from A to C",
        ),
        (f'{{{GOOD}, "choices": ["so", "so"]}}', "answer: 'so' is none of the choices"),
        (
            '{"question": "?", "answer": 2, "choices": ["a", "b"]}',
            "answer: 2 is none of the choices: write a letter from A to B",
        ),
        (f'{{{GOOD}, "tools": ["pyton"]}}', "tools: there is no 'pyton': did you mean python?"),
        (f'{{{GOOD}, "split": "eval"}}', "split: must be train, dev or test, got 'eval'"),
        (f'{{{GOOD}, "functions": [{{}}]}}', "functions: one has no name"),
        (f'{{{GOOD}, "judge": "call"}}', "functions: there are none: say what may be called"),
        (f'{{{GOOD}, "judge": "state"}}', "answer: 'so' is no object: write {\"actions\""),
        (
            '{"question": "?", "judge": "state", "answer": {"actions": 1}}',
            "answer: actions: 1 is no list of calls: write one such as",
        ),
        (
            '{"question": "?", "judge": "state", "answer": {"actions": [], "communicate": "so"}}',
            "answer: communicate: 'so' is no list of texts: write what must be said",
        ),
        (
            '{"question": "?", "judge": "state", "answer": {"actions": [], "touch": 1}}',
            "answer: touch: 1 is neither true nor false",
        ),
        (f'{{{GOOD}, "judge": "code"}}', "answer: 'so' is no object: write {\"tests\""),
        (
            '{"question": "?", "judge": "code", "answer": {"test": "assert f()"}}',
            "answer: 'test': unknown key: did you mean tests?",
        ),
        (
            '{"question": "?", "judge": "code", "answer": {"tests": []}}',
            "answer: tests: [] is no test: write Python, or a list of asserts",
        ),
        (
            '{"question": "?", "judge": "code", "answer": {"tests": "f()", "entry_point": "f()"}}',
            "answer: entry_point: 'f()' is no name of a function: write one",
        ),
    ],
)
def test_a_wrong_line_says_where_and_what(tmp_path: Path, line: str, said: str) -> None:
    message = problem(tmp_path, line)
    place = "tasks.jsonl: " if not line else "tasks.jsonl:1: "
    assert message.startswith(place + said), message
    assert "\n" not in message


def test_the_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    good = f"{{{GOOD}}}"
    assert problem(tmp_path, good, "", f'{{{GOOD}, "domian": ""}}').startswith(
        "tasks.jsonl:3: domian: unknown key: did you mean domain?"
    )


def test_two_tasks_of_one_id(tmp_path: Path) -> None:
    line = f'{{"id": "x", {GOOD}}}'
    assert problem(tmp_path, line, line) == (
        f"tasks.jsonl:2: id: 'x' stands at {tmp_path}/tasks.jsonl:1 too: give each task its own"
    )


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tasks.jsonl: no such file"):
        read_tasks(tmp_path / "tasks.jsonl")


def test_the_examples_of_the_docs(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "tasks.md").read_text(encoding="utf-8")
    examples = text.partition("```json\n")[2].partition("```")[0]
    tasks = read_lines(tmp_path, *examples.splitlines())
    assert {task.judge for task in tasks} == set(JUDGE_NAMES) - {"state"}
