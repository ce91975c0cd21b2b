"""How much better than its siblings a rollout was: one advantage for all turns of it.

    R = prefs.reward.rewards       over all scored rollouts of the group
    A = (R - mean) / std           over the kept ones, clipped to ±3

Kept is what none of the filters drops, in this order: unscored (no metrics), malformed (a reply
that broke the call format), unanswered (no valid answer), flat (the std of what is left is below a
threshold: all of it goes). A rollout is counted once, under the first that drops it.

How it differs from the paper (section 4), or what the paper leaves open:

1. What a filter drops has no part in mean and std: the advantages that are trained on sum to 0, so
   that a group is never pushed up as a whole only because its dropped siblings did badly. It does
   have a part in R, which is the record of what happened: the paper's min and max are of all runs.
2. The std is the population's: the group is all there is. So |A| ≤ √(n − 1), and the clip binds
   from 11 rollouts on.
3. Flat is judged on what is left, by the very number that would divide. One that is left is flat.
4. With the flat filter off, rewards that differ by rounding alone get 0, not noise of size 1.
5. The paper's threshold, 0.1, is for its own reward. Dollars differ less, hence `flat_below`.
6. The accuracy weight is at least 0.1: else a right rollout may score as low as a wrong one.
7. Metrics that are not finite are our bug; their rollout is unscored, and never a reward of 0. That
   filter cannot be switched off: there is nothing to train on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, pstdev

from orchestra_cli.training.rollout import Group, Rollout
from prefs.metrics import RunMetrics
from prefs.reward import ALL_TERMS, RewardForm, Term, rewards
from prefs.steering import Worth
from prefs.vector import PreferenceVector

KEPT = "kept"
UNSCORED = "unscored"
MALFORMED = "malformed"
UNANSWERED = "unanswered"
FLAT = "flat"
OUTCOMES = (KEPT, UNSCORED, MALFORMED, UNANSWERED, FLAT)
"""What may become of a rollout: the keys of the counts."""

MAX_ADVANTAGE = 3.0
LEAST_ACCURACY = 0.1
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rollouts are not trained on; each can be switched off for an ablation."""

    malformed: bool = True
    unanswered: bool = True
    flat_below: float = 0.1
    """A group whose rewards have a smaller std is dropped; 0 keeps all."""

    def __post_init__(self) -> None:
        if not self.flat_below >= 0:  # also true of NaN
            raise ValueError(f"flat_below must be 0 or more, got {self.flat_below}")


ALL_FILTERS = Filters()
NO_FILTERS = Filters(malformed=False, unanswered=False, flat_below=0.0)


@dataclass(frozen=True, slots=True)
class JudgedGroup:
    """By rollout, in the group's order."""

    rewards: tuple[float | None, ...]
    """None where it could not be scored."""
    advantages: tuple[float | None, ...]
    """None where it is not trained on."""
    counts: Mapping[str, int]
    """Rollouts by what became of them: all of `OUTCOMES`, the group's size in sum."""


def judge_group(
    group: Group,
    preference: PreferenceVector,
    worth: Worth,
    *,
    form: RewardForm,
    terms: frozenset[Term] = ALL_TERMS,
    filters: Filters = ALL_FILTERS,
) -> JudgedGroup:
    """The rewards of a group's rollouts, and the advantages of those that are trained on."""
    preference = replace(preference, accuracy=max(LEAST_ACCURACY, preference.accuracy))
    metrics = [_finite(rollout.metrics) for rollout in group.rollouts]
    found = rewards(metrics, preference, worth, form=form, terms=terms)
    dropped_by = [
        _dropped_by(rollout, reward, filters)
        for rollout, reward in zip(group.rollouts, found, strict=True)
    ]
    kept = [
        reward
        for reward, reason in zip(found, dropped_by, strict=True)
        if reward is not None and reason is None
    ]
    if kept and pstdev(kept) < filters.flat_below:
        dropped_by = [FLAT if reason is None else reason for reason in dropped_by]
    became = [KEPT if reason is None else reason for reason in dropped_by]
    left = iter(normalise_rewards(kept))
    return JudgedGroup(
        rewards=found,
        advantages=tuple(next(left) if each == KEPT else None for each in became),
        counts={outcome: became.count(outcome) for outcome in OUTCOMES},
    )


def normalise_rewards(kept: Sequence[float]) -> list[float]:
    """A of the formula above; 0 for all where they differ by no more than rounding."""
    if not kept:
        return []
    middle, spread = mean(kept), pstdev(kept)
    if spread < _ROUNDING:
        return [0.0] * len(kept)
    return [max(-MAX_ADVANTAGE, min(MAX_ADVANTAGE, (each - middle) / spread)) for each in kept]


def _dropped_by(rollout: Rollout, reward: float | None, filters: Filters) -> str | None:
    if reward is None:
        return UNSCORED
    if filters.malformed and not rollout.is_well_formed:
        return MALFORMED
    if filters.unanswered and not rollout.has_answer:
        return UNANSWERED
    return None


def _finite(metrics: RunMetrics | None) -> RunMetrics | None:
    if metrics is None or not math.isfinite(metrics.cost_usd + metrics.latency_s):
        return None
    return metrics
