"""The leaderboard's files, in the forms that they come in."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.judges.calls import CallJudge
from orchestra_cli.evaluation.loaders.bfcl import golden_calls, json_functions, load_bfcl
from orchestra_cli.evaluation.loaders.detect import load_tasks

FUNCTION = {
    "name": "area",
    "description": "Of a triangle.",
    "parameters": {
        "type": "dict",
        "properties": {
            "base": {"type": "float"},
            "points": {"type": "tuple", "items": {"type": "any"}},
        },
        "required": ["base"],
    },
}
ASKED = [[{"role": "user", "content": "What is the area?"}]]


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def test_questions_and_answers_stand_in_two_files(tmp_path: Path) -> None:
    questions = write(
        tmp_path / "BFCL_v4_simple.json",
        {"id": "simple_0", "question": ASKED, "function": [FUNCTION]},
    )
    golden = [{"area": {"base": [3], "points": ["", [1]]}}]
    write(tmp_path / "possible_answer" / questions.name, {"id": "simple_0", "ground_truth": golden})
    (task,) = load_bfcl(questions)
    assert (task.question, task.domain, task.judge) == ("What is the area?", "simple", "call")
    assert task.answer == golden
    assert CallJudge().grade(task, "area(base=3)").right
    assert load_tasks(questions).tasks == (task,)


def test_or_in_one_row(tmp_path: Path) -> None:
    row = {
        "id": "relevance_1",
        "category": "irrelevance",
        "question": ASKED,
        "tools": FUNCTION,
        "answer": [],
    }
    (task,) = load_bfcl(write(tmp_path / "joined.jsonl.gz", row))
    assert CallJudge().grade(task, "Nothing fits.").right


def test_where_no_call_is_wanted_no_answer_is_needed(tmp_path: Path) -> None:
    row = {"id": "live_irrelevance_3", "question": ASKED, "function": [FUNCTION]}
    (task,) = load_bfcl(write(tmp_path / "q.json", row))
    assert (task.answer, task.domain) == ([], "live_irrelevance")


@pytest.mark.parametrize(
    ("raw", "golden"),
    [
        ({"id": "x", "ground_truth": {"f": {"a": [1]}}}, [{"f": {"a": [1]}}]),
        ({"f_1": {"a": [1]}, "f_2": {"a": [2]}}, [{"f_1": {"a": [1]}}, {"f_2": {"a": [2]}}]),
        ([{"f": {"a": [1, ""]}}], [{"f": {"a": [1, ""]}}]),
        (["f(a=1)", "g(b=[2])"], [{"f": {"a": [1]}}, {"g": {"b": [[2]]}}]),
        ("(no call)", []),
        ([], []),
        (["what?"], None),
        (None, None),
    ],
    ids=["wrapped", "numbered", "list", "written", "none wanted", "empty", "prose", "unknown"],
)
def test_golden_calls_of_every_form(raw: Any, golden: Any) -> None:
    assert golden_calls(raw) == golden


def test_types_get_the_names_of_json_schema() -> None:
    (function,) = json_functions(FUNCTION)
    assert function["parameters"]["type"] == "object"
    assert function["parameters"]["properties"] == {
        "base": {"type": "number"},
        "points": {"type": "array", "items": {}},
    }
    assert FUNCTION["parameters"]["type"] == "dict"


def test_a_row_that_lacks_its_functions_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "q.json", {"id": "simple_0", "question": ASKED})
    with pytest.raises(UsageError, match=r"q.json:1: a task of BFCL has an id, a question"):
        load_bfcl(path)
