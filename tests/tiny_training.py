"""A training run of seconds: a two-layer model in a folder, made-up outcomes, and a recipe."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from recorded_suite import write_suite
from safetensors.torch import load_file
from tiny_llama import tiny_model, tiny_tokenizer

from orchestra_cli.training.metrics import StepMetrics, read_metrics

RECIPE = """
base = {base}
seed = 3
threads = 1
checkpoint_every = 3
[lora]
rank = 2
[[recorded]]
records = "made_up.jsonl.gz"
judge = "choice"
answers = 4
share = 1.0
"""
STAGES = {
    "sft": "[sft]\nsteps = {steps}\nlearning_rate = 0.01\nwarmup_steps = 2\n"
    "recorded_questions = 2\ntool_tasks = 0\n",
    "grpo": "[grpo]\nsteps = {steps}\nlearning_rate = 0.01\nwarmup_steps = 2\n"
    "recorded_questions = 1\ntool_tasks = 0\ngroup_size = 2\n",
}


def write_base(folder: Path) -> Path:
    """A base model as Hugging Face's libraries read it."""
    tiny_model().save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def write_data(folder: Path) -> Path:
    """A folder of recorded outcomes."""
    folder.mkdir(exist_ok=True)
    write_suite(folder, num_tasks=60)
    return folder


def leave_only(folder: Path, split: str) -> Path:
    """Of the outcomes there the rows of one split."""
    path = folder / "made_up.jsonl.gz"
    rows = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    kept = [row for row in rows if json.loads(row)["split"] == split]
    path.write_bytes(gzip.compress("".join(kept).encode()))
    return folder


def write_recipe(path: Path, base: Path, **steps: int) -> Path:
    """`steps` by stage."""
    text = RECIPE.format(base=json.dumps(str(base)))
    text += "".join(STAGES[stage].format(steps=number) for stage, number in steps.items())
    path.write_text(text, encoding="utf-8")
    return path


def metrics_of(stage_folder: Path) -> list[dict[str, Any]]:
    """All but how long a step took."""
    return [_timeless(each) for each in read_metrics(stage_folder)]


def _timeless(metrics: StepMetrics) -> dict[str, Any]:
    found = asdict(metrics)
    assert found.pop("seconds") > 0
    return found


def tensors_of(adapter: Path) -> dict[str, torch.Tensor]:
    """Of an adapter's folder."""
    found: dict[str, torch.Tensor] = load_file(adapter / "adapter_model.safetensors")
    return found


def same_tensors(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def broken_off_at(step: int, stage: str) -> Callable[[StepMetrics], None]:
    """What shows the steps, until the user presses Ctrl-C in one."""

    def show(metrics: StepMetrics) -> None:
        if (metrics.step, metrics.stage) == (step, stage):
            raise KeyboardInterrupt

    return show
