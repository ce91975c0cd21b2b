"""`orchestra eval` as a user runs it: tables, files, resuming, limits, comparing, errors."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from orchestra_command import COMMAND, environment, orchestra
from recorded_suite import write_suite

POLICIES = ("--policy", "experts", "--policy", "rule", "--policy", "domain-average")


def evaluated(*arguments: str | Path, rc: int = 0) -> Any:
    done = orchestra("eval", *map(str, arguments), "--json")
    assert done.returncode == rc, done.stderr
    return json.loads(done.stdout)


def rows(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def cell(document: Any, policy: str, variant: str = "seen") -> Any:
    (found,) = (
        each for each in document["cells"] if (each["policy"], each["variant"]) == (policy, variant)
    )
    return found


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_suite(tmp_path_factory.mktemp("suite"), num_tasks=300)


def test_a_table_a_folder_and_four_reports(suite: Path, tmp_path: Path) -> None:
    done = orchestra("eval", str(suite), *POLICIES, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert "Made up, test rows: 60 tasks" in done.stdout
    assert "domain-average" in done.stdout and "expert:large" in done.stdout
    assert f"saved in {tmp_path / 'run'}: report.json" in done.stderr
    assert len(rows(tmp_path / "run")) == 60 * 6
    names = {path.name for path in (tmp_path / "run").glob("report.*")}
    assert names == {"report.json", "report.csv", "report.md", "report.html"}
    with (tmp_path / "run" / "report.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 6
    assert "domain-average" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_records(suite: Path) -> None:
    document = evaluated(suite, *POLICIES)
    large, routed = cell(document, "expert:large"), cell(document, "domain-average")
    assert large["calls"] == {"large": 1.0}
    assert 0.6 < large["accuracy"]["value"] < 1.0
    assert routed["cost_usd"]["value"] < large["cost_usd"]["value"]
    assert routed["accuracy"]["low"] <= routed["accuracy"]["value"] <= routed["accuracy"]["high"]
    assert document["judge_agreement"]["choice"]["value"] == 1.0


def test_a_rerun_skips_what_is_done_and_other_policies_can_be_added(
    suite: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    evaluated(suite, "--policy", "cheapest", "--out", run)
    before = rows(run)
    document = evaluated(suite, "--policy", "strongest", "--out", run, "--resume")
    assert rows(run)[: len(before)] == before
    assert {each["policy"] for each in document["cells"]} == {"cheapest", "strongest"}
    again = orchestra("eval", str(suite), "--policy", "cheapest", "--out", str(run))
    assert again.returncode == 2
    assert "--resume" in again.stderr and len(again.stderr.splitlines()) == 1


def test_a_changed_configuration_refuses_to_resume(suite: Path, tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    evaluated(suite, "--policy", "cheapest", "--out", run)
    done = orchestra(
        "eval", str(suite), "--policy", "cheapest", "--limit", "9", "--out", run, "--resume"
    )
    assert done.returncode == 2
    assert "manifest.json: tasks was" in done.stderr


def test_resuming_finds_the_newest_run(tmp_path: Path) -> None:
    suite = write_suite(tmp_path)
    evaluated(suite, "--policy", "cheapest")
    document = evaluated(suite, "--policy", "oracle", "--resume")
    assert {each["policy"] for each in document["cells"]} == {"cheapest", "oracle"}
    other = orchestra("eval", str(suite.rename(suite.with_name("other.toml"))), "--resume")
    assert other.returncode == 2 and "no run of other" in other.stderr


def test_a_cost_cap_leaves_tasks_for_later(suite: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    document = evaluated(
        suite, "--policy", "expert:large", "--max-cost", "0.02", "--out", run, rc=6
    )
    spent = sum(row["cost_usd"] for row in rows(run))
    assert 0.02 <= spent < 0.05
    assert cell(document, "expert:large")["num_tasks"] == len(rows(run)) < 60
    evaluated(suite, "--policy", "expert:large", "--out", run, "--resume")
    assert len(rows(run)) == 60


def test_profiles_and_presets_stand_side_by_side(suite: Path) -> None:
    document = evaluated(
        suite, "--policy", "domain-average", "--profile", "cheap", "--profile", "accurate"
    )
    by_profile = {each["profile"]: each for each in document["cells"]}
    assert set(by_profile) == {"cheap", "accurate"}
    costs = {name: each["cost_usd"]["value"] for name, each in by_profile.items()}
    assert costs["cheap"] <= costs["accurate"]


def test_unseen_experts_and_prices_are_columns_of_their_own(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, unseen=True)
    document = evaluated(suite, "--policy", "domain-average", "--policy", "tfidf", "--unseen")
    variants = {each["variant"] for each in document["cells"]}
    assert variants == {"seen", "unseen-experts", "unseen-prices"}
    assert cell(document, "domain-average", "unseen-experts")["calls"] == {"botanist": 1.0}
    assert any("tfidf (unseen-experts)" in note for note in document["notes"])


@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_change_nothing_but_the_time(suite: Path, tmp_path: Path, workers: str) -> None:
    run = tmp_path / "run"
    evaluated(suite, *POLICIES, "--workers", workers, "--out", run)
    found = sorted((row["cell"]["policy"], row["task"], row["right"]) for row in rows(run))
    assert len(set(found)) == len(found) == 60 * 6


def test_two_runs_are_compared(suite: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    evaluated(suite, "--policy", "expert:small", "--out", before)
    evaluated(suite, "--policy", "expert:large", "--out", after)
    done = orchestra("eval", "compare", str(before), str(after))
    assert done.returncode == 0, done.stderr
    assert "beyond noise" in done.stdout
    document = evaluated("compare", before, after)
    accuracy = next(d for d in document["differences"] if d["metric"] == "accuracy")
    assert accuracy["is_beyond_noise"] and accuracy["after"] > accuracy["before"]
    same = evaluated("compare", before, before)
    assert not any(d["is_beyond_noise"] for d in same["differences"])


def test_ctrl_c_keeps_what_was_finished(tmp_path: Path) -> None:
    suite, run = write_suite(tmp_path, num_tasks=9_000), tmp_path / "run"
    command = [COMMAND, "eval", str(suite), *POLICIES, "--out", str(run), "--workers", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and not (run / "rows.jsonl").exists():
        time.sleep(0.05)
    while time.monotonic() < end and (run / "rows.jsonl").stat().st_size < 10_000:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "go on with --resume" in stderr
    assert 0 < len(rows(run)) < 9_000 // 5 * 6
    assert all(line["task"] for line in rows(run))


def test_the_small_suite_runs_offline(embedded: Path) -> None:
    document = evaluated("small", "--offline", "--limit", "4")
    (found,) = document["cells"]
    assert (found["policy"], found["num_tasks"], found["num_failed"]) == ("orchestrator", 4, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mmlu-prp",), "did you mean mmlu-pro"),
        (("mmlu-pro",), "--data"),
        (("SUITE", "--policy", "domain-avg"), "did you mean domain-average"),
        (("SUITE", "--split", "exam"), "--split exam: made_up.jsonl.gz has dev, test, train"),
        (("SUITE", "--profile", "nobody"), "no profile 'nobody'"),
        (("compare", "nowhere", "nowhere"), "nowhere holds no run"),
        (("SUITE", "--judge", "nonsense"), "nonsense"),
    ],
    ids=["suite", "data", "policy", "split", "profile", "compare", "judge"],
)
def test_what_is_wrong_is_said_in_one_line(
    suite: Path, arguments: tuple[str, ...], said: str
) -> None:
    named = [str(suite) if each == "SUITE" else each for each in arguments]
    done = orchestra("eval", *named)
    assert done.returncode in (2, 3), done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_the_suites_are_listed() -> None:
    done = orchestra("eval", "suites")
    assert done.returncode == 0
    assert {"small", "mmlu-pro", "bfcl"} <= {line.split()[0] for line in done.stdout.splitlines()}
