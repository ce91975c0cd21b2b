"""The reward of a rollout, among the rollouts of one task: pure, and of three forms.

    outcome    R = 1 where the answer is right, else 0
    paper      M = [calls of each tool …, right, -cost_usd, -latency_s]      a row per rollout
               R = M_norm · P where the answer is right, else 0              (section 4)
    dollars    R = U / V
               U = accuracy · V · right − cost · $ − latency · H · s / 3600 + (w − ½) · V / 2

M_norm is each column from 0 to 1 over the group, 0 where all are equal (`prefs.metrics`). V is what
a right answer is worth and H an hour, in dollars; w is the mean weight of the calls made, ½ for a
tool that the profile does not name: the terms of `prefs.steering`, of what really happened.

What follows from the forms, and is handled on purpose:

1. In the paper's form a group of right rollouts gets nothing from the outcome and is ranked by
   cost, latency and tools; with an accuracy weight of 0 a right rollout could score as low as a
   wrong one, so that weight must be above 0.
2. A wrong rollout gets 0 there however cheap it was. In dollars it still pays: of two that are
   wrong the dearer one is worse.
3. Dollars do not depend on the group: a difference of a tenth of a cent does not weigh as much as
   one of ten dollars only because it is the largest at hand.
4. A rollout that could not be scored is None and stays None. It is never 0, which would train on
   our own bug, and the others are normalised without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from prefs.metrics import RunMetrics, normalise
from prefs.steering import Candidate, Worth, utility_usd
from prefs.vector import PreferenceVector

_NEUTRAL = 0.5


class RewardForm(StrEnum):
    """How what happened becomes one number."""

    OUTCOME = "outcome"
    PAPER = "paper"
    DOLLARS = "dollars"


class Term(StrEnum):
    """A part of the reward that an ablation may leave out."""

    OUTCOME = "outcome"
    COST = "cost"
    LATENCY = "latency"
    TOOLS = "tools"


ALL_TERMS = frozenset(Term)


def rewards(
    group: Sequence[RunMetrics | None],
    preference: PreferenceVector,
    worth: Worth,
    *,
    form: RewardForm,
    terms: frozenset[Term] = ALL_TERMS,
) -> tuple[float | None, ...]:
    """One for each rollout of a task; None where it could not be scored.

    Raises ValueError for metrics that are not finite, and in the paper's form for an accuracy
    weight of 0.
    """
    scored = [run for run in group if run is not None]
    if form is RewardForm.OUTCOME:
        found = [float(run.is_right) for run in scored]
    elif form is RewardForm.PAPER:
        found = _paper(scored, _without(preference, terms), terms)
    else:
        found = [_dollars(run, _without(preference, terms), worth) for run in scored]
    left = iter(found)
    return tuple(None if run is None else next(left) for run in group)


def _paper(
    group: Sequence[RunMetrics], preference: PreferenceVector, terms: frozenset[Term]
) -> list[float]:
    if Term.OUTCOME in terms and not preference.accuracy:
        raise ValueError(
            "accuracy must be above 0: else a right rollout may get as little as a wrong one"
        )
    names = sorted({name for run in group for name in run.calls})
    rows = [
        [*(float(run.calls.get(name, 0)) for name in names), *_outcome_cost_latency(run)]
        for run in group
    ]
    return [
        preference.dot(row, names) if run.is_right else 0.0
        for run, row in zip(group, normalise(rows), strict=True)
    ]


def _outcome_cost_latency(run: RunMetrics) -> tuple[float, float, float]:
    """Cost and latency negated: 1 is best in every column."""
    return float(run.is_right), -run.cost_usd, -run.latency_s


def _dollars(run: RunMetrics, preference: PreferenceVector, worth: Worth) -> float:
    normalise([_outcome_cost_latency(run)])  # refuses what is not finite
    happened = Candidate(
        name="",
        probability=1.0,
        success=float(run.is_right),
        cost_usd=run.cost_usd,
        latency_s=run.latency_s,
        tool_weight=_mean_weight(run.calls, preference),
    )
    return utility_usd(happened, preference, worth) / worth.right_answer_usd


def _mean_weight(calls: Mapping[str, int], preference: PreferenceVector) -> float | None:
    """Over all calls, so that calling a preferred tool twice is no better than once."""
    total = sum(calls.values())
    if not total:
        return None
    weights = {name: preference.tool_weight(name) for name in calls}
    known = {name: _NEUTRAL if weight is None else weight for name, weight in weights.items()}
    return sum(known[name] * count for name, count in calls.items()) / total


def _without(preference: PreferenceVector, terms: frozenset[Term]) -> PreferenceVector:
    """The vector with the weights of what is left out at 0, and its tools unnamed."""
    return replace(
        preference,
        accuracy=preference.accuracy if Term.OUTCOME in terms else 0.0,
        cost=preference.cost if Term.COST in terms else 0.0,
        latency=preference.latency if Term.LATENCY in terms else 0.0,
        tools=preference.tools if Term.TOOLS in terms else {},
    )
