"""The leaderboard's files, in the forms that they come in."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.judges.calls import CallJudge
from orchestra_cli.evaluation.loaders.bfcl import golden_calls, is_bfcl, json_functions, load_bfcl
from orchestra_cli.evaluation.loaders.detect import load_tasks

FUNCTION: dict[str, Any] = {
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


def test_a_folder_is_read_but_for_tasks_of_several_turns(tmp_path: Path) -> None:
    for name in ("simple", "parallel"):
        questions = tmp_path / f"BFCL_v4_{name}.json"
        write(questions, {"id": f"{name}_0", "question": ASKED, "function": [FUNCTION]})
        answers = {"id": f"{name}_0", "ground_truth": [{"area": {"base": [3]}}]}
        write(tmp_path / "possible_answer" / questions.name, answers)
    turns = {"id": "multi_turn_base_0", "question": [*ASKED, *ASKED], "involved_classes": ["X"]}
    write(tmp_path / "BFCL_v4_multi_turn_base.json", turns)
    assert [task.id for task in load_tasks(tmp_path).tasks] == ["parallel_0", "simple_0"]
    assert is_bfcl({"question": ASKED, "function": []})
    assert not is_bfcl(turns)


def test_some_call_is_wanted_of_live_relevance(tmp_path: Path) -> None:
    row = {"id": "live_relevance_0-0-0", "question": ASKED, "function": [FUNCTION]}
    (task,) = load_bfcl(write(tmp_path / "q.json", row))
    assert CallJudge().grade(task, "area(base=3)").right
    assert not CallJudge().grade(task, "Nothing fits.").right


def test_gzipped_questions_may_have_plain_answers(tmp_path: Path) -> None:
    row = {"id": "simple_0", "question": ASKED, "function": [FUNCTION]}
    questions = write(tmp_path / "BFCL_v3_simple.json.gz", row)
    answers = {"id": "simple_0", "ground_truth": [{"area": {"base": [3]}}]}
    write(tmp_path / "possible_answer" / "BFCL_v3_simple.json", answers)
    assert load_bfcl(questions)[0].answer == answers["ground_truth"]


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
    wrapped = {"type": "function", "function": FUNCTION}
    assert json_functions([wrapped]) == (function,)
    assert FUNCTION["parameters"]["type"] == "dict"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"function": None}, "a task of BFCL has an id, a question and functions"),
        ({"id": ""}, "a task of BFCL has an id, a question and functions"),
        ({"function": "area"}, "function: must be JSON functions"),
        ({"function": [{"description": "Of a triangle."}]}, "function: must be JSON functions"),
        ({"question": None}, "question: must be the text"),
        ({"question": [[]]}, "question: must be the text"),
        ({"question": [*ASKED, *ASKED]}, "question: must be the text, or the messages of one"),
        ({"ground_truth": None}, "ground_truth: is missing: add it, or put possible_answer/q.json"),
        ({"ground_truth": 3}, "ground_truth: must be a list of"),
        ({"ground_truth": [{"area": 3}]}, "ground_truth: must be a list of"),
        ({"ground_truth": [["area"]]}, "ground_truth: must be a list of"),
    ],
)
def test_what_a_row_lacks_is_said_in_a_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    row = {"id": "simple_0", "question": ASKED, "function": [FUNCTION], "ground_truth": []}
    path = write(tmp_path / "q.json", row, row | {"id": "simple_1"} | changes)
    with pytest.raises(UsageError) as error:
        load_bfcl(path)
    assert f"q.json:2: {message}" in str(error.value)
    assert "\n" not in str(error.value)
