"""Token sequences that begin alike as one tree, so that each of its tokens is evaluated once.

A branch is what leads from the root to a leaf. It has a number, the place of its leaf among the
sorted ones, and a token belongs to all branches that go through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One token of the tree."""

    path: Path
    """From the root to this token."""
    branches: tuple[int, ...]


def grow(leaves: Sequence[Path]) -> list[Node]:
    """All nodes of the tree with these leaves, a parent before its children."""
    branches: dict[Path, list[int]] = {}
    for number, leaf in enumerate(leaves):
        for depth in range(1, len(leaf) + 1):
            branches.setdefault(leaf[:depth], []).append(number)
    return [Node(path, tuple(branches[path])) for path in sorted(branches, key=len)]


def leaves_of(paths: Iterable[Path]) -> list[Path]:
    """Sorted, without those that others go on from."""
    ordered = [*sorted(set(paths)), ()]
    return [path for path, after in pairwise(ordered) if after[: len(path)] != path]


def in_rounds(leaves: Sequence[Path], *, max_branches: int, max_nodes: int) -> Iterator[list[Path]]:
    """Sorted leaves in as few trees as the limits allow; a longer leaf is a tree by itself."""
    together: list[Path] = []
    num_nodes = 0
    for leaf in leaves:
        new = len(leaf) - (common_length(leaf, together[-1]) if together else 0)
        if together and (len(together) == max_branches or num_nodes + new > max_nodes):
            yield together
            together, num_nodes, new = [], 0, len(leaf)
        together.append(leaf)
        num_nodes += new
    if together:
        yield together


def common_length(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens they begin with alike."""
    length = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        length += 1
    return length
