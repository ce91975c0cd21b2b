"""Whom to consult: every trio is played on train rows, and the best one is taken.

    agree         right = A(i, j) · right(i) + (1 − A(i, j)) · right(k)
                  cost  = cost(i) + cost(j) + (1 − A(i, j)) · cost(k)
    agree-domain  the same, k being the best of the others in the task's domain
    vote          right = right(j) where j and k agree and i does with neither, else right(i)
                  cost  = cost(i) + cost(j) + cost(k)

A is 1 where two experts agree. Best is the highest worth under the profile; at a share, the highest
accuracy among those that cost no more than that share of the strongest expert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.comparison import agreements
from orchestra_cli.evaluation.policies.consulting import AgreeElseEscalate, Procedure, Vote
from orchestra_cli.evaluation.policies.facts import Facts
from orchestra_cli.evaluation.policies.one_call import Fixed
from orchestra_cli.evaluation.policies.outcomes import Outcomes
from orchestra_cli.evaluation.policies.router import ExpectedWorth
from orchestra_cli.evaluation.policies.worth import Worth

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_MAX_EXPERTS = 10
"""As many are tried, the strongest: 720 ordered trios."""
_RATES = (0.0, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6)
"""For whom to escalate to at a share: right answers for what the strongest expert costs."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a procedure came to on train rows, a task."""

    procedure: Procedure
    right: float
    cost_usd: float
    extra: float
    """Seconds and weights of the experts asked, as in `worth`."""


class Trials:
    """The train rows on which procedures are played."""

    def __init__(self, facts: Facts) -> None:
        """Raises UnavailableError."""
        self._facts = facts
        self._table: Outcomes = facts.train.whole()
        if len(facts.names) < 3:
            raise UnavailableError("needs three experts")
        if not self._table.rows:
            raise UnavailableError("needs training rows with an outcome of every expert")
        self._agree = agreements(self._table.rows, facts.names, facts.setting.same).astype(float)
        strongest_first = sorted(range(len(facts.names)), key=lambda at: -facts.success[at])
        self._places = strongest_first[:_MAX_EXPERTS]

    def agree(self) -> Iterator[Played]:
        """Each ordered trio."""
        right, cost = self._table.right, self._table.cost_usd
        extra, num_rows = self._facts.worth.extra, len(right)
        for i, j in permutations(self._places, 2):
            agreed = self._agree[:, i, j]
            differ = 1 - agreed
            kept = float((agreed * right[:, i]).mean())
            decided = differ @ right / num_rows  # (experts,)
            escalated = differ @ cost / num_rows
            for k in self._places:
                if k not in (i, j):
                    yield Played(
                        AgreeElseEscalate((i, j), Fixed(self._facts.preferring(k))),
                        kept + float(decided[k]),
                        float(cost[:, i].mean() + cost[:, j].mean() + escalated[k]),
                        extra[i] + extra[j] + float(differ.mean()) * extra[k],
                    )

    def agree_domain(self, *, at_share: bool) -> Iterator[Played]:
        """Each ordered pair, under the profile or at several rates."""
        facts = self._facts
        unit = 1 / max(facts.mean_costs[facts.strongest], 1e-12)
        rated = [Worth.at_rate(rate * unit, len(facts.names)) for rate in _RATES]
        for worth in rated if at_share else [facts.worth]:
            third = ExpectedWorth(facts.domain_average, facts.expected_cost, worth)
            yield from self._pairs(third)

    def _pairs(self, third: ExpectedWorth) -> Iterator[Played]:
        import numpy as np

        right, cost = self._table.right, self._table.cost_usd
        extra = np.array(self._facts.worth.extra)
        scores = np.array([third.of(task) for task in self._table.tasks])
        rows = np.arange(len(right))
        for i, j in permutations(self._places, 2):
            differ = 1 - self._agree[:, i, j]
            others = scores.copy()
            others[:, [i, j]] = -np.inf
            k = others.argmax(axis=1)  # (rows,)
            yield Played(
                AgreeElseEscalate((i, j), third),
                float(np.where(differ, right[rows, k], right[:, i]).mean()),
                float((cost[:, i] + cost[:, j] + differ * cost[rows, k]).mean()),
                float((extra[i] + extra[j] + differ * extra[k]).mean()),
            )

    def vote(self) -> Iterator[Played]:
        """Each trio, the strongest first."""
        right, cost, agree = self._table.right, self._table.cost_usd, self._agree
        extra = self._facts.worth.extra
        for i, j, k in combinations(self._places, 3):
            outvoted = agree[:, j, k] * (1 - agree[:, i, j]) * (1 - agree[:, i, k])
            verdict: Floats = outvoted * right[:, j] + (1 - outvoted) * right[:, i]
            yield Played(
                Vote((i, j, k), len(self._facts.names)),
                float(verdict.mean()),
                float(cost[:, [i, j, k]].sum(axis=1).mean()),
                extra[i] + extra[j] + extra[k],
            )

    def best(self, played: Iterable[Played], share: float | None) -> Procedure:
        """Raises UnavailableError where none keeps to the share."""
        worth = self._facts.worth
        if share is None:
            return max(
                played,
                key=lambda each: worth.gain * each.right - worth.rate * each.cost_usd + each.extra,
            ).procedure
        cap = self._facts.cost_cap(self._table, share)
        able = [each for each in played if each.cost_usd <= cap]
        if not able:
            raise UnavailableError(f"all trios cost more than {share:.0%} of the strongest expert")
        return max(able, key=lambda each: (each.right, -each.cost_usd)).procedure


@lru_cache(maxsize=1)
def trials_of(facts: Facts) -> Trials:
    """The same for the same facts."""
    return Trials(facts)
