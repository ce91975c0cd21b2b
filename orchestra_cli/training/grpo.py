"""Reinforcement (paper, section 4.2): groups of runs of one task are compared, and what did better
than its siblings becomes likelier.

    recorded experts     `exact`: the expectation over all options of each choice that came up,
                         or sampled groups as below
    tools, domains       groups of rollouts, one advantage for all turns of a rollout, clipped ratio
    everywhere           KL to the frozen base, the adapter switched off, by token

The rollouts of a step are drawn by the adapter as it stands and used once; where another engine
draws them (a quantised copy), the ratio is of the trained model before the step, not of that copy.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import torch
from torch import Tensor

from orchestra_cli.engines.base import Sampling
from orchestra_cli.policy import ModelPolicy
from orchestra_cli.training.advantages import (
    ALL_FILTERS,
    NO_FILTERS,
    Filters,
    judge_group,
)
from orchestra_cli.training.exact import Choice, exact_choices, option_rewards
from orchestra_cli.training.losses import (
    Scored,
    clipped_loss,
    expected_loss,
    kl_to_base,
    score_paths,
)
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.paths import TokenPath, Tokens, option_beginnings, paths_of
from orchestra_cli.training.recipe import Grpo
from orchestra_cli.training.rollout import Rollout
from orchestra_cli.training.rollouts.base import RolloutSource
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.torch_engine import TorchEngine
from orchestra_cli.training.trainer import Trainer
from prefs.reward import ALL_TERMS, RewardForm

STAGE = "grpo"
_FLAT_BELOW_DOLLARS = 0.005
"""Two right runs a cent apart, where a right answer is worth ten, differ by less than the paper's
threshold, which is for its own reward."""


@dataclass(slots=True)
class _Pack:
    """What is evaluated as one tree: choices with their rewards, or replies with advantages."""

    paths: list[TokenPath] = field(default_factory=list)
    choices: list[tuple[int, Tensor]] = field(default_factory=list)
    """(how many paths are its options, R of each)."""
    advantages: list[float] = field(default_factory=list)
    """By path, where the paths are replies."""


@dataclass(slots=True)
class _Seen:
    """What the step's rollouts came to."""

    rollouts: list[Rollout] = field(default_factory=list)
    rewards: dict[str, list[float]] = field(default_factory=dict)
    filters: Counter[str] = field(default_factory=Counter)

    def add(self, environment: str, rollout: Rollout, reward: float | None) -> None:
        self.rollouts.append(rollout)
        if reward is not None:
            self.rewards.setdefault(environment, []).append(reward)


@dataclass(slots=True)
class _Sums:
    """Over the packs of a step."""

    loss: float = 0.0
    kl: list[float] = field(default_factory=list)
    entropy: list[float] = field(default_factory=list)
    clipped: list[float] = field(default_factory=list)
    tokens: int = 0


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
    engine = TorchEngine(trainer.model, trainer.trainable.tokenizer)
    while trainer.step < grpo.steps:
        began = time.monotonic()
        seen = _Seen()
        packs = _recorded_packs(trainer, sources, grpo, engine, tokens, seen)
        packs += _sampled_packs(trainer, sources, grpo, rollouts, tokens, seen)
        packs = [pack for pack in packs if pack.paths]
        total = sum(len(pack.choices) + len(pack.advantages) for pack in packs)
        sums = _Sums()
        for pack in packs:
            _learn(trainer, grpo, pack, sums, total=total)
        norm, rate = trainer.apply()
        report(_metrics(trainer, seen, sums, norm, rate, time.monotonic() - began))


def _recorded_packs(
    trainer: Trainer,
    sources: Sources,
    grpo: Grpo,
    engine: TorchEngine,
    tokens: Tokens,
    seen: _Seen,
) -> list[_Pack]:
    """The choices of runs before one table, exactly; none where they are sampled."""
    if not grpo.exact:
        return []
    pack, terms = _Pack(), ALL_TERMS - set(grpo.without_terms)
    keys = sources.recorded_keys(STAGE, trainer.step, grpo.recorded_questions)
    for key in trainer.share(keys):
        name, index, seed = key
        environment, episode = sources.recorded[name], sources.episode(key)
        model = ModelPolicy(engine, episode.style, sampling=Sampling(temperature=1.0))
        rollout, choices = exact_choices(
            episode,
            environment.hindsight(index, seed=seed),
            model,
            engine,
            engine,
            seed=f"{STAGE}/{trainer.step}/{key}",
        )
        for choice in choices:
            rewards = option_rewards(choice, episode, form=grpo.form, terms=terms)
            _add_choice(pack, choice, rewards, tokens)
            drawn = choice.sample.options.index(choice.sample.reply)
            seen.rewards.setdefault(name, []).append(rewards[drawn])
        seen.rollouts.append(rollout)
    return [pack]


def _add_choice(pack: _Pack, choice: Choice, rewards: Sequence[float], tokens: Tokens) -> None:
    prompt = tokens.of(choice.sample.prompt)
    options = option_beginnings(choice.sample.options, tokens)
    pack.paths += [TokenPath(prompt, option) for option in options]
    pack.choices.append((len(options), torch.tensor(rewards)))


