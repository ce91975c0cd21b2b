"""What a policy of an evaluation may learn from, and what it is given to choose among.

A policy is fitted once, before the run, and then sent to every worker: it is picklable. It learns
from `train` rows, sets what must be set (a threshold, a trio) on `dev` rows, and never sees `test`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestra_cli.evaluation.records import Outcome, Record
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy
from prefs.profile import Profile
from tools.experts import ExpertCard


@dataclass(frozen=True, slots=True)
class Setting:
    """Who can be asked, at which price, under which preference; and what was seen before."""

    cards: Mapping[str, ExpertCard]
    """By the expert's name: price, mean seconds, mean reply tokens, share right on train rows."""
    domain_success: Mapping[str, Mapping[str, float]]
    """By expert and domain, on train rows, as on its card."""
    aliases: Mapping[str, str]
    """By expert: how the `answer` function calls it."""
    profile: Profile
    train: Sequence[Record]
    dev: Sequence[Record]
    unseen: frozenset[str]
    """Experts whose rows no policy may be fitted to: of them only the cards are known."""
    cost_usd: Callable[[EvalTask, str, Outcome], float]
    """What asking this expert cost, for train and dev rows."""
    same: Callable[[EvalTask, str, str], bool]
    """Whether two answers to a task say the same."""
    seed: int = 0


class FittedPolicy(Policy, Protocol):
    """A policy that was made before the run."""

    ends_at_answer: bool
    """Whether the first answer ends the run; else it comes back as an attempt."""


class UnavailableError(Exception):
    """This policy cannot be had on this suite; the message says why in a line."""
