"""One weight moved from 0 to 1 over fixed choices, and what is then to be expected.

The expectation is exact, over the steered probabilities of each choice, not over draws. As the
steered distribution is the one that makes

    E[U] − (V / β) · KL(· ‖ model)

largest, a weight that rises never raises what it weighs, and at each step no other mixture of the
same candidates that is as near to the model has a higher expected utility.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from prefs.profile import Profile
from prefs.steering import Candidate, Steered, steer

STEPS = 20
Weight = Literal["cost", "latency"]


@dataclass(frozen=True, slots=True)
class SweepStep:
    """The mean over all choices at one weight."""

    weight: float
    success: float
    cost_usd: float
    latency_s: float


def sweep(
    decisions: Sequence[Sequence[Candidate]], profile: Profile, weight: Weight
) -> tuple[SweepStep, ...]:
    """0, 0.05 … 1 for the one weight, everything else as the profile has it."""
    values = [step / STEPS for step in range(STEPS + 1)]
    return tuple(_step(decisions, with_weight(profile, weight, each), each) for each in values)


def with_weight(profile: Profile, weight: Weight, value: float) -> Profile:
    """The profile with that one weight."""
    preference = profile.preference
    if weight == "cost":
        return replace(profile, preference=replace(preference, cost=value))
    return replace(profile, preference=replace(preference, latency=value))


def steered_choice(candidates: Sequence[Candidate], profile: Profile) -> tuple[Steered, ...]:
    """As the run would steer it."""
    return steer(candidates, profile.preference, profile.worth, beta=profile.beta)


def _step(decisions: Sequence[Sequence[Candidate]], profile: Profile, weight: float) -> SweepStep:
    steered = [each for choice in decisions for each in steered_choice(choice, profile)]
    pairs = [(each.probability, each.candidate) for each in steered]
    return SweepStep(
        weight,
        success=sum(p * each.success for p, each in pairs) / len(decisions),
        cost_usd=sum(p * each.cost_usd for p, each in pairs) / len(decisions),
        latency_s=sum(p * each.latency_s for p, each in pairs) / len(decisions),
    )
