"""Regret: how much more the best single expert would have been worth to this user, in dollars.

    regret(t) = max over experts e of U(right(e), $(e), s(e)) − U(right, $, s) of the run

U is the utility that steering uses (`prefs.steering`), of what really happened: 1 or 0 for the
chance of a right answer, the dollars and the seconds of the record. Weights of tools are left out:
they are wishes, not worth. Where the seconds of the run or of any expert of the task are unknown,
they count 0 for all of them. Experts that the profile's hard rules name are not asked by the oracle
either. A run that checks one expert by another, or computes, can beat the best single expert: its
regret is then below 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestra_cli.evaluation.rows import Row
from prefs.profile import Profile
from prefs.steering import Candidate, utility_usd


@dataclass(frozen=True, slots=True)
class Known:
    """What a recorded expert would have made of a task."""

    right: float
    cost_usd: float
    latency_s: float | None


def outcome_utility_usd(
    profile: Profile, *, right: float, cost_usd: float, latency_s: float
) -> float:
    """What an outcome is worth under a profile."""
    outcome = Candidate(
        name="", probability=1.0, success=right, cost_usd=cost_usd, latency_s=latency_s
    )
    return utility_usd(outcome, profile.preference, profile.worth)


def row_utility_usd(row: Row, profile: Profile, *, with_seconds: bool) -> float | None:
    """What a run was worth; None where it was not judged or a price is unknown."""
    if row.right is None or row.cost_usd is None:
        return None
    seconds = (row.latency_s or 0.0) if with_seconds else 0.0
    return outcome_utility_usd(profile, right=row.right, cost_usd=row.cost_usd, latency_s=seconds)


class Oracle:
    """The best single expert of each task under one profile."""

    def __init__(self, known: Mapping[str, Mapping[str, Known]], profile: Profile) -> None:
        self._known = known
        self._profile = profile
        self._best: dict[tuple[str, bool], float | None] = {}

    def regret_usd(self, row: Row) -> float | None:
        """None where the oracle has nobody to ask, or the row no utility."""
        experts = self._known.get(row.task, {})
        with_seconds = row.latency_s is not None and all(
            each.latency_s is not None for each in experts.values()
        )
        best = self._best_usd(row.task, with_seconds=with_seconds)
        utility = row_utility_usd(row, self._profile, with_seconds=with_seconds)
        return None if best is None or utility is None else best - utility

    def _best_usd(self, task: str, *, with_seconds: bool) -> float | None:
        key = (task, with_seconds)
        if key not in self._best:
            utilities = [
                outcome_utility_usd(
                    self._profile,
                    right=expert.right,
                    cost_usd=expert.cost_usd,
                    latency_s=(expert.latency_s or 0.0) if with_seconds else 0.0,
                )
                for name, expert in self._known.get(task, {}).items()
                if not self._profile.rules.forbid(name, leaves_machine=False)
            ]
            self._best[key] = max(utilities, default=None)
        return self._best[key]
