"""Percentile bootstrap over tasks: how much a figure would move with other tasks of the same kind.

    figure(w) = Σ w(t) · numerator(t) / Σ w(t) · denominator(t)

Once with every w = 1, which is the figure itself, and once for each resample, where w(t) is how
often task t was drawn. One matrix of weights serves all cells of a run: what is drawn for one is
drawn for all, so the difference of two cells is a paired one. A cell that lacks some tasks has 0 in
numerator and denominator there, and is so evaluated on its own tasks.

An interval always holds its figure: where a percentile of few tasks would leave it out, the bound
is the figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.summary import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NUM_RESAMPLES = 1_000
_PERCENTILES = (2.5, 97.5)


class Resamples:
    """How often each task counts: row 0 once each, then a row for each resample."""

    def __init__(
        self, num_tasks: int, *, num_resamples: int = NUM_RESAMPLES, seed: int = 0
    ) -> None:
        import numpy as np

        random = np.random.default_rng(seed)
        self._weights = np.ones((1 + num_resamples, num_tasks))
        for row in range(1, 1 + num_resamples if num_tasks else 1):
            drawn = random.integers(0, num_tasks, num_tasks)
            self._weights[row] = np.bincount(drawn, minlength=num_tasks)

    def sums(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """The weighted sum of each column over the tasks: of the sample, then of each resample."""
        import numpy as np

        stacked = np.column_stack(list(columns.values()))  # (tasks, columns)
        sums = self._weights @ stacked  # (1 + resamples, columns)
        return {name: sums[:, index] for index, name in enumerate(columns)}


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """One over the other, draw by draw; NaN where there is nothing to divide by."""
    import numpy as np

    quotients = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotients, where=denominator != 0)
    return quotients


def interval(draws: Floats) -> Interval | None:
    """The first draw with the bounds of the others; None where the sample itself has no figure.

    Resamples without a figure (none of a cell's tasks was drawn) are left out.
    """
    import numpy as np

    value = float(draws[0])
    if not np.isfinite(value):
        return None
    others = draws[1:][np.isfinite(draws[1:])]
    if not len(others):
        return Interval(value, value, value)
    low, high = (float(bound) for bound in np.percentile(others, _PERCENTILES))
    return Interval(value, min(low, value), max(high, value))


def share_of(verdicts: Sequence[bool], *, seed: int = 0) -> Interval | None:
    """How often it is so, each verdict being a task of its own."""
    import numpy as np

    said = np.array(verdicts, dtype=float)
    sums = Resamples(len(said), seed=seed).sums({"yes": said, "all": np.ones(len(said))})
    return interval(ratio(sums["yes"], sums["all"]))
