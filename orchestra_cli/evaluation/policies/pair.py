"""Between a weak and a strong expert: RouteLLM's kind of router, and the coin it is measured by.

    gain(q)   = P(strong right, weak wrong | q) − P(weak right, strong wrong | q)
    score(q)  = gain · gain(q) − rate · ($(strong) − $(weak)) + extra(strong) − extra(weak)

Both chances are logistic regressions on TF-IDF. The strong expert is asked where the score lies
above a threshold: 0 with the weights of the profile; at a share, where gain is 1 and the rest 0,
the threshold that sends so many of the dev rows to the strong one. A share is one of calls here.

A suite of two experts is the pair. Of more, the strong one is the strongest, and the weak one is
that of the cheaper ones which is worth most under the profile on dev rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.evaluation.policies.asking import Experts
from orchestra_cli.evaluation.policies.base import UnavailableError
from orchestra_cli.evaluation.policies.facts import Facts
from orchestra_cli.evaluation.policies.learned import need_of
from orchestra_cli.evaluation.policies.one_call import OneCall, chance_of
from orchestra_cli.evaluation.policies.text_models import Regression
from orchestra_cli.evaluation.policies.worth import ExpectedCost, Worth
from orchestra_cli.policy import Task


@dataclass(frozen=True, slots=True)
class Threshold:
    """Scores of (weak, strong)."""

    need: Regression
    cost: ExpectedCost
    worth: Worth
    pair: tuple[int, int]
    threshold: float = 0.0

    def of(self, task: Task) -> Sequence[float]:
        """The weak one is the measure."""
        ((needed, harmful),) = self.need.predict([task])
        weak, strong = self.pair
        costs, extra = self.cost.of(task), self.worth.extra
        more = self.worth.gain * (needed - harmful) - self.worth.rate * (
            costs[strong] - costs[weak]
        )
        return (0.0, more + extra[strong] - extra[weak] - self.threshold)


@dataclass(frozen=True, slots=True)
class PairCoin:
    """The strong one for a share of the tasks, whatever they are."""

    share: float
    seed: int

    def of(self, task: Task) -> Sequence[float]:
        """Drawn by the task's id."""
        return (0.0, 1.0 if chance_of(task, self.seed).random() < self.share else -1.0)


def threshold_policy(name: str, facts: Facts, share: float | None) -> OneCall:
    """Raises UnavailableError."""
    pair = choose_pair(facts)
    need = need_of(facts.seen, *pair)
    if share is None:
        scores = Threshold(need, facts.expected_cost, facts.worth, pair)
    else:
        free = Worth.at_rate(0.0, len(facts.names))
        at = _threshold(need, facts, share)
        scores = Threshold(need, facts.expected_cost, free, pair, at)
    return OneCall(name, _experts(facts, pair), scores)


def coin_policy(name: str, facts: Facts, share: float) -> OneCall:
    """Raises UnavailableError where the pair cannot be chosen."""
    return OneCall(name, _experts(facts, choose_pair(facts)), PairCoin(share, facts.setting.seed))


def choose_pair(facts: Facts) -> tuple[int, int]:
    """(weak, strong), by their places. Raises UnavailableError."""
    strong, costs = facts.strongest, facts.mean_costs
    if len(facts.names) < 2:
        raise UnavailableError("needs two experts")
    if len(facts.names) == 2:
        return 1 - strong, strong
    cheaper = [place for place, cost in enumerate(costs) if cost < costs[strong]]
    if not cheaper:
        raise UnavailableError("the strongest expert is the cheapest")
    dev, worth = facts.dev, facts.worth
    right, spent = dev.right.mean(axis=0), dev.cost_usd.mean(axis=0)

    def utility(place: int) -> float:
        gained, paid = worth.gain * right[place], worth.rate * spent[place]
        return float(gained - paid + worth.extra[place])

    return max(cheaper, key=utility), strong


def _threshold(need: Regression, facts: Facts, share: float) -> float:
    """Between the last dev row that goes to the strong expert and the first that does not."""
    gains = sorted((needed - harmful for needed, harmful in need.predict(facts.dev.tasks)))
    kept = round((1 - share) * len(gains))
    below = gains[kept - 1] if kept else float("-inf")
    above = gains[kept] if kept < len(gains) else float("inf")
    return (below + above) / 2


def _experts(facts: Facts, pair: tuple[int, int]) -> Experts:
    return Experts.of(facts.setting.aliases, [facts.names[place] for place in pair])
