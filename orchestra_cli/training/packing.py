"""Texts that begin alike, evaluated once: a tree of tokens in place of a batch of sequences.

    path 1   menu · question 1 · reply a          menu ─┬─ question 1 ─┬─ reply a
    path 2   menu · question 1 · reply b     →          │              └─ reply b
    path 3   menu · question 2 · reply c                └─ question 2 ─── reply c

What all paths share is the trunk, evaluated once with its keys and values kept, gradients and all.
Each subtree below it is a row; rows are evaluated together, padded to the longest, and a token sees
the trunk and its own ancestors. So the rollouts of a group, the turns of a run and the options of a
choice pay for their common prompt once, and what comes out is what each path alone would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

_ROOT = -1
_SHORTEST_SHARE = 0.6
"""Of the longest row's length: a row that is shorter goes into the next batch."""


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


@dataclass(frozen=True, slots=True)
class Layout:
    """How a tree is evaluated; -1 stands for padding."""

    trunk: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    """The nodes of each subtree below the trunk, parents first."""


def lay_out(tree: TokenTree) -> Layout:
    """Trunk and rows of a tree that holds at least one path."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(tree.parents):
        children.setdefault(parent, []).append(node)
    trunk: list[int] = []
    below = children.get(_ROOT, [])
    if len(below) != 1:
        raise ValueError("the paths of a tree must begin with the same token")
    while len(below) == 1:
        trunk.append(below[0])
        below = children.get(below[0], [])
    rows = []
    for first in below:
        row, open_nodes = [], [first]
        while open_nodes:
            node = open_nodes.pop()
            row.append(node)
            open_nodes += reversed(children.get(node, []))
        rows.append(tuple(row))
    return Layout(tuple(trunk), tuple(rows))


def hidden_states(body: Any, tree: TokenTree) -> Tensor:
    """(N, d): the last hidden state of each of the tree's N nodes.

    `body` is a Hugging Face decoder without its head; it must take a cache and a mask of four
    dimensions, as all of Llama's kind do.
    """
    layout = lay_out(tree)
    device = next(body.parameters()).device
    trunk = torch.tensor([[tree.tokens[node] for node in layout.trunk]], device=device)
    first = body(input_ids=trunk, use_cache=bool(layout.rows))
    if not layout.rows:
        return _in_order([(layout.trunk, first.last_hidden_state[0])], len(tree))
    found = [(layout.trunk, first.last_hidden_state[0])]
    for rows in _alike(layout.rows):
        shape = _Rows.of(tree, rows, before=len(layout.trunk), device=device)
        states = body(
            input_ids=shape.tokens,
            position_ids=shape.positions,
            attention_mask=shape.mask.to(first.last_hidden_state.dtype),
            past_key_values=_repeated(first.past_key_values, len(rows)),
            use_cache=True,
        ).last_hidden_state
        found += [(row, states[at, : len(row)]) for at, row in enumerate(rows)]
    return _in_order(found, len(tree))


def _alike(rows: Sequence[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """Rows of about the same length together: padding is evaluated too."""
    batches: list[list[tuple[int, ...]]] = []
    for row in sorted(rows, key=len, reverse=True):
        if batches and len(row) >= _SHORTEST_SHARE * len(batches[-1][0]):
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


@dataclass(frozen=True, slots=True)
class _Rows:
    tokens: Tensor
    """(B, L)"""
    positions: Tensor
    """(B, L)"""
    mask: Tensor
    """(B, 1, L, P + L): 0 where a token may look, else the lowest number."""

    @classmethod
    def of(
        cls, tree: TokenTree, rows: Sequence[tuple[int, ...]], *, before: int, device: Any
    ) -> _Rows:
        """Rows that go on after a trunk of `before` tokens."""
        length = max(map(len, rows))
        tokens = np.zeros((len(rows), length), dtype=np.int64)
        positions = np.zeros_like(tokens)
        seen = np.zeros((len(rows), length, before + length), dtype=bool)
        seen[:, :, :before] = True  # padding looks at the trunk: a row of no weights would be NaN
        for at, row in enumerate(rows):
            place = {node: index for index, node in enumerate(row)}
            for index, node in enumerate(row):
                parent = place.get(tree.parents[node])
                tokens[at, index] = tree.tokens[node]
                positions[at, index] = before if parent is None else positions[at, parent] + 1
                if parent is not None:
                    seen[at, index, before:] = seen[at, parent, before:]
                seen[at, index, before + index] = True
        lowest = torch.finfo(torch.float32).min
        mask = torch.zeros(seen.shape, dtype=torch.float32)
        mask.masked_fill_(~torch.from_numpy(seen), lowest)
        return cls(
            torch.from_numpy(tokens).to(device),
            torch.from_numpy(positions).to(device),
            mask[:, None].to(device),
        )


def _repeated(cache: Any, times: int) -> Any:
    """The trunk's keys and values, seen by every row; gradients add up."""
    from transformers import DynamicCache

    repeated = DynamicCache()
    for index, layer in enumerate(cache.layers):
        keys = layer.keys.expand(times, -1, -1, -1)
        values = layer.values.expand(times, -1, -1, -1)
        repeated.update(keys, values, index)
    return repeated


def _in_order(parts: Sequence[tuple[Sequence[int], Tensor]], total: int) -> Tensor:
    """(N, d), by node."""
    nodes = torch.tensor([node for part, _ in parts for node in part])
    found = torch.cat([states for _, states in parts])
    assert len(nodes) == total
    order = torch.empty(total, dtype=torch.long)
    order[nodes] = torch.arange(total)
    return found[order.to(found.device)]
