"""A tree of tokens comes to what each of its paths alone would: states, gradients, any shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_llama import TOKENS, tiny_model
from torch import Tensor

from orchestra_cli.training.packing import TokenTree, hidden_states, segments_of

Path = tuple[int, ...]
MODEL = tiny_model()
TOKEN = st.integers(0, len(TOKENS) - 1)
FEW = st.integers(0, 3)
"""So few tokens that paths go together for a while."""
PATHS = st.tuples(TOKEN, st.lists(st.lists(FEW, max_size=7), min_size=1, max_size=7)).map(
    lambda drawn: [(drawn[0], *rest) for rest in drawn[1]]
)


def tree_of(paths: Sequence[Path]) -> tuple[TokenTree, list[list[int]]]:
    tree = TokenTree()
    return tree, [tree.add(path) for path in paths]


def alone(path: Path) -> Tensor:
    """(L, d)"""
    found: Tensor = MODEL.model(input_ids=torch.tensor([path])).last_hidden_state[0]
    return found


def gradients(loss: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, [p for p in MODEL.model.parameters()]))


@settings(deadline=None, max_examples=40)
@given(PATHS)
def test_each_path_has_the_states_that_it_has_alone(paths: list[Path]) -> None:
    tree, nodes = tree_of(paths)
    with torch.no_grad():
        states = hidden_states(MODEL.model, tree)
        assert len(states) == len(tree)
        for path, at in zip(paths, nodes, strict=True):
            torch.testing.assert_close(states[at], alone(path), rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_the_paths_alone() -> None:
    paths = [(7, 1, 2, 3), (7, 1, 2, 9, 4), (7, 1, 5), (7, 1, 5, 6, 6, 8), (7, 1)]
    weights = [torch.randn(len(path), 32) for path in paths]
    tree, nodes = tree_of(paths)
    states = hidden_states(MODEL.model, tree)
    together = sum((states[at] * w).sum() for at, w in zip(nodes, weights, strict=True))
    apart = sum((alone(path) * w).sum() for path, w in zip(paths, weights, strict=True))
    assert isinstance(together, Tensor) and isinstance(apart, Tensor)
    for ours, theirs in zip(gradients(together), gradients(apart), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)


def test_what_paths_share_is_evaluated_once() -> None:
    tree, nodes = tree_of([(1, 2, 3, 4), (1, 2, 3, 5), (1, 2, 6), (1, 2, 3, 4)])
    assert len(tree) == 6
    assert nodes[0] == nodes[3] and nodes[0][:3] == nodes[1][:3]
    segments = segments_of(tree)
    assert [[tree.tokens[node] for node in each.nodes] for each in segments] == [
        [1, 2],
        [3],
        [4],
        [5],
        [6],
    ]
    assert [each.above for each in segments] == [(), (0,), (0, 1), (0, 1), (0,)]


@given(PATHS)
def test_segments_hold_every_node_once_after_its_parent(paths: list[Path]) -> None:
    tree, _ = tree_of(paths)
    order = [node for segment in segments_of(tree) for node in segment.nodes]
    assert sorted(order) == list(range(len(tree)))
    for at, node in enumerate(order):
        assert tree.parents[node] in (-1, *order[:at])


def test_paths_need_not_begin_alike() -> None:
    tree, nodes = tree_of([(1, 2), (3, 2, 4)])
    with torch.no_grad():
        states = hidden_states(MODEL.model, tree)
    for path, at in zip([(1, 2), (3, 2, 4)], nodes, strict=True):
        torch.testing.assert_close(states[at], alone(path), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "paths", [[(3,)], [(3, 1, 4, 1, 5)], [(3, 1, 4), (3, 1)]], ids=["token", "path", "prefix"]
)
def test_one_path_is_one_segment(paths: list[Path]) -> None:
    tree, nodes = tree_of(paths)
    assert len(segments_of(tree)) == 1
    with torch.no_grad():
        states = hidden_states(MODEL.model, tree)
    torch.testing.assert_close(states[nodes[0]], alone(paths[0]), rtol=1e-4, atol=1e-5)


def test_a_tree_is_one_sequence_without_padding() -> None:
    seen: list[tuple[int, ...]] = []

    def body(**inputs: Any) -> Any:
        seen.append(tuple(inputs["input_ids"].shape))
        return MODEL.model(**inputs)

    body.parameters = MODEL.model.parameters  # type: ignore[attr-defined]
    body.config = MODEL.model.config  # type: ignore[attr-defined]
    trunk = tuple(range(50))
    tree, _ = tree_of([(*trunk, 60, 61), (*trunk, 62), (*trunk, 63, 64, 65)])
    with torch.no_grad():
        hidden_states(body, tree)
    assert seen == [(1, 56)]


def test_the_models_own_attention_is_put_back_even_after_an_error() -> None:
    usual = MODEL.config._attn_implementation
    tree, _ = tree_of([(1, 2), (1, 3)])
    hidden_states(MODEL.model, tree)
    assert MODEL.config._attn_implementation == usual
    beyond, _ = tree_of([(1, len(TOKENS) + 7), (1, 3)])
    with pytest.raises(IndexError):
        hidden_states(MODEL.model, beyond)
    assert MODEL.config._attn_implementation == usual
