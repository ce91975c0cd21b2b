"""`orchestra eval` on a file of tasks with real experts behind an endpoint, for money."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, refused, streamed
from orchestra_command import orchestra, write_config

ANSWER = streamed("I say 7. Answer: 7", tokens=(100, 20))


def write_tasks(folder: Path, *numbers: int) -> Path:
    path = folder / "tasks.jsonl"
    lines = [
        {"id": f"t{n}", "question": f"Question {n}?", "answer": n, "tools": [], "domain": "numbers"}
        for n in numbers
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    return write_tasks(tmp_path, 7, 8, 9)


@pytest.fixture
def far(server: OpenAIServer, embedded: Path) -> OpenAIServer:
    write_config(f"""
[experts.far]
base_url = "{server.base_url}"
model = "m"
price_in_usd_per_mtok = 10
price_out_usd_per_mtok = 100
max_tokens = 100
""")
    server.script(ANSWER)
    return server


def evaluated(*arguments: str | Path, rc: int = 0) -> Any:
    done = orchestra("eval", *map(str, arguments), "--json")
    assert done.returncode == rc, done.stderr
    return json.loads(done.stdout)


def test_experts_are_asked_judged_and_paid(far: OpenAIServer, tasks: Path) -> None:
    document = evaluated(tasks, "--policy", "expert:far")
    (cell,) = document["cells"]
    assert (cell["num_tasks"], cell["num_failed"]) == (3, 0)
    assert cell["accuracy"]["value"] == pytest.approx(1 / 3)
    assert cell["calls"] == {"far": 1.0}
    assert cell["cost_usd"]["value"] == pytest.approx((100 * 10 + 20 * 100) / 1e6)
    assert len(far.requests) == 3
    assert document["split"] == ""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_cap_holds_strictly(far: OpenAIServer, tmp_path: Path, workers: str) -> None:
    tasks = write_tasks(tmp_path, *range(12))
    call_usd = (100 * 10 + 20 * 100) / 1e6
    cap = 8.5 * call_usd  # of a call the worst case is reserved before it is made
    evaluated(tasks, "--policy", "expert:far", "--max-cost", str(cap), "--workers", workers, rc=6)
    assert 0 < len(far.requests) * call_usd <= cap


def test_an_endpoint_that_is_down_fails_rows_and_they_can_be_run_again(
    far: OpenAIServer, tasks: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    far.script(refused(401, "no such key"))
    document = evaluated(tasks, "--policy", "expert:far", "--out", run, rc=5)
    assert document["cells"][0]["num_failed"] == 3
    far.script(ANSWER)
    document = evaluated(tasks, "--policy", "expert:far", "--out", run, "--retry-failed")
    assert document["cells"][0]["num_failed"] == 0


def test_offline_asks_nobody_else(far: OpenAIServer, tasks: Path) -> None:
    evaluated(tasks, "--policy", "rule", "--offline", "--limit", "1")
    assert len(far.requests) == 1  # on this machine, as the server of this test is


def test_a_profile_that_changed_refuses_to_resume(
    far: OpenAIServer, tasks: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    evaluated(tasks, "--policy", "rule", "--limit", "1", "--out", run)
    assert orchestra("prefs", "set", "--cheap").returncode == 0
    done = orchestra(
        "eval", str(tasks), "--policy", "rule", "--limit", "1", "--out", str(run), "--resume"
    )
    assert done.returncode == 2
    assert "profiles" in done.stderr and "was" in done.stderr


def test_a_wrong_task_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"question": "Q?", "answer": 1}\n{"question": "Q?", "anwser": 1}\n')
    done = orchestra("eval", str(path))
    assert done.returncode == 2
    assert "tasks.jsonl:2: anwser" in done.stderr and "answer" in done.stderr
