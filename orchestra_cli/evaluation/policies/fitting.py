"""From names to policies: each is fitted to the setting's train rows and set on its dev rows.

The policies and what they know are picklable. What was fitted for one is kept for the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestra_cli.evaluation.policies.base import FittedPolicy, Setting, UnavailableError
from orchestra_cli.evaluation.policies.comparison import Comparison
from orchestra_cli.evaluation.policies.consulting import Consulting
from orchestra_cli.evaluation.policies.facts import Facts, facts_of
from orchestra_cli.evaluation.policies.learned import neighbours_of, regression_of
from orchestra_cli.evaluation.policies.names import (
    EXPERT,
    PAIR_SHARES,
    PLAN,
    PolicyName,
    expand,
    parse_name,
)
from orchestra_cli.evaluation.policies.one_call import Coin, Fixed, OneCall, PerTask
from orchestra_cli.evaluation.policies.pair import coin_policy, threshold_policy
from orchestra_cli.evaluation.policies.planned import Planned
from orchestra_cli.evaluation.policies.router import expected_worth
from orchestra_cli.evaluation.policies.success import SuccessModel
from orchestra_cli.evaluation.policies.trios import trials_of
from orchestra_cli.evaluation.records import Record

__all__ = ["PAIR_SHARES", "expand", "fit_policies"]

Records = Mapping[str, Record]
Fitted = OneCall | Consulting | Planned


def fit_policies(
    names: Sequence[str], setting: Setting, *, records: Records | None = None
) -> dict[str, FittedPolicy]:
    """By name. `records` are those of the tasks to be evaluated, which the oracle knows.

    Raises UsageError for an unknown name and UnavailableError for what cannot be had here.
    """
    facts = facts_of(setting)
    return {name: _fit(name, parse_name(name, setting), facts, records or {}) for name in names}


def _fit(name: str, parsed: PolicyName, facts: Facts, records: Records) -> Fitted:
    family, share = parsed.family, parsed.share
    if family == "oracle":
        return OneCall(name, facts.experts, _oracle(facts, records))
    if family == "threshold":
        return threshold_policy(name, facts, share)
    if family == "random":
        if share is not None:
            return coin_policy(name, facts, share)
        return OneCall(name, facts.experts, Coin(len(facts.names), facts.setting.seed))
    if family in ("domain-average", "tfidf", "knn"):
        return OneCall(name, facts.experts, expected_worth(_model(family, facts), facts, share))
    if family == PLAN:
        cards = {facts.setting.aliases[name]: card for name, card in facts.setting.cards.items()}
        return Planned(name, cards, facts.setting.profile)
    if family in ("agree", "agree-domain", "vote"):
        return _consulting(name, parsed, facts, records)
    return OneCall(name, facts.experts, _always(parsed, facts))


def _always(parsed: PolicyName, facts: Facts) -> Fixed:
    """One expert; where it is not offered, the next by the same measure, or the strongest."""
    if parsed.family == "cheapest":
        return Fixed(tuple(-cost for cost in facts.mean_costs))
    if parsed.family == EXPERT:
        return Fixed(facts.preferring(facts.names.index(parsed.expert)))
    return Fixed(facts.preferring(facts.strongest))


def _model(family: str, facts: Facts) -> SuccessModel:
    if family == "domain-average":
        return facts.domain_average
    return regression_of(facts.seen) if family == "tfidf" else neighbours_of(facts.seen)


def _oracle(facts: Facts, records: Records) -> PerTask:
    """Right first, then cheap."""
    if not records:
        raise UnavailableError("needs recorded outcomes of the tasks that are evaluated")
    by_task = {}
    for name, record in records.items():
        scored = [record.outcomes.get(expert) for expert in facts.names]
        costs = [
            facts.setting.cost_usd(record.task, expert, outcome) if outcome else float("inf")
            for expert, outcome in zip(facts.names, scored, strict=True)
        ]
        rights = [outcome.right if outcome else -1.0 for outcome in scored]
        order = sorted(range(len(costs)), key=lambda at: (-rights[at], costs[at]))
        by_task[name] = tuple(-float(order.index(at)) for at in range(len(order)))
    return PerTask(by_task, tuple(-cost for cost in facts.mean_costs))


def _consulting(name: str, parsed: PolicyName, facts: Facts, records: Records) -> Consulting:
    trials = trials_of(facts)
    if parsed.family == "agree":
        played = trials.agree()
    elif parsed.family == "vote":
        played = trials.vote()
    else:
        played = trials.agree_domain(at_share=parsed.share is not None)
    procedure = trials.best(played, parsed.share)
    return Consulting(name, facts.experts, procedure, Comparison.of(facts.setting, records))
