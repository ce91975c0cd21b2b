"""Reinforcement (paper, section 4.2): groups of runs of one task are compared, and what did better
than its siblings becomes likelier.

    recorded experts     `exact`: the expectation over all options of each choice that came up,
                         or sampled groups as below
    tools, domains       groups of rollouts, one advantage for all turns of a rollout, clipped ratio
    everywhere           KL to the frozen base, the adapter switched off

A step is one batch of rollouts, drawn by the adapter as it stands, and `updates` of the optimizer
on it. The ratio is to the trained model before the first of them, whose update has the ratio 1;
where another engine draws the rollouts (a quantised copy), it is not of that copy.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean

import torch

from orchestra_cli.run import ACCEPT
from orchestra_cli.training.advantages import (
    ALL_FILTERS,
    NO_FILTERS,
    Filters,
    judge_group,
)
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.exact import exact_choices, option_rewards
from orchestra_cli.training.losses import score_paths
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.packs import ChoicePack, Pack, ReplyPack
from orchestra_cli.training.paths import Tokens
from orchestra_cli.training.recipe import Grpo
from orchestra_cli.training.rollout import Rollout
from orchestra_cli.training.rollouts.base import RolloutSource
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.torch_engine import TorchEngine
from orchestra_cli.training.trainer import Trainer
from prefs.metrics import RunMetrics
from prefs.reward import ALL_TERMS, RewardForm

STAGE = "grpo"
_FLAT_BELOW_DOLLARS = 0.005
"""Two right runs a cent apart, where a right answer is worth ten, differ by less than the paper's
threshold, which is for its own reward."""


@dataclass(slots=True)
class _Batch:
    """A step's rollouts: what is learned from them, and what they came to."""

    packs: list[Pack] = field(default_factory=list)
    runs: list[RunMetrics] = field(default_factory=list)
    rewards: dict[str, list[float]] = field(default_factory=dict)
    """By environment."""
    calls: Counter[str] = field(default_factory=Counter)
    filters: Counter[str] = field(default_factory=Counter)

    def note(self, episode: Episode, rollout: Rollout, reward: float | None) -> None:
        """A call of an expert counts under its name in the data."""
        if rollout.metrics is not None:
            self.runs.append(rollout.metrics)
        if reward is not None:
            self.rewards.setdefault(episode.environment, []).append(reward)
        for turn in rollout.trajectory.turns:
            called = episode.experts.get(turn.slot or "", turn.expert or turn.tool)
            if called is not None and called != ACCEPT:
                self.calls[called] += 1


@dataclass(slots=True)
class _Means:
    """Over the choices and replies of a step, and over its updates."""

    loss: float = 0.0
    entropy: float = 0.0
    kl: float | None = None
    num_held: int = 0
    num_reply_tokens: int = 0
    evaluated: int = 0
    """Tokens."""

    @property
    def clipped(self) -> float | None:
        """The share of reply tokens that the clip held."""
        return self.num_held / self.num_reply_tokens if self.num_reply_tokens else None


def run_grpo(
    trainer: Trainer,
    sources: Sources,
    grpo: Grpo,
    *,
    rollouts: RolloutSource,
    report: Callable[[StepMetrics], None],
) -> None:
    """From the trainer's step to the schedule's end."""
    tokens = Tokens(trainer.trainable.tokenizer)
    while trainer.step < grpo.steps:
        began = time.monotonic()
        batch = _Batch()
        if grpo.exact:
            _add_choices(batch, trainer, sources, grpo, tokens)
        _add_groups(batch, trainer, sources, grpo, rollouts, tokens)
        means = _Means()
        for _ in range(grpo.updates):
            _learn(batch.packs, trainer, grpo, means)
            norm, rate = trainer.update()
        trainer.step += 1
        report(_metrics(trainer, batch, means, norm, rate, time.monotonic() - began))


def _add_choices(
    batch: _Batch, trainer: Trainer, sources: Sources, grpo: Grpo, tokens: Tokens
) -> None:
    """The choices of runs before one table of recorded experts, as one pack."""
    pack, terms = ChoicePack(), ALL_TERMS - set(grpo.without_terms)
    engine = TorchEngine(trainer.model, trainer.trainable.tokenizer)
    keys = sources.recorded_keys(STAGE, trainer.step, grpo.recorded_questions)
    for key in trainer.share(keys):
        name, index, seed = key
        episode, hindsight = (
            sources.episode(key),
            sources.recorded[name].hindsight(index, seed=seed),
        )
        sampling_seed = Random(f"{STAGE}/{trainer.step}/{key}").getrandbits(31)
        rollout, choices = exact_choices(episode, hindsight, engine, seed=sampling_seed)
        earned = None
        for choice in choices:
            rewards = option_rewards(choice, episode, form=grpo.form, terms=terms)
            pack.add(choice, rewards, tokens)
            earned = rewards[choice.drawn]
        batch.note(episode, rollout, earned)  # by the last choice: what the run came to
    if pack.paths:
        batch.packs.append(pack)


