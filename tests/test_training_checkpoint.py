"""Checkpoints on disk: whole or not there, the newest two, and the optimizer as it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from lora_logits import make_loud
from tiny_llama import tiny_model, write_tiny
from tiny_training import same_tensors, tensors_of

from orchestra_cli.training.checkpoint import (
    newest_checkpoint,
    restore_optimizer,
    save_checkpoint,
)
from orchestra_cli.training.models import Trainable, load_trainable
from orchestra_cli.training.recipe import Sft
from orchestra_cli.training.trainer import learning_rate

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


@pytest.fixture
def trainable(tmp_path: Path) -> Trainable:
    return make_loud(load_trainable(write_tiny(tmp_path / "t.gguf", tiny_model()), rank=2), scale=1)


def stepped(trainable: Trainable, count: int = 1) -> torch.optim.AdamW:
    """An optimizer with moments."""
    optimizer = torch.optim.AdamW(trainable.parameters(), lr=0.01)
    for _ in range(count):
        for parameter in trainable.parameters():
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
    return optimizer


def save(run: Path, step: int, trainable: Trainable) -> None:
    optimizer = torch.optim.AdamW(trainable.parameters())
    save_checkpoint(run, step=step, model=trainable.model, optimizer=optimizer)


def names(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_a_run_without_checkpoints_has_none(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None


def test_the_adapter_and_the_optimizer_come_back_as_they_were(
    trainable: Trainable, tmp_path: Path
) -> None:
    optimizer = stepped(trainable, 3)
    saved = save_checkpoint(tmp_path, step=3, model=trainable.model, optimizer=optimizer)
    newest = newest_checkpoint(tmp_path)
    assert newest == saved and newest.step == 3
    again = load_trainable(tmp_path / "t.gguf", adapter=newest.adapter)
    pairs = zip(trainable.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
    restored = torch.optim.AdamW(again.parameters(), lr=0.5)
    restore_optimizer(newest, restored)
    before: dict[int, dict[str, Any]] = optimizer.state_dict()["state"]
    after: dict[int, dict[str, Any]] = restored.state_dict()["state"]
    assert before.keys() == after.keys()
    for key, moments in before.items():
        assert all(torch.equal(value, after[key][name]) for name, value in moments.items())


def test_the_newest_two_are_kept(trainable: Trainable, tmp_path: Path) -> None:
    for step in (25, 50, 75, 100):
        save(tmp_path, step, trainable)
    assert names(tmp_path) == ["step-000075", "step-000100"]
    newest = newest_checkpoint(tmp_path)
    assert newest is not None and newest.step == 100


def test_half_a_checkpoint_is_none(trainable: Trainable, tmp_path: Path) -> None:
    """One that was not written to its end, and one whose removal was broken off."""
    save(tmp_path, 25, trainable)
    folder = tmp_path / "checkpoints"
    shutil.copytree(folder / "step-000025", folder / "step-000050.partial")
    (folder / "step-000004").mkdir()
    newest = newest_checkpoint(tmp_path)
    assert newest is not None and newest.step == 25
    save(tmp_path, 50, trainable)
    assert "step-000050.partial" not in names(tmp_path)


def test_a_step_that_is_made_again_replaces_its_checkpoint(
    trainable: Trainable, tmp_path: Path
) -> None:
    save(tmp_path, 25, trainable)
    before = tensors_of(tmp_path / "checkpoints" / "step-000025" / "adapter")
    stepped(trainable)
    save(tmp_path, 25, trainable)
    newest = newest_checkpoint(tmp_path)
    assert newest is not None and not same_tensors(before, tensors_of(newest.adapter))
    assert names(tmp_path) == ["step-000025"]


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.25), (1, 0.5), (3, 1.0), (4, 1.0), (9, 0.55), (14, 0.1), (99, 0.1)],
)
def test_the_rate_rises_then_falls_to_a_tenth(step: int, rate: float) -> None:
    """4 steps up, then half a cosine over 10: at its middle (1 + 0.1) / 2."""
    schedule = Sft(steps=14, learning_rate=1.0, warmup_steps=4)
    assert learning_rate(schedule, step) == pytest.approx(rate)
