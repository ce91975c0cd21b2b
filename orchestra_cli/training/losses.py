"""The losses, over log-probabilities of reply tokens that a tree of paths was evaluated for.

    supervised     −Σ weight · log p(token)                                   the warm start
    clipped        −min(ρ·A, clip(ρ, 1−0.2, 1+0.28)·A),  ρ = p / p_old        GRPO, by token
    expected       −Σ_options p(option) · R(option)                           exact, no sampling
    k3             exp(q − p) − (q − p) − 1,   p, q = log-probabilities       KL to the frozen base

Departures from the paper's formula, each on purpose:

1. The KL term is the k3 estimator by token, of the sampled token: never negative.
2. The mean is over all trained tokens of a step, not over each rollout's own: a long program does
   not count for less by the token than a short call.
3. Where the choice set is small, `expected` takes the place of the sampled surrogate: its gradient
   is what the surrogate's is on average over samples, without their noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from orchestra_cli.training.packing import TokenTree, hidden_states
from orchestra_cli.training.paths import TokenPath

CLIP_LOW, CLIP_HIGH = 0.2, 0.28


@dataclass(frozen=True, slots=True)
class Scored:
    """Log-probabilities of the reply tokens of some paths, all in a row."""

    log_probs: Tensor
    """(T,), natural."""
    entropy: Tensor
    """(T,), nats, of the whole next-token distribution; no gradient."""
    sizes: tuple[int, ...]
    """How many of the T belong to each path."""
    num_tokens: int
    """Evaluated."""

    def by_path(self) -> tuple[Tensor, ...]:
        """Each path's own."""
        parts: tuple[Tensor, ...] = torch.split(self.log_probs, list(self.sizes))
        return parts


def score_paths(model: Any, paths: Sequence[TokenPath]) -> Scored:
    """Evaluate all paths as one tree, logits only where a reply token is predicted.

    `model` is a Hugging Face causal model, with or without an adapter around it.
    """
    body, head = decoder_and_head(model)
    tree = TokenTree()
    at: list[int] = []
    wanted: list[int] = []
    sizes = []
    for path in paths:
        nodes = tree.add((*path.prompt, *path.reply[:-1]))
        start = len(path.prompt) - 1 + path.skipped
        at += nodes[start:]
        wanted += path.reply[path.skipped :]
        sizes.append(len(path.reply) - path.skipped)
    states = hidden_states(body, tree)
    where, index = torch.unique(torch.tensor(at, device=states.device), return_inverse=True)
    log_probs = head(states[where]).float().log_softmax(-1)  # (U, V)
    with torch.no_grad():
        entropy = -(log_probs.exp() * log_probs).sum(-1)
    tokens = torch.tensor(wanted, device=states.device)
    return Scored(log_probs[index, tokens], entropy[index], tuple(sizes), len(tree))


def decoder_and_head(model: Any) -> tuple[Any, Any]:
    """(decoder, language-model head) inside whatever wraps them."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return inner.model, inner.lm_head


def supervised_loss(scored: Scored, paths: Sequence[TokenPath]) -> Tensor:
    """The weighted sum; the caller divides by the number of replies."""
    weights = [
        path.weight for path, size in zip(paths, scored.sizes, strict=True) for _ in range(size)
    ]
    return -(scored.log_probs * torch.tensor(weights, device=scored.log_probs.device)).sum()


def clipped_loss(log_probs: Tensor, old: Tensor, advantages: Tensor) -> tuple[Tensor, Tensor]:
    """((T,) loss by token, (T,) whether the clip holds the token where it is)."""
    ratio = (log_probs - old).exp()
    kept = ratio.clamp(1 - CLIP_LOW, 1 + CLIP_HIGH)
    gain = torch.minimum(ratio * advantages, kept * advantages)
    return -gain, (kept * advantages < ratio * advantages).detach()


def expected_loss(option_log_probs: Tensor, rewards: Tensor) -> Tensor:
    """−Σ p·R for one choice; (K,) log-likelihoods of whole options, made 1 in sum first."""
    return -(option_log_probs.log_softmax(0).exp() * rewards).sum()


def kl_to_base(log_probs: Tensor, base: Tensor) -> Tensor:
    """(T,) k3 of each sampled token; `base` from the model with its adapter switched off."""
    difference = base - log_probs
    return difference.exp() - difference - 1
