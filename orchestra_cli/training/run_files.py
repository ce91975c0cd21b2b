"""What a training run's folder holds, for those who show it or take its adapter.

    recipe.toml           what determines the run (`training.recipe`)
    sft/, grpo/           a folder for each stage, with
        metrics.jsonl     `training.metrics`
        checkpoints/      `training.checkpoint`

Recipe and checkpoints are read as plain TOML and files: so a run is shown without torch.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.training.metrics import METRICS_FILE, StepMetrics, read_metrics
from tools.base import JsonObject

RECIPE_FILE = "recipe.toml"
CHECKPOINTS = "checkpoints"
ADAPTER = "adapter"
"""In a checkpoint: the adapter in peft's form."""
STAGES = ("sft", "grpo")
"""In the order in which they run; each counts its steps from 1."""
_NAME = re.compile(r"step-(\d+)")


@dataclass(frozen=True, slots=True)
class SavedCheckpoint:
    """One folder under a stage's `checkpoints/`."""

    folder: Path
    stage: str
    step: int
    num_bytes: int

    @property
    def adapter(self) -> Path:
        """In peft's form."""
        return self.folder / ADAPTER


def check_run_folder(folder: Path) -> None:
    """Raises UsageError where there is no training run."""
    if not (folder / RECIPE_FILE).exists():
        raise UsageError(
            f"{folder} holds no training run, which has a {RECIPE_FILE}: give the folder that was "
            "--out of `orchestra train run`"
        )


def metrics_files(folder: Path) -> list[Path]:
    """One for each stage, in order, whether or not it is there yet."""
    return [folder / stage / METRICS_FILE for stage in STAGES]


def read_run(folder: Path) -> Iterator[StepMetrics]:
    """The records of all stages, in order."""
    for path in metrics_files(folder):
        yield from read_metrics(path.parent)


def read_configuration(folder: Path) -> JsonObject:
    """The recipe; empty where the folder has none."""
    path = folder / RECIPE_FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}): put the run's recipe there") from None


def last_steps(folder: Path) -> Mapping[str, int]:
    """By stage, in order: the step at which it ends. Empty where it is not known."""
    recipe = read_configuration(folder)
    tables = {stage: recipe.get(stage) for stage in STAGES}
    ends = {name: table.get("steps") for name, table in tables.items() if isinstance(table, dict)}
    return {name: steps for name, steps in ends.items() if isinstance(steps, int) and steps > 0}


def flat_configuration(configuration: JsonObject, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(key, value) by line; keys of nested objects are joined with dots."""
    for key, value in configuration.items():
        if isinstance(value, dict):
            yield from flat_configuration(value, f"{prefix}{key}.")
        elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
            for number, each in enumerate(value, start=1):
                yield from flat_configuration(each, f"{prefix}{key}.{number}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            yield f"{prefix}{key}", text


def saved_checkpoints(folder: Path) -> list[SavedCheckpoint]:
    """In order of stages and steps; one that is only half written is none."""
    found = [
        SavedCheckpoint(path, stage, int(name[1]), _num_bytes(path))
        for stage in STAGES
        for path in (folder / stage / CHECKPOINTS).glob("*")
        if path.is_dir() and (name := _NAME.fullmatch(path.name))
    ]
    return sorted(found, key=lambda checkpoint: (STAGES.index(checkpoint.stage), checkpoint.step))


def newest_saved(folder: Path) -> SavedCheckpoint | None:
    """Of the last stage that has begun; None before the first is written."""
    saved = saved_checkpoints(folder)
    return saved[-1] if saved else None


def _num_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
