"""How likely a model is to go on in given ways, all ways read at once.

    log p(continuation) = Σ log softmax(logits after all tokens before)[token]

The sum is over the tokens of the continuation, the softmax over the whole vocabulary. A tokenizer
may join a continuation's beginning with the prompt's end. Then the sum starts at the last token
that the prompt has in common with every way of going on, and the prompt's own end, summed likewise,
is taken off: so the figures of one prompt compare whichever continuations are read together, and
that of a continuation that changes nothing is the one above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from orchestra_cli.engines.base import ContextOverflowError, EngineError
from orchestra_cli.engines.session import MAX_BRANCHES, Lane, Session
from orchestra_cli.engines.token_tree import Path, common_length, grow, in_rounds, leaves_of

if TYPE_CHECKING:
    from orchestra_cli.engines.batch import Logits


def log_likelihoods(
    session: Session,
    prompt: Sequence[int],
    continued: Sequence[Sequence[int]],
    *,
    lane: Lane,
    stop: Callable[[], bool],
    constant: int = 0,
) -> tuple[float, ...]:
    """Of each of `continued`, which are the prompt's text and more; the prompt stays in the cache.

    `constant` is as in `Session.evaluate`. Raises EngineError, also where `stop` cut it short.
    """
    root = min((common_length(prompt, tokens) for tokens in continued), default=len(prompt)) - 1
    if root < 0:
        raise EngineError("the prompt is too short: nothing of it is left as a token of its own")
    kept = prompt[:root]
    if not session.evaluate(
        kept, lane=lane, stop=stop, constant=min(constant, root), read_logits=False
    ):
        raise EngineError("stopped while the options were weighed")
    own_end, *ends = [tuple(tokens[root:]) for tokens in (prompt, *continued)]
    steps = _steps(session, {own_end, *ends}, lane, stop)
    base = _total(own_end, steps)
    return tuple(_total(end, steps) - base for end in ends)


def _steps(
    session: Session, ends: set[Path], lane: Lane, stop: Callable[[], bool]
) -> dict[Path, float]:
    """The logarithm of each token's probability after those before it, by all of them."""
    following: dict[Path, set[int]] = {}
    for end in ends:
        for depth in range(1, len(end)):
            following.setdefault(end[:depth], set()).add(end[depth])
    steps: dict[Path, float] = {}
    room = session.room_after(lane)
    leaves = leaves_of(following)
    if any(len(leaf) > room for leaf in leaves):
        raise ContextOverflowError("the prompt and an option are longer than the model's context")
    for together in in_rounds(leaves, max_branches=MAX_BRANCHES, max_nodes=room):
        with closing(session.branch_out(grow(together), lane=lane, stop=stop)) as read:
            for node, logits in read:
                steps.update(_log_softmax(node.path, logits, following[node.path]))
    return steps


def _log_softmax(path: Path, logits: Logits, tokens: set[int]) -> Iterator[tuple[Path, float]]:
    import numpy as np

    top = logits.max()
    total = float(top) + float(np.log(np.exp(logits - top).sum(dtype=np.float64)))
    for token in tokens:
        yield (*path, token), float(logits[token]) - total


def _total(end: Path, steps: dict[Path, float]) -> float:
    return sum((steps[end[: depth + 1]] for depth in range(1, len(end))), start=0.0)
