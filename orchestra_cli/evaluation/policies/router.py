"""One router for every model of success: it asks the expert that is expected to be worth most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.facts import Facts
from orchestra_cli.evaluation.policies.success import SuccessModel
from orchestra_cli.evaluation.policies.worth import ExpectedCost, Worth
from orchestra_cli.policy import Task

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_HALVINGS = 40
_MIN_RATE, _MAX_RATE = 1e-4, 1e6
"""In right answers for what the strongest expert costs: from nothing to nothing but dollars."""


@dataclass(frozen=True, slots=True)
class ExpectedWorth:
    """Scores of the formula in `worth`."""

    model: SuccessModel
    cost: ExpectedCost
    worth: Worth

    def of(self, task: Task) -> Sequence[float]:
        """By expert."""
        chances = self.model.predict([task])[0]
        gain, rate = self.worth.gain, self.worth.rate
        return [
            gain * chance - rate * cost + extra
            for chance, cost, extra in zip(
                chances, self.cost.of(task), self.worth.extra, strict=True
            )
        ]


def expected_worth(model: SuccessModel, facts: Facts, share: float | None) -> ExpectedWorth:
    """Under the profile, or at a share of the strongest expert's cost. Raises UnavailableError."""
    worth = facts.worth if share is None else _at_share(model, facts, share)
    return ExpectedWorth(model, facts.expected_cost, worth)


def _at_share(model: SuccessModel, facts: Facts, share: float) -> Worth:
    """The least rate that keeps to the share on dev rows, found by bisection.

    What counts there is what the calls really cost.
    """
    import numpy as np

    dev = facts.dev
    chances = np.array(model.predict(dev.tasks))
    costs = np.array([facts.expected_cost.of(task) for task in dev.tasks])
    cap = facts.cost_cap(dev, share)
    unit = 1 / max(float(dev.cost_usd[:, facts.strongest].mean()), 1e-12)

    def spent(rate: float) -> float:
        chosen: Floats = (chances - rate * unit * costs).argmax(axis=1)
        return float(dev.cost_usd[np.arange(len(chosen)), chosen].mean())

    if spent(_MAX_RATE) > cap:
        cheapest = spent(_MAX_RATE) * unit
        raise UnavailableError(f"the cheapest expert costs {cheapest:.0%} of the strongest")
    if spent(0.0) <= cap:
        return Worth.at_rate(0.0, len(facts.names))
    low, high = _MIN_RATE, _MAX_RATE
    for _ in range(_HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if spent(middle) <= cap else (middle, high)
    return Worth.at_rate(high * unit, len(facts.names))
