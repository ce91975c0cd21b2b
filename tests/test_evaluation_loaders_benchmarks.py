"""GSM8K, FRAMES, HLE, MMLU and MMLU-Pro from the fields that they are published with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.loaders.detect import load_tasks
from orchestra_cli.evaluation.loaders.frames import load_frames
from orchestra_cli.evaluation.loaders.gsm8k import load_gsm8k
from orchestra_cli.evaluation.loaders.hle import load_hle, split_choices
from orchestra_cli.evaluation.loaders.mmlu import load_mmlu
from orchestra_cli.evaluation.loaders.mmlu_pro import load_mmlu_pro
from orchestra_cli.evaluation.task_file import read_tasks, write_tasks
from orchestra_cli.evaluation.tasks import EvalTask


def saved(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_gsm8k(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "test.jsonl",
        {"question": "6 hens lay 3 eggs each?", "answer": "6*3 = <<6*3=18>>18 eggs.\n#### 18"},
        {"question": "How much?", "answer": "It is\n#### 1,250"},
        {"question": "And half?", "answer": "#### 0.5", "id": "half"},
        {"question": "The number alone?", "answer": 7},
    )
    tasks = load_gsm8k(path)
    assert tasks[0] == EvalTask(
        id="gsm8k-test-0",
        question="6 hens lay 3 eggs each?",
        answer=18,
        judge="numeric",
        domain="mathematics",
        split="test",
    )
    assert [task.answer for task in tasks] == [18, 1250, "0.5", 7]
    assert tasks[2].id == "half"


def test_gsm8k_without_a_number(tmp_path: Path) -> None:
    path = saved(tmp_path / "train.jsonl", {"question": "?", "answer": "#### many"})
    with pytest.raises(UsageError, match=r"train.jsonl:1: answer: has no number"):
        load_gsm8k(path)


@pytest.mark.parametrize(
    ("answer", "judge"),
    [
        ("1,234", "numeric"),
        ("37", "numeric"),
        ("-0.75", "numeric"),
        ("$3.50", "numeric"),
        ("12%", "numeric"),
        ("007", "exact"),
        ("37th", "exact"),
        ("Lake Constance", "exact"),
        ("12 May 1931", "exact"),
        ("She was born in the same year as her rival.", "model"),
    ],
)
def test_frames_is_judged_by_a_rule_where_one_can_tell(
    tmp_path: Path, answer: str, judge: str
) -> None:
    path = saved(tmp_path / "frames.jsonl", {"Prompt": "Which?", "Answer": answer})
    (task,) = load_frames(path)
    assert (task.answer, task.judge) == (answer, judge)


def test_frames_as_published_and_in_short(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text(
        "\tPrompt\tAnswer\treasoning_types\twiki_links\n"
        "0\tWho was first?\tIda Noddack\tTemporal reasoning | Post processing\t['a', 'b']\n"
    )
    (task,) = load_tasks(path).tasks
    assert task == EvalTask(
        id="frames-0",
        question="Who was first?",
        answer="Ida Noddack",
        domain="temporal reasoning",
        split="test",
    )
    short = saved(tmp_path / "f.jsonl", {"id": "w-0", "question": "Who?", "answer": "Ida Noddack"})
    (task,) = load_tasks(short, form="frames").tasks
    assert (task.id, task.question, task.domain) == ("w-0", "Who?", "")


def hle_row(**values: Any) -> dict[str, Any]:
    row = {"id": "x1", "question": "Why?", "answer": "so", "answer_type": "exactMatch"}
    return row | {"category": "Humanities", "image": "", "rationale": "…", "canary": "…"} | values


def test_hle(tmp_path: Path) -> None:
    lettered = "Which of them?\n\nAnswer Choices:\nA. one\nof two lines\nB. two\nC. three"
    path = saved(
        tmp_path / "hle.jsonl",
        hle_row(),
        hle_row(id="x2", question=lettered, answer="B", answer_type="multipleChoice"),
        hle_row(id="x3", image="data:image/png;base64,AAAA"),
        hle_row(id="x4", question="Which: A. or B.?", answer="A", answer_type="multipleChoice"),
    )
    loaded = load_tasks(path)
    assert loaded.notes == ("1 question with an image left out: only text is read",)
    assert [(t.id, t.judge, t.answer, t.domain) for t in loaded.tasks] == [
        ("x1", "exact", "so", "humanities"),
        ("x2", "choice", "B", "humanities"),
        ("x4", "choice", "A", "humanities"),
    ]
    assert loaded.tasks[1].question == "Which of them?"
    assert loaded.tasks[1].choices == ("one\nof two lines", "two", "three")
    assert loaded.tasks[2].choices == ()
    write_tasks(tmp_path / "ours.jsonl", loaded.tasks)
    assert read_tasks(tmp_path / "ours.jsonl") == loaded.tasks


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"answer_type": "essay"},
            "answer_type: must be exactMatch or multipleChoice, got 'essay'",
        ),
        (
            {
                "question": "?\nAnswer Choices:\nA. x\nB. y",
                "answer": "C",
                "answer_type": "multipleChoice",
            },
            "answer: 'C' is none of the choices: write a letter from A to B",
        ),
        ({"answer": None}, "answer: must be a text"),
    ],
)
def test_a_wrong_hle_row(tmp_path: Path, values: dict[str, Any], said: str) -> None:
    path = saved(tmp_path / "hle.jsonl", hle_row(**values))
    with pytest.raises(UsageError) as caught:
        load_hle(path)
    assert str(caught.value) == f"{path}:1: {said}"


@pytest.mark.parametrize(
    "question",
    [
        "No list at all.",
        "One only.\nAnswer Choices:\nA. x",
        "Gaps.\nAnswer Choices:\nA. x\nC. y",
        "A lead.\nAnswer Choices:\nchoose\nA. x\nB. y",
    ],
)
def test_choices_that_are_not_plainly_lettered_stay_in_the_text(question: str) -> None:
    assert split_choices(question) == (question, ())


def test_hle_with_images_alone(tmp_path: Path) -> None:
    path = saved(tmp_path / "hle.jsonl", hle_row(image="data:"))
    with pytest.raises(UsageError, match="holds no task that can be asked .1 question with an im"):
        load_tasks(path)


def test_mmlu_with_named_fields(tmp_path: Path) -> None:
    row = {"question": "?", "subject": "high_school_biology", "choices": list("wxyz"), "answer": 2}
    (task,) = load_tasks(saved(tmp_path / "validation-00000-of-00001.jsonl", row)).tasks
    assert task == EvalTask(
        id="mmlu-dev-0",
        question="?",
        answer="C",
        judge="choice",
        choices=("w", "x", "y", "z"),
        domain="high school biology",
        split="dev",
    )
    with pytest.raises(UsageError, match=r"bad.jsonl:1: answer: 4 is none of the choices"):
        load_mmlu(saved(tmp_path / "bad.jsonl", row | {"answer": 4}))


def test_mmlu_as_a_folder_of_csvs(tmp_path: Path) -> None:
    for split in ("dev", "test"):
        folder = tmp_path / split
        folder.mkdir()
        for subject in ("anatomy", "us_history"):
            line = f'"Of {subject},\nwhich?",w,x,y,z,D\n'
            (folder / f"{subject}_{split}.csv").write_text(line * 2)
    tasks = load_tasks(tmp_path).tasks
    assert [(t.id, t.domain, t.split) for t in tasks][2:5] == [
        ("us_history-dev-0", "us history", "train"),
        ("us_history-dev-1", "us history", "train"),
        ("anatomy-test-0", "anatomy", "test"),
    ]
    assert (len(tasks), tasks[0].answer, tasks[0].choices) == (8, "D", ("w", "x", "y", "z"))
    assert load_tasks(tmp_path / "test" / "anatomy_test.csv").tasks == tasks[4:6]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Which?,w,x,y,D", "must be question, A, B, C, D, letter; got 5"),
        ("Which?,w,x,y,z,E", "answer: 'E' is none of the choices: write a letter from A to D"),
    ],
)
def test_a_wrong_mmlu_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "anatomy_test.csv"
    path.write_text(f"Which?,w,x,y,z,A\n{line}\n")
    with pytest.raises(UsageError) as caught:
        load_tasks(path)
    assert str(caught.value).startswith(f"{path}:2: {said}")


def test_mmlu_pro(tmp_path: Path) -> None:
    row = {
        "question_id": 70,
        "question": "?",
        "options": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
        "answer": "J",
        "answer_index": 9,
        "category": "business",
        "cot_content": "",
        "src": "x",
    }
    (task,) = load_tasks(saved(tmp_path / "test.jsonl", row)).tasks
    assert (task.id, task.answer, task.domain, task.split) == (
        "mmlu-pro-70",
        "J",
        "business",
        "test",
    )
    assert len(task.choices) == 10
    with pytest.raises(UsageError, match=r"bad.jsonl:1: answer: 'K' is none of the choices"):
        load_mmlu_pro(saved(tmp_path / "bad.jsonl", row | {"answer": "K"}))
