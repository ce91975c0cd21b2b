"""Texts that begin alike, evaluated once: a tree of tokens in place of a batch of sequences.

    path 1   menu · question 1 · reply a          menu ─┬─ question 1 ─┬─ reply a
    path 2   menu · question 1 · reply b     →          │              └─ reply b
    path 3   menu · question 2 · reply c                └─ question 2 ─── reply c

The tree is evaluated as one sequence without padding, in which a token sees its own ancestors alone
(`tree_attention`). So the rollouts of a group, the turns of a run and the options of a choice pay
for what they share once, and what comes out is what each path alone would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from orchestra_cli.training.tree_attention import Segment, attending

if TYPE_CHECKING:
    from torch import Tensor

_ROOT = -1


@dataclass(slots=True)
class TokenTree:
    """Nodes in the order of insertion, a parent before its children."""

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    _children: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, path: Sequence[int]) -> list[int]:
        """The nodes of this path, new ones where no other path has been there."""
        nodes, node = [], _ROOT
        for token in path:
            at = self._children.get((node, token))
            if at is None:
                at = self._children[node, token] = len(self.tokens)
                self.tokens.append(token)
                self.parents.append(node)
            nodes.append(at)
            node = at
        return nodes

    def __len__(self) -> int:
        return len(self.tokens)


def segments_of(tree: TokenTree) -> list[Segment]:
    """Every node once, a segment after those above it."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(tree.parents):
        children.setdefault(parent, []).append(node)
    found: list[Segment] = []
    waiting: list[tuple[int, tuple[int, ...]]] = [(first, ()) for first in children.get(_ROOT, [])]
    while waiting:
        first, above = waiting.pop()
        nodes = [first]
        while len(below := children.get(nodes[-1], [])) == 1:
            nodes += below
        waiting += [(child, (*above, len(found))) for child in reversed(below)]
        found.append(Segment(tuple(nodes), above))
    return found


def hidden_states(body: Any, tree: TokenTree) -> Tensor:
    """(N, d): the last hidden state of each of the tree's N nodes.

    `body` is a Hugging Face decoder without its head, of those whose attention can be chosen.
    """
    segments = segments_of(tree)
    weights = next(body.parameters())
    order = torch.tensor([node for each in segments for node in each.nodes], device=weights.device)
    tokens = torch.tensor(tree.tokens, device=weights.device)
    depths = torch.tensor(_depths(tree), device=weights.device)
    with attending(body.config, segments, like=weights) as asked:
        states = body(
            input_ids=tokens[None, order],
            position_ids=depths[None, order],
            use_cache=False,
            **asked,
        ).last_hidden_state[0]
    in_order: Tensor = states[torch.argsort(order)]
    return in_order


def _depths(tree: TokenTree) -> list[int]:
    """How many ancestors each node has."""
    depths: list[int] = []
    for parent in tree.parents:
        depths.append(0 if parent == _ROOT else depths[parent] + 1)
    return depths
