"""Metrics of a made-up training run: a short warm start, then groups of rollouts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestra_cli.training.metrics import StepMetrics, append_metrics


def sft_step(step: int) -> StepMetrics:
    """Its loss falls with the steps."""
    return StepMetrics(
        step,
        "sft",
        loss=2.0 / step,
        learning_rate=4e-4,
        tokens=3000,
        seconds=10.0,
        by_environment={"recorded": 2.1 / step, "tools": 1.9 / step},
    )


def grpo_step(step: int, *, calls: Mapping[str, int] | None = None) -> StepMetrics:
    """Its reward and accuracy rise with the steps."""
    return StepMetrics(
        step,
        "grpo",
        loss=-0.001 * step,
        reward=0.4 + 0.01 * step,
        accuracy=0.5 + 0.01 * step,
        cost_usd=0.002,
        latency_s=3.0,
        kl=0.01 * step,
        entropy=1.0 - 0.01 * step,
        clipped=0.02,
        gradient_norm=0.5,
        learning_rate=1e-5,
        tokens=24_000,
        seconds=40.0,
        calls={"gpt-4o": 30, "python": 10} if calls is None else calls,
        filters={"kept": 100, "unscored": 0, "malformed": 4, "unanswered": 0, "flat": 24},
        by_environment={"recorded": 0.5, "tools": 0.6},
    )


def dev_step(step: int, reward: float) -> StepMetrics:
    """An evaluation."""
    return StepMetrics(
        step, "dev", reward=reward, accuracy=0.7, cost_usd=0.001, latency_s=2.0, seconds=80.0,
        by_environment={"recorded": reward},
    )  # fmt: skip


def whole_run() -> list[StepMetrics]:
    """10 steps of warm start, 30 of GRPO, an evaluation after 10 and after 30 of these."""
    sft = [sft_step(step) for step in range(1, 11)]
    grpo = [grpo_step(step) for step in range(1, 31)]
    return [*sft, *grpo[:10], dev_step(10, 0.55), *grpo[10:], dev_step(30, 0.65)]


def write_stage(folder: Path, records: list[StepMetrics]) -> Path:
    """The folder of one stage with these records."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in records:
        append_metrics(folder, each)
    return folder


def write_run(folder: Path, records: list[StepMetrics], **steps: int) -> Path:
    """The folder of a run with these records, each with its stage, evaluations with the one before.

    `steps` has where each stage is to end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stage = next((each.stage for each in records if each.stage != "dev"), "sft")
    for each in records:
        stage = stage if each.stage == "dev" else each.stage
        write_stage(folder / stage, [each])
    tables = [f"[{stage}]\nsteps = {number}\n" for stage, number in steps.items()]
    recipe = "".join(["seed = 7\n[[recorded]]\nrecords = 'mmlu'\n", *tables])
    (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
    return folder
