"""Suites: what a file of records holds, what its experts cost, and what is wrong with it."""

import json
from pathlib import Path

import pytest
from recorded_suite import write_suite

from orchestra_cli.errors import RefusedError, UsageError
from orchestra_cli.evaluation.roster import allowed_experts, rosters
from orchestra_cli.evaluation.suite import Suite, built_in_suites, load_suite
from prefs.profile import HardRules, Profile


def load(folder: Path, **how: object) -> Suite:
    path = write_suite(folder, **how)  # type: ignore[arg-type]
    return load_suite(str(path), data=None, split=None, limit=None)


def test_the_test_rows_are_reported_on_and_the_others_kept_apart(tmp_path: Path) -> None:
    suite = load(tmp_path)
    assert (suite.split, len(suite.tasks), suite.is_live) == ("test", 24, False)
    assert {split: len(records) for split, records in suite.records.items()} == {
        "train": 72,
        "dev": 24,
        "test": 24,
    }
    assert suite.tasks[0].problem.splitlines()[1].startswith("A. the ")
    assert suite.notes == ("nothing here was ever asked of anybody",)


def test_a_limit_spreads_over_the_file(tmp_path: Path) -> None:
    path = write_suite(tmp_path)
    suite = load_suite(str(path), data=None, split="train", limit=6)
    ids = [int(task.id.rpartition("-")[2]) for task in suite.tasks]
    assert len(ids) == 6 and ids == sorted(ids) and ids[-1] > 90


def test_a_card_is_written_from_train_rows_alone(tmp_path: Path) -> None:
    suite = load(tmp_path)
    assert suite.file is not None
    roster = rosters(suite.file, suite.records["train"])["seen"]
    large = roster.cards["large"]
    train = [record.outcomes["large"].right for record in suite.records["train"]]
    assert large.success_rate == pytest.approx(sum(train) / len(train))
    domains = {record.task.domain for record in suite.records["train"]}
    assert set(large.success_by_domain) == domains
    assert "best: " in large.skills and "worst: " in large.skills
    assert large.price is not None and "made-up" in large.price.source
    assert 25 < (large.reply_tokens or 0) < 100
    assert large.latency_s is None


def test_tokens_that_were_not_recorded_are_counted_from_the_text(tmp_path: Path) -> None:
    suite = load(tmp_path, output_chars=4_000)
    assert suite.file is not None
    roster = rosters(suite.file, suite.records["train"])["seen"]
    record = suite.records["test"][0]
    cost_usd = roster.cost_usd(record.task, "large", record.outcomes["large"])
    tokens = len(record.task.problem) // 4 + 1_000
    assert cost_usd == pytest.approx(tokens * 10.0 / 1e6)


def test_recorded_dollars_count_until_the_price_changes(tmp_path: Path) -> None:
    suite = load(tmp_path, unseen=True, cost_usd=0.5, input_tokens=1_000, output_tokens=1_000)
    assert suite.file is not None
    found = rosters(suite.file, suite.records["train"])
    record = suite.records["test"][0]
    outcome = record.outcomes["large"]
    assert found["seen"].cost_usd(record.task, "large", outcome) == 0.5
    assert found["unseen-prices"].cost_usd(record.task, "large", outcome) == pytest.approx(2e-4)


def test_unseen_experts_are_offered_instead(tmp_path: Path) -> None:
    suite = load(tmp_path, unseen=True)
    assert suite.file is not None
    found = rosters(suite.file, suite.records["train"])
    assert list(found) == ["seen", "unseen-experts", "unseen-prices"]
    assert list(found["unseen-experts"].cards) == ["botanist"]
    assert found["unseen-experts"].unseen == {"botanist"}
    assert "botanist" not in found["seen"].cards


def test_hard_rules_take_experts_away(tmp_path: Path) -> None:
    suite = load(tmp_path)
    assert suite.file is not None
    roster = rosters(suite.file, suite.records["train"])["seen"]
    profile = Profile(rules=HardRules(("l*", "middle")))
    assert allowed_experts(roster, profile) == ["small", "botanist"]
    with pytest.raises(RefusedError, match="rules out every expert"):
        allowed_experts(roster, Profile(rules=HardRules(("@remote",))))


def test_a_question_that_an_expert_was_not_asked_is_left_out_and_counted(tmp_path: Path) -> None:
    path = write_suite(tmp_path)
    text = path.read_text(encoding="utf-8").replace('"small-model"', '"nobody"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"made_up.jsonl.gz: no line has an outcome of all of"):
        load_suite(str(path), data=None, split=None, limit=None)
    records = tmp_path / "made_up.jsonl"
    whole = {"id": "1", "question": "?", "answer": "A", "domain": "d", "split": "test"}
    outcome = {"correct": 1, "pred": "A"}
    names = ("small", "botanist", "middle", "large")
    rows = [
        {**whole, "models": {f"{name}-model": outcome for name in names}},
        {**whole, "id": "2", "models": {"small-model": outcome}},
    ]
    records.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    text = text.replace('"nobody"', '"small-model"').replace("made_up.jsonl.gz", "made_up.jsonl")
    path.write_text(text, encoding="utf-8")
    suite = load_suite(str(path), data=None, split=None, limit=None)
    assert len(suite.tasks) == 1
    assert "1 questions are left out" in suite.notes[-1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("records = ", "record = "), "record.*did you mean records"),
        (('price_list = "made-up"', 'price_list = "older"'), "'older' is not in \\[price_lists\\]"),
        (("made_up.jsonl.gz", "nothing.jsonl"), "nothing.jsonl: no such file: --data"),
        (("input_usd_per_mtok = 0.1", "input_usd_per_mtok = -1"), "at least 0"),
    ],
    ids=["key", "list", "file", "price"],
)
def test_a_broken_suite_is_said_in_one_line(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    path = write_suite(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(UsageError, match=said) as caught:
        load_suite(str(path), data=None, split=None, limit=None)
    assert "\n" not in str(caught.value)


def test_a_broken_record_names_its_line(tmp_path: Path) -> None:
    path = write_suite(tmp_path)
    text = path.read_text(encoding="utf-8").replace("made_up.jsonl.gz", "made_up.jsonl")
    path.write_text(text, encoding="utf-8")
    (tmp_path / "made_up.jsonl").write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"made_up.jsonl:1: not a record of outcomes"):
        load_suite(str(path), data=None, split=None, limit=None)


def test_built_in_suites_need_their_data() -> None:
    assert {"small", "mmlu-pro", "routellm-mmlu", "bfcl"} <= set(built_in_suites())
    with pytest.raises(UsageError, match="--data"):
        load_suite("mmlu-pro", data=None, split=None, limit=None)


def test_an_unknown_suite_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean mmlu-pro"):
        load_suite("mmlu-por", data=None, split=None, limit=None)
