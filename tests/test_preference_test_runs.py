"""Presets compared over one world, and what the command prints of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from preference_bench import made_up_bench

from orchestra_cli.commands.prefs_test import test as prefs_test
from orchestra_cli.config import config_path, profile_path
from orchestra_cli.errors import RefusedError, UsageError
from orchestra_cli.preference_test.report import render_comparisons
from orchestra_cli.preference_test.runs import Comparison
from prefs.presets import load_presets
from prefs.profile import Overrides, Profile

EXPERTS = """
[experts.far]
base_url = "https://far.example/v1"
model = "far-model"
price_in_usd_per_mtok = 10.0
price_out_usd_per_mtok = 50.0
latency_s = 30
success_rate = 0.9

[experts.near]
base_url = "http://127.0.0.1:9/v1"
model = "near-model"
latency_s = 3
success_rate = 0.5
"""
NEAR_PRICE = "price_in_usd_per_mtok = 1.0\nprice_out_usd_per_mtok = 1.0\n"


def configure(toml: str) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(toml)


def preset(name: str) -> Profile:
    return Profile().overridden(Overrides(preset=name))


@pytest.fixture(scope="module")
def compared() -> dict[str, Comparison]:
    bench = made_up_bench()
    return {name: bench.compare(name, preset(name)) for name in load_presets()}


def mean(comparison: Comparison, figure: str, *, steered: bool = True) -> float:
    runs = comparison.steered if steered else comparison.unsteered
    return sum(float(getattr(run.metrics, figure)) for run in runs) / len(runs)


def test_each_preset_is_best_at_what_it_is_named_for(compared: dict[str, Comparison]) -> None:
    remote = {name: each for name, each in compared.items() if name != "private"}
    assert min(remote, key=lambda name: mean(remote[name], "cost_usd")) == "cheap"
    assert mean(remote["fast"], "latency_s") == min(
        mean(each, "latency_s") for each in remote.values()
    )
    assert mean(remote["accurate"], "is_right") == max(
        mean(each, "is_right") for each in remote.values()
    )
    assert mean(remote["balanced"], "is_right") > mean(remote["cheap"], "is_right")


def test_steering_moves_the_choice_from_the_unsteered(compared: dict[str, Comparison]) -> None:
    cheap = compared["cheap"]
    assert {run.choices for run in cheap.unsteered} == {("strong",)}
    assert {run.choices for run in cheap.steered} == {("cheap",)}
    assert mean(cheap, "cost_usd") < 0.01 * mean(cheap, "cost_usd", steered=False)
    assert cheap.adherence > 2 * cheap.unsteered_adherence


def test_no_private_run_asks_anyone_elsewhere(compared: dict[str, Comparison]) -> None:
    private = compared["private"]
    for runs in (private.steered, private.unsteered):
        assert {choice for run in runs for choice in run.choices} == {"local"}
    assert private.adherence == private.unsteered_adherence


def test_every_preset_meets_the_same_world(compared: dict[str, Comparison]) -> None:
    seen: dict[tuple[str, Any], set[tuple[bool, float, float]]] = {}
    for each in compared.values():
        for run in (*each.steered, *each.unsteered):
            figures = (run.metrics.is_right, run.metrics.cost_usd, run.metrics.latency_s)
            seen.setdefault((run.task, run.choices), set()).add(figures)
    assert len(seen) == 24 * 4
    assert all(len(figures) == 1 for figures in seen.values())


def test_one_run_is_exact(compared: dict[str, Comparison]) -> None:
    assert made_up_bench().compare("fast", preset("fast")) == compared["fast"]


def test_without_beta_nothing_moves() -> None:
    bench = made_up_bench(per_domain=1)
    comparison = bench.compare("none", replace(preset("cheap"), beta=0.0))
    assert comparison.steered == comparison.unsteered


def test_a_tool_weight_moves_the_choice_too() -> None:
    bench = made_up_bench(per_domain=1)
    profile = Profile()
    liked = replace(profile, preference=replace(profile.preference, tools={"cheap*": 1.0}))
    assert {run.choices for run in bench.run(profile)} == {("strong",)}
    assert {run.choices for run in bench.run(liked)} == {("cheap",)}


def test_the_table_says_from_what_to_what(compared: dict[str, Comparison]) -> None:
    lines = list(render_comparisons(list(compared.values())))
    assert re.split("  +", lines[0]) == [
        "preset",
        "right %",
        "cents",
        "seconds",
        "adherence",
        "asked %",
    ]
    assert [line.split()[0] for line in lines[1:]] == list(load_presets())
    cheap = next(line for line in lines if line.startswith("cheap"))
    assert "3.11→0.02" in cheap and "96.0→8.0" in cheap
    assert cheap.endswith("cheap 0→100, strong 100→0")
    private = next(line for line in lines if line.startswith("private"))
    assert private.endswith("local 100")


def test_the_command_prints_every_preset_and_the_profile(
    embedded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prefs_test(policy="rule", limit=1)
    out, err = capsys.readouterr()
    assert [line.split("  ")[0] for line in out.splitlines()] == [
        "preset",
        *load_presets(),
        "profile default",
    ]
    assert "4 tasks; 4 made-up experts: strong, fast, cheap, local; chosen by plain rules" in err


def test_the_command_s_json_has_it_all(embedded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(EXPERTS)
    prefs_test(policy="rule", preset=["private", "accurate"], limit=2, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["experts"] == {"far": "far-model", "near": "near-model"}
    private, accurate = document["presets"]
    assert private["preference"]["never"] == ["@remote"]
    assert private["steered"]["choices"] == {"near": 1.0}
    assert accurate["steered"]["choices"] == {"far": 1.0}
    tasks = accurate["steered"]["tasks"]
    assert len(tasks) == 8 and all(task["latency_s"] == 30 for task in tasks)
    assert accurate["steered"]["cost_usd"] == pytest.approx(
        sum(task["cost_usd"] for task in tasks) / 8
    )


def test_a_private_run_without_a_local_expert_asks_the_own_model(
    embedded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(EXPERTS.replace("http://127.0.0.1:9/v1", "https://near.example/v1") + NEAR_PRICE)
    prefs_test(policy="rule", preset=["private"], limit=1, as_json=True)
    (private,) = json.loads(capsys.readouterr().out)["presets"]
    assert private["steered"]["choices"] == {"embedded": 1.0}


def test_the_command_sweeps(embedded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prefs_test(policy="rule", sweep="cost", limit=1)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row[0] for row in rows] == [f"{step / 20:.2f}" for step in range(21)]
    cents = [float(row[2]) for row in rows]
    assert cents == sorted(cents, reverse=True) and cents[0] > 2 * cents[-1]
    prefs_test(policy="rule", sweep="latency", limit=1, as_json=True)
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert steps[0]["latency_s"] > 2 * steps[-1]["latency_s"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": ["chep"]}, "--preset must be balanced or cheap"),
        ({"sweep": "accuracy"}, "--sweep must be cost or latency, got 'accuracy'"),
        ({"policy": "magic"}, "--policy must be model or rule, got 'magic'"),
        ({"preset": ["cheap"], "sweep": "cost"}, "--preset and --sweep: choose one"),
    ],
)
def test_what_cannot_be_is_said(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        prefs_test(**options)


def test_nothing_to_sweep_is_said(embedded: Path) -> None:
    profile_path().parent.mkdir(parents=True, exist_ok=True)
    profile_path().write_text(
        '[profiles.default]\nbeta = 0.0\n[profiles.here]\nnever = ["@remote"]\n'
    )
    with pytest.raises(UsageError, match="beta = 0"):
        prefs_test(policy="rule", sweep="cost", limit=1)
    with pytest.raises(RefusedError, match="no choice was steered"):
        prefs_test(policy="rule", sweep="cost", limit=1, profile="here")
