"""Drawing a token from logits, as `Sampling` says: penalty, temperature, top-k, top-p, min-p."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from orchestra_cli.engines.base import Sampling

if TYPE_CHECKING:
    from torch import Tensor

_PENALTY_WINDOW = 256


class TokenDraw:
    """The draws of one reply: the same seed draws the same."""

    def __init__(self, sampling: Sampling, *, device: torch.device) -> None:
        self._sampling = sampling
        self._generator = torch.Generator(device).manual_seed(sampling.seed)

    def token(self, logits: Tensor, *, history: Sequence[int], barred: int | None = None) -> int:
        """The next one; the likeliest at temperature 0."""
        sampling, logits = self._sampling, logits.float().clone()  # (V,)
        if barred is not None:
            logits[barred] = -torch.inf
        if sampling.repeat_penalty != 1.0:
            seen = torch.tensor(sorted(set(history[-_PENALTY_WINDOW:])), device=logits.device)
            at = logits[seen]
            penalty = sampling.repeat_penalty
            logits[seen] = torch.where(at > 0, at / penalty, at * penalty)
        if sampling.temperature <= 0:
            return int(logits.argmax())
        shares = _kept(torch.softmax(logits / sampling.temperature, dim=-1), sampling)
        return int(torch.multinomial(shares, 1, generator=self._generator))


def _kept(shares: Tensor, sampling: Sampling) -> Tensor:
    """With 0 for what the limits cut off; the likeliest always stays."""
    if sampling.top_k > 0:
        least = shares.topk(min(sampling.top_k, len(shares))).values[-1]
        shares = shares.where(shares >= least, 0.0)
    if sampling.min_p > 0:
        shares = shares.where(shares >= sampling.min_p * shares.max(), 0.0)
    if sampling.top_p < 1:
        ordered, order = shares.sort(descending=True)
        before = ordered.cumsum(0) - ordered
        dropped = order[before >= sampling.top_p * shares.sum()]
        shares = shares.index_fill(0, dropped[dropped != order[0]], 0.0)
    return shares
