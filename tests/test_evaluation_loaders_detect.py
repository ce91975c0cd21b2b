"""Which form a file or folder has is told by what it holds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.loaders.detect import FORMS, detect_form, load_tasks
from orchestra_cli.evaluation.task_file import read_tasks, write_tasks

CONVERSATION = [[{"role": "user", "content": "Book two seats."}]]
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("tasks", {"question": "?", "answer": "so"}),
    ("tasks", {"id": "1", "question": "?", "answer": "A", "choices": ["x", "y"]}),
    ("tasks", {"qestion": "?", "answer": "so"}),
    ("gsm8k", {"question": "?", "answer": "18 eggs\n#### 18"}),
    ("frames", {"Prompt": "?", "Answer": "so", "wiki_links": "[]"}),
    ("hle", {"question": "?", "answer": "so", "answer_type": "exactMatch", "image": ""}),
    ("mmlu", {"question": "?", "subject": "law", "choices": ["x", "y"], "answer": 1}),
    ("mmlu-pro", {"question": "?", "options": ["x"], "answer": "A", "category": "law"}),
    ("humaneval", {"task_id": "H/1", "prompt": "def f():", "entry_point": "f", "test": "f()"}),
    ("mbpp", {"task_id": 1, "text": "?", "test_list": ["assert f()"], "code": ""}),
    ("bfcl", {"id": "simple_0", "question": CONVERSATION, "function": []}),
    ("tau2", {"id": "0", "user_scenario": {}, "evaluation_criteria": {}}),
]


@pytest.mark.parametrize(("form", "row"), ROWS)
def test_the_first_row_tells(tmp_path: Path, form: str, row: dict[str, Any]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\nbroken")
    assert detect_form(path) == form
    assert form in FORMS


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("mmlu", "data/test/anatomy_test.csv"),
        ("tau2", "retail/tasks.json"),
        ("bfcl", "BFCL_v4_multiple.json"),
    ],
)
def test_a_folder_is_told_by_its_files(tmp_path: Path, form: str, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("?,w,x,y,z,A\n")
    assert detect_form(tmp_path) == form


def test_a_csv_of_mmlu_has_no_header(tmp_path: Path) -> None:
    path = tmp_path / "anatomy.csv"
    path.write_text("Which?,w,x,y,z,A\n")
    assert detect_form(path) == "mmlu"
    path.write_text("Prompt,Answer,c,d,e,wiki_links\n?,so,,,,\n")
    assert detect_form(path) == "frames"


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    for content, said in {
        "": "holds no task: write one JSON object a line",
        '{"text": "?", "label": 1}': "no known form of tasks has the fields 'text, label'",
    }.items():
        path.write_text(content)
        with pytest.raises(UsageError) as caught:
            load_tasks(path)
        assert str(caught.value).startswith(f"{path}: {said}")
    with pytest.raises(UsageError, match="no benchmark that comes as a folder: name a file in it"):
        load_tasks(tmp_path)
    with pytest.raises(UsageError, match="none.jsonl: no such file or folder"):
        load_tasks(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="no such form of tasks: gsm: known are tasks, hle"):
        load_tasks(path, form="gsm")


def test_a_named_form_counts(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text('{"question": "?", "answer": "12"}')
    assert load_tasks(path).tasks[0].judge == "exact"
    assert load_tasks(path, form="gsm8k").tasks[0].answer == 12


def test_ids_that_stand_twice(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text('{"id": "x", "question": "?", "answer": "#### 1"}\n' * 2)
    with pytest.raises(UsageError, match=r"task 2: id: 'x' stands at .*: task 1 too"):
        load_tasks(path)


@pytest.mark.skipif(
    "ORCHESTRA_EVAL_DATA" not in os.environ, reason="ORCHESTRA_EVAL_DATA names no data folder"
)
@pytest.mark.parametrize(
    ("name", "form", "num_tasks"),
    [
        ("gsm8k_train", "gsm8k", 7473),
        ("frames_824", "frames", 824),
        ("humaneval_164", None, 164),
        ("mbpp_974", None, 974),
    ],
)
def test_real_files(tmp_path: Path, name: str, form: str | None, num_tasks: int) -> None:
    path = Path(os.environ["ORCHESTRA_EVAL_DATA"]) / "qa" / f"{name}.jsonl.gz"
    tasks = load_tasks(path, form=form).tasks
    assert len(tasks) == num_tasks
    write_tasks(tmp_path / "ours.jsonl", tasks)
    assert read_tasks(tmp_path / "ours.jsonl") == tasks
