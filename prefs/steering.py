"""Steering: the policy's own probabilities, tilted towards what the user prefers.

    U(c)       = accuracy · V · p(c) − cost · $(c) − latency · H · s(c) / 3600 + (w(c) − ½) · V / 2
    steered(c) ∝ p_model(c) · exp(β · U(c) / V)

For a candidate c: p(c) the expected chance that the run ends in a right answer, $(c) the expected
dollars, s(c) the expected seconds, w(c) the weight of its own tool or expert, ½ where the profile
names none. V is what a right answer is worth to the user and H what an hour of waiting is, both in
US dollars, so that all terms of U are dollars and add up. β says how much the preference counts
against the model: a gain of a whole right answer's worth multiplies the odds by e^β, and β = 0 is
the model alone.

How it differs from the paper, whose reward is the dot product of the preference vector with the
metrics, each min-max normalised over a group of rollouts (section 4):

1. It acts at the moment of choice, on expectations, where the reward acts in training on outcomes.
2. The unit is dollars: a price difference of a tenth of a cent does not weigh as much as one of ten
   dollars only because it is the largest at hand. `min_max_utilities` is the paper's form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from prefs.metrics import normalise
from prefs.vector import PreferenceVector

_NEUTRAL = 0.5
"""The weight of a tool that the profile does not name."""
_TOOL_SHARE = 0.5
"""From weight 0 to weight 1 of a tool: this share of a right answer's worth."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What the user's accuracy and time are worth in US dollars."""

    right_answer_usd: float = 0.10
    hour_usd: float = 5.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A (tool, slot) that is offered, and what is expected of the run if it is chosen."""

    name: str
    """The slot, such as `answer-2`, or the function."""
    probability: float
    """The policy's own, over all candidates 1 in sum."""
    success: float
    """Expected chance of a right answer."""
    cost_usd: float
    latency_s: float
    tool_weight: float | None = None
    """The profile's for this tool or expert; None where it names neither."""


@dataclass(frozen=True, slots=True)
class Steered:
    """A candidate with its utility and what became of its probability."""

    candidate: Candidate
    utility_usd: float
    probability: float


def steer(
    candidates: Sequence[Candidate], preference: PreferenceVector, worth: Worth, *, beta: float
) -> tuple[Steered, ...]:
    """Each candidate's steered probability, in the order given; they are 1 in sum."""
    utilities = [utility_usd(each, preference, worth) for each in candidates]
    logits = [
        _log(each.probability) + beta * utility / worth.right_answer_usd
        for each, utility in zip(candidates, utilities, strict=True)
    ]
    return tuple(
        Steered(each, utility, probability)
        for each, utility, probability in zip(candidates, utilities, softmax(logits), strict=True)
    )


def utility_usd(candidate: Candidate, preference: PreferenceVector, worth: Worth) -> float:
    """U of the formula above, in dollars."""
    weight = _NEUTRAL if candidate.tool_weight is None else candidate.tool_weight
    return (
        preference.accuracy * worth.right_answer_usd * candidate.success
        - preference.cost * candidate.cost_usd
        - preference.latency * worth.hour_usd * candidate.latency_s / 3600
        + (weight - _NEUTRAL) * _TOOL_SHARE * worth.right_answer_usd
    )


def min_max_utilities(
    candidates: Sequence[Candidate], preference: PreferenceVector
) -> tuple[float, ...]:
    """The paper's form, for comparison: each metric from 0 to 1 over the candidates, dot P."""
    rows = [(each.success, -each.cost_usd, -each.latency_s) for each in candidates]
    return tuple(
        preference.accuracy * right
        + preference.cost * cheap
        + preference.latency * fast
        + (each.tool_weight or 0.0)
        for each, (right, cheap, fast) in zip(candidates, normalise(rows), strict=True)
    )


def _log(probability: float) -> float:
    return math.log(probability) if probability > 0 else -math.inf


def softmax(logits: Sequence[float]) -> list[float]:
    """exp(logit) made 1 in sum; uniform where all are impossible."""
    top = max(logits)
    if top == -math.inf:
        return [1 / len(logits)] * len(logits)
    weights = [math.exp(logit - top) for logit in logits]
    total = sum(weights)
    return [weight / total for weight in weights]
