"""A training run in a folder: recipe, metrics, checkpoints; begun anew, or taken up where it broke
off.

Each stage has a folder of its own, `sft` and `grpo`, and its own optimizer; reinforcement begins
from the adapter that the warm start has left.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from orchestra_cli.errors import UsageError
from orchestra_cli.training.checkpoint import newest_checkpoint
from orchestra_cli.training.export.peft_adapter import SETTINGS_FILE
from orchestra_cli.training.grpo import run_grpo
from orchestra_cli.training.memory import keep_freed_memory
from orchestra_cli.training.metrics import StepMetrics, append_metrics, keep_metrics_until
from orchestra_cli.training.models import load_trainable
from orchestra_cli.training.prompt_engine import PromptEngine
from orchestra_cli.training.recipe import Grpo, Recipe, Sft, load_recipe
from orchestra_cli.training.rollouts.choosing import open_rollouts
from orchestra_cli.training.run_files import RECIPE_FILE, newest_saved
from orchestra_cli.training.sft import run_sft
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.trainer import Trainer


def open_run(folder: Path, recipe: Path | None) -> Recipe:
    """The recipe of a folder, which a new run takes a copy of. Raises UsageError."""
    kept = folder / RECIPE_FILE
    if recipe is not None:
        load_recipe(recipe)  # says what is wrong before anything is written
        folder.mkdir(parents=True, exist_ok=True)
        if kept.exists() and kept.read_bytes() != recipe.read_bytes():
            raise UsageError(
                f"{folder} was trained by another recipe: name a new folder, or leave the recipe "
                "out"
            )
        shutil.copyfile(recipe, kept)
    if not kept.exists():
        raise UsageError(f"{folder}: no {RECIPE_FILE} there: give a recipe to begin with")
    return load_recipe(kept)


def train(
    folder: Path,
    recipe: Recipe,
    *,
    data: Path | None,
    show: Callable[[StepMetrics], None],
) -> Path:
    """Run what is left of the stages: the adapter's folder. Raises UsageError and ModelError."""
    keep_freed_memory()
    torch.manual_seed(recipe.seed)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    sources = Sources(recipe, data=data)
    adapter = _start(recipe.lora.start)
    if recipe.sft is not None:
        adapter = _stage(folder / "sft", recipe, recipe.sft, sources, data, adapter, show)
    if recipe.grpo is not None:
        adapter = _stage(folder / "grpo", recipe, recipe.grpo, sources, data, adapter, show)
    if adapter is None:
        raise UsageError("the recipe has no stage: add [sft] or [grpo]")
    return adapter


def _start(named: str | None) -> Path | None:
    """The adapter to go on from. Raises UsageError where there is none."""
    if named is None:
        return None
    folder = Path(named).expanduser()
    if (folder / SETTINGS_FILE).exists():
        return folder
    newest = newest_saved(folder)
    if newest is None:
        raise UsageError(
            f"[lora] start: {folder} holds no adapter: give the folder of a training run, or one "
            f"with {SETTINGS_FILE}"
        )
    return newest.adapter


def _stage(
    folder: Path,
    recipe: Recipe,
    schedule: Sft | Grpo,
    sources: Sources,
    data: Path | None,
    adapter: Path | None,
    show: Callable[[StepMetrics], None],
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = newest_checkpoint(folder)
    if checkpoint is not None and checkpoint.step >= schedule.steps:
        return checkpoint.adapter
    trainable = load_trainable(
        recipe.base,
        adapter=checkpoint.adapter if checkpoint else adapter,
        rank=recipe.lora.rank,
        alpha=recipe.lora.alpha,
        first_layer=recipe.lora.first_layer,
    )
    trainer = Trainer(trainable, schedule, folder=folder)
    if checkpoint is not None:
        trainer.resume(checkpoint)
    if trainer.is_main:
        keep_metrics_until(folder, trainer.step)

    def report(metrics: StepMetrics) -> None:
        if trainer.is_main:
            append_metrics(folder, metrics)
            show(metrics)
            if trainer.step % recipe.checkpoint_every == 0 or trainer.step == schedule.steps:
                trainer.save()

    if isinstance(schedule, Grpo):
        place = folder / "rollouts"
        with open_rollouts(trainer, recipe, sources, data=data, folder=place) as rollouts:
            run_grpo(trainer, sources, schedule, rollouts=rollouts, report=report)
    else:
        run_sft(trainer, sources, schedule, engine=PromptEngine(trainable.tokenizer), report=report)
    found = newest_checkpoint(folder)
    assert found is not None
    return found.adapter
