"""τ²-bench's two layouts, on tasks of our own; the real ones where a folder holds them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from retail_shop import SHOP

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.catalog import domain_of
from orchestra_cli.evaluation.judges.state import Golden, StateJudge, state_answer, verify_golden
from orchestra_cli.evaluation.loaders.tau2 import load_tau2
from tools.base import JsonObject, ToolCall

CANCEL: JsonObject = {"order_id": "#W3", "reason": "no longer needed"}
EMAIL: JsonObject = {"email": "kim@example.com"}


def task(name: str, domain: str, **criteria: object) -> JsonObject:
    return {
        "id": name,
        "description": {"purpose": None},
        "user_scenario": {
            "persona": None,
            "instructions": {
                "domain": domain,
                "reason_for_call": "You want to cancel #W3 and know your new balance.",
                "known_info": "You are Kim Lee.",
                "unknown_info": None,
                "task_instructions": ".",
            },
        },
        "initial_state": None,
        "evaluation_criteria": {"actions": [], "communicate_info": None, **criteria},
    }


RETAIL = task(
    "0",
    "retail",
    actions=[
        {"action_id": "0_0", "name": "find_user_id_by_email", "arguments": EMAIL, "info": None},
        {"action_id": "0_1", "name": "cancel_pending_order", "arguments": CANCEL, "info": None},
    ],
    communicate_info=["41.20"],
    nl_assertions=["Agent is kind."],
)
GOLDEN = [ToolCall("cancel_pending_order", CANCEL)]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    retail, airline = tmp_path / "domains" / "retail", tmp_path / "domains" / "airline"
    for folder in (retail, airline):
        folder.mkdir(parents=True)
    (retail / "tasks.json").write_text(json.dumps([RETAIL]), encoding="utf-8")
    (retail / "split_tasks.json").write_text('{"base": ["0"], "test": ["0"]}', encoding="utf-8")
    (retail / "db.json").write_text(json.dumps(SHOP), encoding="utf-8")
    (retail / "policy.md").write_text("# Be kind\n", encoding="utf-8")
    (airline / "tasks.json").write_text(json.dumps([task("a", "airline")]), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("below", [".", "domains"])
def test_a_checkout(checkout: Path, below: str) -> None:
    airline, retail = load_tau2(checkout / below)
    assert (retail.id, retail.domain, retail.split) == ("tau2-retail-0", "retail", "test")
    assert retail.question.endswith(
        "Why the customer calls: You want to cancel #W3 and know your new balance.\n"
        "What the customer knows: You are Kim Lee."
    )
    assert retail.tags["assertions"] == ["Agent is kind."]
    assert domain_of(retail).policy == "# Be kind\n"
    assert Golden.of(retail).communicate == ("41.20",)
    judge = StateJudge()
    assert judge.grade(retail, state_answer(GOLDEN, "It is $41.20 now.")).right is True
    assert judge.grade(retail, state_answer(GOLDEN, "Cancelled.")).why == "did not say '41.20'"
    assert judge.grade(retail, state_answer([], "41.20")).right is False
    grade = judge.grade(airline, "{}")
    assert grade.right is None
    assert grade.why.startswith("airline: its database") and "db.json is missing" in grade.why


def test_one_domain_alone_and_its_database_gone(checkout: Path) -> None:
    folder = checkout / "domains" / "retail"
    (folder / "db.json").unlink()
    (retail,) = load_tau2(folder)
    assert StateJudge().grade(retail, "").why == (
        f"retail: its database {folder / 'db.json'} is missing"
    )


def write_joined(folder: Path) -> Path:
    lines = [
        {"domain": "retail", "splits": ["train", "base"], **RETAIL},
        {"domain": "bank", "splits": [], **task("b", "bank")},
    ]
    lines[1]["user_scenario"] = {"persona": None, "instructions": "You are a customer.\n"}
    policies = [{"domain": "air", "text": "x"}, {"domain": "retail", "text": "Be kind."}]
    for name, objects in (("tasks.jsonl", lines), ("tau2_policies.jsonl", policies)):
        text = "".join(json.dumps(values) + "\n" for values in objects)
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "tau2_retail_db.json.gz").write_bytes(gzip.compress(json.dumps(SHOP).encode()))
    return folder / "tasks.jsonl.gz"


def test_the_joined_file(tmp_path: Path) -> None:
    retail, bank = load_tau2(write_joined(tmp_path))
    assert (retail.split, bank.split) == ("train", "")
    assert bank.question.endswith("\n\nYou are a customer.")
    assert domain_of(retail).policy == "Be kind."
    assert domain_of(retail) is domain_of(retail), "one database for all tasks of a process"
    assert StateJudge().grade(retail, state_answer(GOLDEN, "41.2")).right is True
    assert StateJudge().grade(bank, "").right is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "tasks.jsonl: line 1: not JSON"),
        ('{"id": 1}', "tasks.jsonl: line 1: domain is missing"),
        ('{"domain": "retail", "id": 1}', "line 1: not a τ²-bench task: 'evaluation_criteria'"),
    ],
)
def test_what_is_no_task_is_named(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        load_tau2(path)
    assert problem in str(raised.value)


def test_a_folder_without_tasks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tasks.json: name the folder `domains`"):
        load_tau2(tmp_path)


def test_golden_calls_of_the_real_retail_tasks_write_what_they_should() -> None:
    """Some look for what is not there, on purpose; one pays more than its gift card holds."""
    data = os.environ.get("ORCHESTRA_EVAL_DATA")
    if not data:
        pytest.skip("ORCHESTRA_EVAL_DATA names no folder of data sets")
    tasks = load_tau2(Path(data) / "tools" / "tau2_tasks_4domains.jsonl.gz")
    train = [each for each in tasks if each.domain == "retail" and each.split == "train"]
    judge, refused = StateJudge(), []
    for each in train:
        golden = Golden.of(each)
        answer = state_answer(golden.actions, " ".join(golden.communicate))
        assert judge.grade(each, answer).right is True
        refused += [
            problem
            for problem in verify_golden(domain_of(each), golden.actions)
            if "(find_" not in problem and "(get_" not in problem
        ]
    assert len(train) == 74 and len(refused) == 1
    assert "the gift card holds" in refused[0]