def _sampled_packs(
    trainer: Trainer,
    sources: Sources,
    grpo: Grpo,
    rollouts: RolloutSource,
    tokens: Tokens,
    seen: _Seen,
) -> list[_Pack]:
    """A pack for each group: its rollouts share their task's prompt."""
    packs = []
    filters = _filters(grpo)
    keys = sources.group_keys(
        STAGE,
        trainer.step,
        recorded=0 if grpo.exact else grpo.recorded_questions,
        tools=grpo.tool_tasks,
        domains=grpo.domain_tasks,
    )
    groups = rollouts.roll(
        trainer.share(keys), group_size=grpo.group_size, sampling_seed=trainer.step
    )
    for group in groups:
        episode = sources.episode(group.episode_key)
        judged = judge_group(
            group,
            episode.preference,
            episode.worth,
            form=grpo.form,
            terms=ALL_TERMS - set(grpo.without_terms),
            filters=filters,
        )
        seen.filters.update(judged.counts)
        pack = _Pack()
        for rollout, reward, advantage in zip(
            group.rollouts, judged.rewards, judged.advantages, strict=True
        ):
            seen.add(episode.environment, rollout, reward)
            for sample in rollout.samples if advantage else ():
                if sample.is_legal or (advantage or 0.0) < 0:  # never praise a broken call
                    pack.paths += paths_of(sample, tokens)
                    pack.advantages.append(advantage or 0.0)
        packs.append(pack)
    return packs


def _filters(grpo: Grpo) -> Filters:
    if not grpo.filters:
        return NO_FILTERS
    if grpo.form is RewardForm.DOLLARS:
        return Filters(flat_below=_FLAT_BELOW_DOLLARS)
    return ALL_FILTERS


def _learn(trainer: Trainer, grpo: Grpo, pack: _Pack, sums: _Sums, *, total: int) -> None:
    """Add the pack's gradients; its part of the step's mean."""
    scored = score_paths(trainer.model, pack.paths)
    loss = _choices_loss(pack, scored) if pack.choices else _replies_loss(pack, scored, sums)
    if grpo.kl_weight:
        with torch.no_grad(), trainer.trainable.as_reference():
            base = score_paths(trainer.model, pack.paths).log_probs
        kl = kl_to_base(scored.log_probs, base)
        loss = loss + grpo.kl_weight * kl.sum()
        sums.kl.append(float(kl.detach().mean()))
    trainer.backward(loss * trainer.accelerator.num_processes / max(1, total))
    sums.loss += float(loss.detach()) / max(1, total)
    sums.entropy.append(float(scored.entropy.mean()))
    sums.tokens += scored.num_tokens


def _choices_loss(pack: _Pack, scored: Scored) -> Tensor:
    totals = torch.stack([each.sum() for each in scored.by_path()])
    losses, start = [], 0
    for size, rewards in pack.choices:
        losses.append(expected_loss(totals[start : start + size], rewards.to(totals.device)))
        start += size
    return torch.stack(losses).sum()


def _replies_loss(pack: _Pack, scored: Scored, sums: _Sums) -> Tensor:
    """Each reply's mean over its tokens would favour short ones; see `losses`."""
    spread = [
        advantage
        for advantage, size in zip(pack.advantages, scored.sizes, strict=True)
        for _ in range(size)
    ]
    advantages = torch.tensor(spread, device=scored.log_probs.device)
    by_token, clipped = clipped_loss(scored.log_probs, scored.log_probs.detach(), advantages)
    sums.clipped.append(float(clipped.float().mean()))
    return by_token.sum() * len(pack.advantages) / max(1, len(spread))


def _metrics(
    trainer: Trainer, seen: _Seen, sums: _Sums, norm: float, rate: float, seconds: float
) -> StepMetrics:
    known = [rollout.metrics for rollout in seen.rollouts if rollout.metrics is not None]
    calls: Counter[str] = Counter()
    for metrics in known:
        calls.update(metrics.calls)
    every = [reward for rewards in seen.rewards.values() for reward in rewards]
    return StepMetrics(
        step=trainer.step,
        stage=STAGE,
        loss=sums.loss,
        reward=fmean(every) if every else None,
        accuracy=fmean(m.is_right for m in known) if known else None,
        cost_usd=fmean(m.cost_usd for m in known) if known else None,
        latency_s=fmean(m.latency_s for m in known) if known else None,
        kl=fmean(sums.kl) if sums.kl else None,
        entropy=fmean(sums.entropy) if sums.entropy else None,
        clipped=fmean(sums.clipped) if sums.clipped else None,
        gradient_norm=norm,
        learning_rate=rate,
        tokens=sums.tokens,
        seconds=seconds,
        calls=dict(calls),
        filters=dict(seen.filters),
        by_environment={name: fmean(each) for name, each in seen.rewards.items()},
    )
