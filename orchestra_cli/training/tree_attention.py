"""Attention within a tree of tokens that is evaluated as one sequence, segment after segment.

A segment is a run of tokens without a fork; its tokens see the segments above it whole, and their
own up to themselves. Between the attentions all tokens of the tree are one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

_NAME = "orchestra_token_tree"
"""Under which transformers finds this attention."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of nodes without a fork."""

    nodes: tuple[int, ...]
    """L of them, parents first."""
    above: tuple[int, ...]
    """The segments that it goes on from, by number, the root's first."""


@contextmanager
def attending(
    config: Any, segments: Sequence[Segment], *, like: Tensor
) -> Iterator[dict[str, object]]:
    """Meanwhile a decoder of this configuration attends so, when it is called with what this gives.

    `like` has the decoder's type and device.
    """
    _register()
    usual = config._attn_implementation
    config._attn_implementation = _NAME
    try:
        masks = [_mask(segments, each, like=like) for each in segments]
        yield {"segments": segments, "masks": masks}
    finally:
        config._attn_implementation = usual


@lru_cache(maxsize=1)
def _register() -> None:
    from transformers import AttentionInterface

    AttentionInterface.register(_NAME, _attend)


def _mask(segments: Sequence[Segment], segment: Segment, *, like: Tensor) -> Tensor:
    """(L, P + L) after P tokens above: 0 where a token may look, else the lowest number."""
    own = len(segment.nodes)
    before = sum(len(segments[number].nodes) for number in segment.above)
    lowest = torch.finfo(like.dtype).min
    mask = torch.full((own, before + own), lowest, dtype=like.dtype, device=like.device)
    return mask.triu_(before + 1)


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float,
    segments: Sequence[Segment],
    masks: Sequence[Tensor],
    **_: Any,
) -> tuple[Tensor, None]:
    """(1, N, H, d) from a query of (1, H, N, d); key and value may have fewer heads."""
    sizes = [len(segment.nodes) for segment in segments]
    queries, keys, values = (states.split(sizes, dim=2) for states in (query, key, value))
    found = []
    for number, (segment, mask) in enumerate(zip(segments, masks, strict=True)):
        seen = (*segment.above, number)
        found.append(
            scaled_dot_product_attention(
                queries[number],
                torch.cat([keys[each] for each in seen], dim=2),
                torch.cat([values[each] for each in seen], dim=2),
                attn_mask=mask,
                scale=scaling,
                enable_gqa=True,
            )
        )
    return torch.cat(found, dim=2).transpose(1, 2).contiguous(), None
