"""What is learned from train rows alone, kept for all profiles, shares and prices of a run.

One fitted model serves many policies; they share it, so that it travels to a worker once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.policies.outcomes import asked, rights
from orchestra_cli.evaluation.policies.text_models import Neighbours, Questions, Regression
from orchestra_cli.evaluation.records import Record

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats


class Seen:
    """Train rows of these experts, as a key: the very same rows, which the cache keeps alive."""

    def __init__(self, rows: Sequence[Record], names: tuple[str, ...]) -> None:
        self.rows = rows
        self.names = names

    def __hash__(self) -> int:
        return hash((id(self.rows), self.names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and other.rows is self.rows and other.names == self.names

    @property
    def right(self) -> Floats:
        """(rows, experts), NaN where nothing is known."""
        return rights(self.rows, self.names)


@lru_cache(maxsize=2)
def questions_of(seen: Seen) -> Questions:
    """Their words."""
    return Questions.fit(asked(seen.rows))


@lru_cache(maxsize=2)
def regression_of(seen: Seen) -> Regression:
    """Each expert's chance to be right."""
    return Regression.fit(questions_of(seen), seen.right)


@lru_cache(maxsize=2)
def neighbours_of(seen: Seen) -> Neighbours:
    """Likewise, from the questions most like it."""
    return Neighbours.fit(questions_of(seen), seen.right)


@lru_cache(maxsize=4)
def need_of(seen: Seen, weak: int, strong: int) -> Regression:
    """Two chances: that the strong expert is right where the weak one is wrong, and the reverse."""
    import numpy as np

    more = seen.right[:, strong] - seen.right[:, weak]
    return Regression.fit(questions_of(seen), np.column_stack([more, -more]).clip(0))
