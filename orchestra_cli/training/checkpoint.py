"""Checkpoints from which a run goes on bit for bit: adapter, optimizer and step.

Everything else follows from the recipe and the step: the data of a step are drawn from its number,
and nothing random happens inside the model. A checkpoint is written beside its place and renamed,
so that there is never half of one.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_FOLDER = "checkpoints"
_STATE, _OPTIMIZER, _ADAPTER = "state.json", "optimizer.pt", "adapter"
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One on disk."""

    folder: Path
    step: int

    @property
    def adapter(self) -> Path:
        """In peft's form."""
        return self.folder / _ADAPTER


def save_checkpoint(run: Path, *, step: int, model: Any, optimizer: Any) -> Checkpoint:
    """The state after `step` steps; all but the newest two are removed."""
    place = run / _FOLDER / f"step-{step:06d}"
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model.save_pretrained(partial / _ADAPTER, save_embedding_layers=False)
    torch.save(optimizer.state_dict(), partial / _OPTIMIZER)
    (partial / _STATE).write_text(json.dumps({"step": step}) + "\n", encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    partial.rename(place)
    for old in _all(run)[:-_KEPT]:
        shutil.rmtree(old.folder)
    return Checkpoint(place, step)


def newest_checkpoint(run: Path) -> Checkpoint | None:
    """None where the run has not come to one."""
    found = _all(run)
    return found[-1] if found else None


def restore_optimizer(checkpoint: Checkpoint, optimizer: Any) -> None:
    """Its moments and counts."""
    state = torch.load(checkpoint.folder / _OPTIMIZER, weights_only=True, map_location="cpu")
    optimizer.load_state_dict(state)


def _all(run: Path) -> list[Checkpoint]:
    states = sorted((run / _FOLDER).glob(f"step-??????/{_STATE}"))  # none: half removed
    return [
        Checkpoint(state.parent, json.loads(state.read_text(encoding="utf-8"))["step"])
        for state in states
    ]
