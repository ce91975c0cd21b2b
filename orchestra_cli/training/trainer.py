"""One model, one optimizer, one step at a time: gradients gathered, clipped, applied, kept.

Every process of a run holds the whole model and a share of a step's work; the adapter's gradients,
a few megabytes, are averaged between them, so that one CPU and many GPUs run the same code.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from orchestra_cli.training.checkpoint import (
    Checkpoint,
    newest_checkpoint,
    restore_optimizer,
    save_checkpoint,
)
from orchestra_cli.training.models import Trainable
from orchestra_cli.training.recipe import Schedule

_LOWEST_SHARE = 0.1
"""Of the learning rate, at the end."""


class Trainer:
    """Steps an adapter."""

    def __init__(self, trainable: Trainable, schedule: Schedule, *, folder: Path) -> None:
        self.accelerator = Accelerator()
        self.trainable = trainable
        self.model = trainable.model.to(self.accelerator.device)
        self.model.train()
        self.step = 0
        self._schedule = schedule
        self._folder = folder
        self._parameters = trainable.parameters()
        self._optimizer = torch.optim.AdamW(
            self._parameters, lr=schedule.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
        )
        self._began = time.monotonic()

    @property
    def is_main(self) -> bool:
        """Whether this process writes the run's files."""
        return bool(self.accelerator.is_main_process)

    def share(self, work: Iterable[Any]) -> list[Any]:
        """This process's part of a step's work."""
        part = list(work)
        return part[self.accelerator.process_index :: self.accelerator.num_processes]

    def backward(self, loss: Any) -> None:
        """Add a part's gradients to the step's."""
        self.accelerator.backward(loss)

    def total(self, *numbers: int) -> list[int]:
        """Each of them, added up over all processes."""
        mine = torch.tensor(numbers, device=self.accelerator.device)
        every: list[int] = self.accelerator.reduce(mine, reduction="sum").tolist()
        return every

    def apply(self) -> tuple[float, float]:
        """Make the step: (gradient norm before the clip, learning rate)."""
        made = self.update()
        self.step += 1
        return made

    def update(self) -> tuple[float, float]:
        """The same, where the step has more updates than one: it counts when all are made."""
        if self.accelerator.num_processes > 1:
            for parameter in self._parameters:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                parameter.grad = self.accelerator.reduce(parameter.grad, reduction="mean")
        rate = learning_rate(self._schedule, self.step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, self._schedule.max_gradient_norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(norm), rate

    def save(self) -> Checkpoint:
        """A checkpoint after the last step."""
        return save_checkpoint(
            self._folder, step=self.step, model=self.model, optimizer=self._optimizer
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on after it; the adapter was loaded with the model."""
        restore_optimizer(checkpoint, self._optimizer)
        self.step = checkpoint.step


def learning_rate(schedule: Schedule, step: int) -> float:
    """Of the step after `step` steps."""
    if step < schedule.warmup_steps:
        return schedule.learning_rate * (step + 1) / schedule.warmup_steps
    left = max(1, schedule.steps - schedule.warmup_steps)
    done = min(1.0, (step - schedule.warmup_steps) / left)
    share = _LOWEST_SHARE + (1 - _LOWEST_SHARE) * (1 + math.cos(math.pi * done)) / 2
    return schedule.learning_rate * share


__all__ = ["Trainer", "learning_rate", "newest_checkpoint"]