def _add_groups(
    batch: _Batch,
    trainer: Trainer,
    sources: Sources,
    grpo: Grpo,
    rollouts: RolloutSource,
    tokens: Tokens,
) -> None:
    """A pack for each group: its rollouts share their task's prompt."""
    filters, terms = _filters(grpo), ALL_TERMS - set(grpo.without_terms)
    keys = sources.group_keys(
        STAGE,
        trainer.step,
        recorded=0 if grpo.exact else grpo.recorded_questions,
        tools=grpo.tool_tasks,
        domains=grpo.domain_tasks,
    )
    mine = trainer.share(keys)
    for group in rollouts.roll(mine, group_size=grpo.group_size, sampling_seed=trainer.step):
        pack, episode = ReplyPack(), sources.episode(group.episode_key)
        judged = judge_group(
            group, episode.preference, episode.worth, form=grpo.form, terms=terms, filters=filters
        )
        batch.filters.update(judged.counts)
        for rollout, reward, advantage in zip(
            group.rollouts, judged.rewards, judged.advantages, strict=True
        ):
            batch.note(episode, rollout, reward)
            for sample in rollout.samples if advantage else ():
                pack.add(sample, advantage or 0.0, tokens)
        if pack.paths:
            batch.packs.append(pack)


def _filters(grpo: Grpo) -> Filters:
    if not grpo.filters:
        return NO_FILTERS
    if grpo.form is RewardForm.DOLLARS:
        return Filters(flat_below=_FLAT_BELOW_DOLLARS)
    return ALL_FILTERS


def _learn(packs: Sequence[Pack], trainer: Trainer, grpo: Grpo, means: _Means) -> None:
    """Add the gradients of an update: a mean over choices and replies of all processes, and of
    replies by token, so that a long one does not count for less by the token than a short one."""
    replies = [pack for pack in packs if isinstance(pack, ReplyPack)]
    num_choices, num_replies, num_tokens = trainer.total(
        sum(len(pack.rewards) for pack in packs if isinstance(pack, ChoicePack)),
        sum(len(pack.paths) for pack in replies),
        sum(pack.num_tokens for pack in replies),
    )
    for pack in packs:
        share = 1 / (num_choices + num_replies)
        if isinstance(pack, ReplyPack):
            share *= num_replies / num_tokens
            means.num_reply_tokens += pack.num_tokens
        scored = score_paths(trainer.model, pack.paths)
        if grpo.kl_weight and pack.base is None:
            with torch.no_grad(), trainer.trainable.as_reference():
                pack.base = score_paths(trainer.model, pack.paths).log_probs
        sums = pack.sums(scored)
        loss = sums.loss
        if sums.kl is not None:
            loss = loss + grpo.kl_weight * sums.kl
            means.kl = (means.kl or 0.0) + float(sums.kl.detach()) * share / grpo.updates
        trainer.backward(loss * share * trainer.accelerator.num_processes)
        means.loss += float(loss.detach()) * share / grpo.updates
        means.entropy += float(sums.entropy) * share / grpo.updates
        means.num_held += sums.num_held
        means.evaluated += scored.num_tokens


def _metrics(
    trainer: Trainer, batch: _Batch, means: _Means, norm: float, rate: float, seconds: float
) -> StepMetrics:
    runs, rewards = batch.runs, [each for some in batch.rewards.values() for each in some]
    return StepMetrics(
        step=trainer.step,
        stage=STAGE,
        loss=means.loss,
        reward=fmean(rewards) if rewards else None,
        accuracy=fmean(run.is_right for run in runs) if runs else None,
        cost_usd=fmean(run.cost_usd for run in runs) if runs else None,
        latency_s=fmean(run.latency_s for run in runs) if runs else None,
        kl=means.kl,
        entropy=means.entropy if batch.packs else None,
        clipped=means.clipped,
        gradient_norm=norm,
        learning_rate=rate,
        tokens=means.evaluated,
        seconds=seconds,
        calls=dict(batch.calls),
        filters=dict(batch.filters),
        by_environment={name: fmean(each) for name, each in batch.rewards.items()},
    )
