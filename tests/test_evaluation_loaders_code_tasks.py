"""HumanEval and MBPP: the tests that a task carries pass right programs and fail wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.loaders.detect import load_tasks
from orchestra_cli.evaluation.tasks import EvalTask

HUMANEVAL = {
    "task_id": "HumanEval/900",
    "prompt": (
        "import math\n\n\ndef halve(x):\n    return x / 2\n\n\n"
        'def root_of_half(x):\n    """The root of half of x."""\n'
    ),
    "entry_point": "root_of_half",
    "canonical_solution": "    return math.sqrt(halve(x))\n",
    "test": "def check(candidate):\n    assert candidate(8) == 2\n    assert candidate(0) == 0\n",
}
MBPP = {
    "task_id": 601,
    "text": "Write a function to add two numbers.",
    "code": "def double(a):\r\n  return a\r\ndef add_up(a, b):\r\n  return a + b",
    "test_setup_code": "",
    "test_list": ["assert abs(add_up(1, 2)) == 3", "assert add_up(0, 0) == 0"],
    "challenge_test_list": [],
}


def load(path: Path, *rows: dict[str, Any]) -> tuple[EvalTask, ...]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return load_tasks(path).tasks


def passes(task: EvalTask, program: str) -> bool:
    answer = task.answer
    assert isinstance(answer, dict)
    tests = answer["tests"]
    tests = "\n".join(tests) if isinstance(tests, list) else tests
    try:
        exec(f"{answer.get('prelude', '')}\n{program}\n{tests}", {})
    except AssertionError:
        return False
    return True


def test_humaneval(tmp_path: Path) -> None:
    (task,) = load(tmp_path / "HumanEval.jsonl", HUMANEVAL)
    assert (task.id, task.judge, task.domain, task.split) == (
        "HumanEval/900",
        "code",
        "code",
        "test",
    )
    assert "def root_of_half" in task.question
    assert isinstance(task.answer, dict)
    assert task.answer["entry_point"] == "root_of_half"
    # a program that relies on the prompt's own imports and functions
    assert passes(task, "def root_of_half(x):\n    return math.sqrt(halve(x))")
    assert not passes(task, "def root_of_half(x):\n    return halve(x)")
    assert not passes(task, "def something_else(x):\n    return x")


def test_mbpp(tmp_path: Path) -> None:
    (task,) = load(tmp_path / "mbpp.jsonl", MBPP)
    assert (task.id, task.split) == ("mbpp-601", "train")
    assert task.answer == {"tests": MBPP["test_list"], "entry_point": "add_up"}
    assert "assert add_up(0, 0) == 0" in task.question
    assert passes(task, "def add_up(a, b):\n    return a + b")
    assert not passes(task, "def add_up(a, b):\n    return a - b")


def test_sanitized_mbpp(tmp_path: Path) -> None:
    row = {key: value for key, value in MBPP.items() if key not in ("text", "test_setup_code")}
    row |= {"prompt": "Add two numbers.", "test_imports": ["import math"], "task_id": 11}
    row["test_list"] = ["assert math.isclose(add_up(0.1, 0.2), 0.3)"]
    (task,) = load(tmp_path / "sanitized.jsonl", row)
    assert task.question.startswith("Add two numbers.")
    assert task.split == "test"
    assert passes(task, "def add_up(a, b):\n    return a + b")


@pytest.mark.parametrize(
    ("task_id", "split"), [(3, "train"), (510, "test"), (511, "dev"), (601, "train")]
)
def test_mbpp_is_split_as_its_authors_number_it(tmp_path: Path, task_id: int, split: str) -> None:
    (task,) = load(tmp_path / "mbpp.jsonl", MBPP | {"task_id": task_id})
    assert task.split == split


def test_a_solution_that_is_no_python(tmp_path: Path) -> None:
    (task,) = load(tmp_path / "mbpp.jsonl", MBPP | {"code": "def :"})
    assert task.answer == {"tests": MBPP["test_list"]}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (MBPP | {"test_list": []}, "test_list: is empty: nothing would judge the answer"),
        (MBPP | {"test_list": "assert f()"}, "test_list: must be a list of texts"),
        (HUMANEVAL | {"test": ""}, "test: is empty: fill it in, or delete the row"),
    ],
)
def test_a_wrong_row(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    path = tmp_path / "rows.jsonl"
    with pytest.raises(UsageError) as caught:
        load(path, row)
    assert str(caught.value) == f"{path}:1: {said}"
