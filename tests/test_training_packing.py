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

from orchestra_cli.training.packing import TokenTree, hidden_states, lay_out

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
    layout = lay_out(tree)
    assert layout.trunk == (0, 1)
    assert [[tree.tokens[node] for node in row] for row in layout.rows] == [[3, 4, 5], [6]]


def test_a_row_holds_parents_before_their_children_and_all_rows_every_node() -> None:
    tree, _ = tree_of([(1, 2, 3), (1, 4, 5, 6), (1, 4, 7), (1, 4, 5, 8)])
    layout = lay_out(tree)
    for row in layout.rows:
        for node in row[1:]:
            assert tree.parents[node] in row[: row.index(node)]
    every = sorted([*layout.trunk, *(node for row in layout.rows for node in row)])
    assert every == list(range(len(tree)))


@pytest.mark.parametrize(
    "paths", [[(3,)], [(3, 1, 4, 1, 5)], [(3, 1, 4), (3, 1)]], ids=["token", "path", "prefix"]
)
def test_one_path_is_all_trunk(paths: list[Path]) -> None:
    tree, nodes = tree_of(paths)
    assert lay_out(tree).rows == ()
    with torch.no_grad():
        states = hidden_states(MODEL.model, tree)
    torch.testing.assert_close(states[nodes[0]], alone(paths[0]), rtol=1e-4, atol=1e-5)


def test_paths_must_begin_alike() -> None:
    tree, _ = tree_of([(1, 2), (3, 2)])
    with pytest.raises(ValueError, match="begin with the same token"):
        lay_out(tree)


def test_a_long_trunk_is_read_once_by_the_model() -> None:
    seen: list[tuple[int, ...]] = []

    def body(**inputs: Any) -> Any:
        seen.append(tuple(inputs["input_ids"].shape))
        return MODEL.model(**inputs)

    body.parameters = MODEL.model.parameters  # type: ignore[attr-defined]
    trunk = tuple(range(50))
    tree, _ = tree_of([(*trunk, 60, 61), (*trunk, 62), (*trunk, 63, 64, 65)])
    with torch.no_grad():
        hidden_states(body, tree)
    assert seen == [(1, 50), (2, 3), (1, 1)]  # rows of about one length together
