"""Who is right, seen through who agrees: a latent model of experts that answer the same question.

    p(expert j right | θ) = σ(a_j + b·θ),   θ ~ N(0, 1) how easy the question is, shared by all
    a_j such that the mean over θ is the expert's success rate in the question's domain
    a wrong answer is the question's most tempting wrong one with chance δ, else any other one

The posterior over θ and over which answer is right follows by Bayes' rule; θ is integrated by
Gauss-Hermite quadrature. From it come the two numbers that conducting needs: how likely each answer
given so far is to be right, and what the next expert would say.

b and δ were fitted by hand to train rows of MMLU-Pro (b from 1.2 to 2, δ from 0.3 to 0.4 differ by
less than the noise).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SPREAD = 1.5
"""b"""
_TEMPTING = 0.35
"""δ"""
_POINTS = 7
MOST_ANSWERS = 4
"""As many different answers as are told apart."""

Given = tuple[tuple[int, int], ...]
"""(expert, answer) of each attempt in the order of experts; answers are numbered as they appear."""


def in_order(pairs: Sequence[tuple[int, int]]) -> Given:
    """The same attempts under one name, in whichever order they came."""
    numbers: dict[int, int] = {}
    return tuple(
        (expert, numbers.setdefault(answer, len(numbers))) for expert, answer in sorted(pairs)
    )


class AnswerModel:
    """The posterior for experts of given success rates."""

    def __init__(self, success: Sequence[float], *, num_answers: int) -> None:
        """`num_answers`: among how many answers a guess would choose."""
        import numpy as np

        nodes, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
        self._num_answers = num_answers
        self._weights = weights / weights.sum()
        rates = np.clip(np.asarray(success, dtype=float), 0.01, 0.99)
        right = _sigmoid(_offsets(rates, nodes, self._weights)[:, None] + _SPREAD * nodes)
        self._factors = [self._factor(each) for each in right]
        self._priors = [self._prior(held) for held in range(MOST_ANSWERS + 1)]
        self._seen: dict[Given, tuple[float, Floats]] = {}

    def weigh(self, given: Given) -> tuple[float, Floats]:
        """(how likely these attempts were, the chance of each answer to be right; those are joint:
        they add up to the first less the chance that no answer given is right)."""
        found = self._seen.get(given)
        if found is None:
            held = max((answer for _, answer in given), default=-1) + 1
            joint = self._priors[held] * self._weights[:, None, None]
            for expert, answer in given:
                joint = joint * self._factors[expert][answer][:, : held + 1, : held + 1]
            by_right = joint.sum(axis=(0, 2))
            found = self._seen[given] = (float(by_right.sum()), by_right[1:])
        return found

    def others(self, held: int) -> int:
        """How many answers nobody has given."""
        return self._num_answers - held

    def _prior(self, held: int) -> Floats:
        """(1, 1 + held, 1 + held): over the right answer and the tempting one; 0 is "not given"."""
        import numpy as np

        num, left = self._num_answers, self._num_answers - held
        prior = np.full((1 + held, 1 + held), 1.0 / (num * (num - 1)))
        prior[0, 1:] *= left
        prior[1:, 0] *= left
        prior[0, 0] *= left * (left - 1)
        prior[np.arange(1, 1 + held), np.arange(1, 1 + held)] = 0.0
        return prior[None]

    def _factor(self, right: Floats) -> Floats:
        """(answers, points, right, tempting): the chance that the expert gives this answer."""
        import numpy as np

        size = 1 + MOST_ANSWERS
        factor = np.empty((MOST_ANSWERS, len(right), size, size))
        other = (1 - _TEMPTING) / (self._num_answers - 1)
        for answer in range(MOST_ANSWERS):
            chance = np.full((size, size), other)
            chance[:, 1 + answer] += _TEMPTING
            factor[answer] = (1 - right)[:, None, None] * chance
            factor[answer][:, 1 + answer, :] = right[:, None]
        return factor


def _offsets(rates: Floats, nodes: Floats, weights: Floats) -> Floats:
    """a_j, by bisection."""
    import numpy as np

    low, high = np.full(len(rates), -15.0), np.full(len(rates), 15.0)
    for _ in range(40):
        middle = (low + high) / 2
        below = (_sigmoid(middle[:, None] + _SPREAD * nodes) * weights).sum(axis=1) < rates
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Floats = (low + high) / 2
    return found


def _sigmoid(x: Floats) -> Floats:
    import numpy as np

    found: Floats = 1 / (1 + np.exp(-x))
    return found
