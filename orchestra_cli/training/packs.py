"""What is evaluated as one tree of token paths, and what it adds to a step's loss.

    choices    −Σ p(option) · R(option);  KL and entropy over the options of a choice, exactly
    replies    the clipped surrogate;  k3 and entropy by token

Over options the divergence is exact as well: k3 is for tokens that the model itself has drawn, and
has no bound for an option that the model has unlearned and the base has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import commonprefix

import torch
from torch import Tensor

from orchestra_cli.training.exact import Choice
from orchestra_cli.training.losses import Scored, clipped_loss, expected_loss, kl_to_base
from orchestra_cli.training.paths import TokenPath, Tokens, paths_of
from orchestra_cli.training.rollout import Sample


@dataclass(frozen=True, slots=True)
class Sums:
    """Over the choices of a pack, or over the tokens of its replies."""

    loss: Tensor
    entropy: Tensor
    """Nats; no gradient."""
    kl: Tensor | None
    """None where the base has not been asked."""
    num_held: int = 0
    """Tokens that the clip holds where they are."""


@dataclass(slots=True)
class ChoicePack:
    """Choices of which every option's reward is known."""

    paths: list[TokenPath] = field(default_factory=list)
    """The options, choice by choice."""
    rewards: list[Tensor] = field(default_factory=list)
    """(K,) for each choice."""
    base: Tensor | None = None
    """(T,) log-probabilities of the paths by the frozen base."""

    def add(self, choice: Choice, rewards: Sequence[float], tokens: Tokens) -> None:
        """What all options begin with tells nothing, and is not scored."""
        prompt = tokens.of(choice.prompt)
        options = [tokens.of(option) for option in choice.options]
        shared = len(commonprefix(options))
        self.paths += [TokenPath(prompt, option, skipped=shared) for option in options]
        self.rewards.append(torch.tensor(rewards))

    def sums(self, scored: Scored) -> Sums:
        """By choice."""
        now = self._by_choice(scored.log_probs, scored.sizes)
        logs = [each.log_softmax(0) for each in now]
        loss = [expected_loss(*each) for each in zip(now, self._rewards_at(now[0]), strict=True)]
        entropy = [-(each.exp() * each).sum().detach() for each in logs]
        return Sums(torch.stack(loss).sum(), torch.stack(entropy).sum(), self._kl(logs, scored))

    def _rewards_at(self, like: Tensor) -> list[Tensor]:
        return [each.to(like.device) for each in self.rewards]

    def _kl(self, logs: Sequence[Tensor], scored: Scored) -> Tensor | None:
        """Σ p · (log p − log q)."""
        if self.base is None:
            return None
        base = (each.log_softmax(0) for each in self._by_choice(self.base, scored.sizes))
        by_choice = [(p.exp() * (p - q)).sum() for p, q in zip(logs, base, strict=True)]
        return torch.stack(by_choice).sum()

    def _by_choice(self, log_probs: Tensor, sizes: Sequence[int]) -> Sequence[Tensor]:
        """(K,) log-likelihoods of whole options, for each choice."""
        options = torch.stack([each.sum() for each in torch.split(log_probs, list(sizes))])
        found: Sequence[Tensor] = torch.split(options, [len(each) for each in self.rewards])
        return found


@dataclass(slots=True)
class ReplyPack:
    """Drawn replies, each with the advantage of its rollout."""

    paths: list[TokenPath] = field(default_factory=list)
    advantages: list[float] = field(default_factory=list)
    """By path."""
    base: Tensor | None = None
    """(T,) log-probabilities of the paths by the frozen base."""
    old: Tensor | None = None
    """(T,) by the model before the first update on these replies."""

    @property
    def num_tokens(self) -> int:
        """Of the replies."""
        return sum(len(path.reply) - path.skipped for path in self.paths)

    def add(self, sample: Sample, advantage: float, tokens: Tokens) -> None:
        """A reply that broke the format is never praised, whatever its run came to."""
        if advantage > 0 and not sample.is_legal:
            return
        self.paths += [path for path in paths_of(sample, tokens) if path.reply]
        self.advantages += [advantage] * (len(self.paths) - len(self.advantages))

    def sums(self, scored: Scored) -> Sums:
        """By token."""
        now = scored.log_probs
        if self.old is None:
            self.old = now.detach()
        sizes = torch.tensor(scored.sizes, device=now.device)
        advantages = torch.tensor(self.advantages, device=now.device).repeat_interleave(sizes)
        loss, held = clipped_loss(now, self.old, advantages)
        kl = None if self.base is None else kl_to_base(now, self.base).sum()
        return Sums(loss.sum(), scored.entropy.sum(), kl, int(held.sum()))


Pack = ChoicePack | ReplyPack
