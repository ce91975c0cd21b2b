"""`orchestra synth` as a user runs it, up to `orchestra eval` on what it wrote."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, plain, streamed
from orchestra_command import COMMAND, environment, finished, orchestra, write_config
from synthesis_seeds import write_seed

EXPERT = """
[experts.writer]
base_url = "{url}"
model = "m"
{price}
max_tokens = 200
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_seed(tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def synth(*arguments: str | Path, rc: int = 0) -> subprocess.CompletedProcess[str]:
    done = orchestra("synth", *map(str, arguments))
    assert done.returncode == rc, done.stderr
    return done


def test_it_runs_twice_to_the_same_bytes_and_evals(
    shop: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    done = synth("--domain", shop, "--tasks", "24", "--out", one)
    assert "shop" in done.stdout
    assert "24 tasks" in done.stdout
    synth("--domain", shop, "--tasks", "24", "--out", other)
    assert files(one) == files(other)
    synth("--domain", shop, "--tasks", "24", "--seed", "1", "--out", other)
    assert files(one) != files(other)

    server.script(streamed("I cannot do that."))
    policy = ("--policy", "model", "--model", f"{server.base_url}#m")
    evaluated = finished([COMMAND, "eval", "tasks.jsonl", *policy, "--json"], folder=one)
    assert evaluated.returncode == 0, evaluated.stderr
    (cell,) = json.loads(evaluated.stdout)["cells"]
    assert (cell["num_tasks"], cell["num_failed"], cell["accuracy"]["value"]) == (24, 0, 0.0)


def test_json_is_the_manifest(shop: Path, tmp_path: Path) -> None:
    done = synth("--domain", shop, "--tasks", "8", "--out", tmp_path / "out", "--json")
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    assert json.loads(done.stdout) == json.loads(manifest)


def test_mistakes_are_one_line(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "--out is missing" in synth(rc=2).stderr
    wrong = synth("--domain", "libary", "--out", out, rc=2)
    assert "--domain libary: no such seed: did you mean library?" in wrong.stderr
    shop.write_text(shop.read_text().replace('row = "orders"', 'row = "ordres"'))
    bad = synth("--domain", shop, "--out", out, rc=2)
    assert f"{shop}: intents.call_off.bind.order: there is no table ordres" in bad.stderr
    assert len(bad.stderr.splitlines()) == 1
    assert not (out / "manifest.json").exists()


def test_a_seed_can_be_checked(shop: Path) -> None:
    done = synth("--check", shop)
    assert "200 of 200 tasks" in done.stdout
    assert "buy_or_move" in done.stdout


def price(usd: float) -> str:
    return f"price_in_usd_per_mtok = {usd}\nprice_out_usd_per_mtok = {usd}"


def configured(server: OpenAIServer, *, usd: float = 0) -> None:
    write_config(EXPERT.format(url=server.base_url, price=price(usd)))


def test_money_is_not_spent_without_a_word(
    shop: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    configured(server, usd=5)
    server.script(plain("[]", tokens=(100, 10)))
    options = ("--domain", shop, "--tasks", "8", "--out", tmp_path / "out", "--expert", "writer")
    assert "say with --max-cost how much they may" in synth(*options, rc=8).stderr
    assert not server.requests
    cut = synth(*options, "--max-cost", "0.01", rc=6)
    assert "--max-cost is reached" in cut.stderr
    asked = len(server.requests)
    assert 0 < asked < 9
    done = synth(*options, "--max-cost", "1")
    assert len(server.requests) == 9
    assert "writer" in done.stderr


def test_rewordings_are_added_and_the_second_run_asks_nothing(
    shop: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    configured(server)
    out = tmp_path / "out"
    options = ("--domain", shop, "--tasks", "8", "--out", out, "--expert", "writer")
    server.script(plain('["no values here"]'))
    manifest = json.loads(synth(*options, "--json").stdout)
    assert manifest["domains"]["shop"]["sources"] == {"template": 8}
    dropped = manifest["domains"]["shop"]["dropped"]
    assert dropped["a rewording has lost a value"] == 8
    before, num_asked = files(out), len(server.requests)
    synth(*options)
    assert len(server.requests) == num_asked
    assert files(out) == before


def test_after_ctrl_c_it_goes_on(shop: Path, tmp_path: Path, server: OpenAIServer) -> None:
    configured(server)
    out = tmp_path / "out"
    options = ["synth", "--domain", str(shop), "--tasks", "8", "--out", str(out)]
    options += ["--expert", "writer"]
    server.script(streamed("[]", pause_s=0.25))
    process = subprocess.Popen(
        [COMMAND, *options], env=environment(), stderr=subprocess.PIPE, text=True
    )
    replies, deadline = out / "expert-replies.jsonl", time.monotonic() + 40
    while not (replies.exists() and replies.read_bytes().count(b"\n") >= 2):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=40)
    assert process.returncode == 130
    assert "what was answered is kept" in stderr
    kept: list[Any] = [json.loads(line) for line in replies.read_text().splitlines()]
    assert 2 <= len(kept) < 9
    assert not (out / "manifest.json").exists()

    server.requests.clear()
    server.script(plain("[]"))
    done = orchestra(*options)
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == 9 - len(kept)
    assert (out / "manifest.json").exists()


def test_what_a_model_never_solves_is_dropped(
    shop: Path, tmp_path: Path, server: OpenAIServer
) -> None:
    server.script(streamed("I cannot do that."))
    options = ("--domain", shop, "--tasks", "6", "--out", tmp_path / "out", "--json")
    tried = ("--policy", "model", "--k", "2", "--model", f"{server.base_url}#m")
    manifest = json.loads(synth(*options, *tried).stdout)
    assert manifest["policy"] == {"model": "m", "k": 2, "solved": 0, "tried": 6}
    assert manifest["num_tasks"] == 0
    assert manifest["domains"]["shop"]["dropped"]["the policy never solves it"] == 6
    assert len(server.requests) == 12
    assert len({request.body.get("seed") for request in server.requests}) == 2
    synth(*options, *tried)
    assert len(server.requests) == 12
