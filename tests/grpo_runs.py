"""Reinforcement of a tiny model on runs that are scripted: real episodes, known replies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from scripted import ScriptedPolicy
from training_episodes import tools_environment

from orchestra_cli.policy import Decision
from orchestra_cli.training.grpo import run_grpo
from orchestra_cli.training.losses import score_paths
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.models import load_trainable
from orchestra_cli.training.paths import Tokens, paths_of
from orchestra_cli.training.prompt_engine import PromptEngine
from orchestra_cli.training.recipe import Grpo, Recipe
from orchestra_cli.training.rollout import Group, Sample
from orchestra_cli.training.rollouts.base import Key
from orchestra_cli.training.rollouts.running import record
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.trainer import Trainer


def said(text: str) -> Decision:
    """An answer of the policy's own."""
    return Decision(answer=text, reply=text)


def broken(text: str) -> Decision:
    """A format error."""
    return Decision(error="no call", reply=text)


def sum_sources() -> Sources:
    """Sums, and nothing else."""
    sources = Sources(Recipe(), data=None)
    sources.environments["tools"] = tools_environment("sum")
    return sources


@dataclass
class Scripted:
    """A `RolloutSource`: a rollout a script, with `{}` for the right answer."""

    sources: Sources
    trainer: Trainer
    scripts: Sequence[Sequence[Decision]]
    groups: list[Group] = field(default_factory=list)

    def roll(self, keys: Sequence[Key], *, group_size: int, sampling_seed: int) -> Iterator[Group]:
        engine = PromptEngine(self.trainer.trainable.tokenizer)
        for key in keys:
            episode = self.sources.episode(key)
            assert episode.golden is not None
            right = episode.golden.answer or ""
            rollouts = tuple(
                record(episode, ScriptedPolicy([_filled(each, right) for each in script]), engine)
                for script in self.scripts
            )
            self.groups.append(Group(key, rollouts))
            yield self.groups[-1]

    def close(self) -> None:
        """Nothing is held."""


def _filled(decision: Decision, right: str) -> Decision:
    if decision.answer is None:
        return decision
    return said(decision.answer.replace("{}", right))


def open_trainer(base: Path, folder: Path, grpo: Grpo) -> Trainer:
    """Over a fresh adapter, the same each time."""
    torch.manual_seed(0)
    return Trainer(load_trainable(base, rank=2), grpo, folder=folder)


def schedule(steps: int = 3, **fields: object) -> Grpo:
    """One sum a step, at a rate that shows."""
    settings = {"tool_tasks": 1, "recorded_questions": 0, "warmup_steps": 0, "filters": True}
    return Grpo.model_validate(
        {"steps": steps, "learning_rate": 0.01, "group_size": 2, **settings, **fields}
    )


def reinforced(
    trainer: Trainer, grpo: Grpo, scripts: Sequence[Sequence[Decision]]
) -> tuple[list[StepMetrics], Scripted]:
    """A step's metrics each, and whose rollouts they were."""
    sources = sum_sources()
    source, steps = Scripted(sources, trainer, scripts), list[StepMetrics]()
    run_grpo(trainer, sources, grpo, rollouts=source, report=steps.append)
    return steps, source


def likelihood(trainer: Trainer, sample: Sample) -> float:
    """The log of it, of the whole reply."""
    with torch.no_grad():
        paths = paths_of(sample, Tokens(trainer.trainable.tokenizer))
        return float(score_paths(trainer.model, paths).log_probs.sum())
