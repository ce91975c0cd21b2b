"""The choice of a turn: the policy's probabilities, tilted by what the user prefers.

The formula is `prefs.steering`'s and the expectations are `orchestra_cli.expectations`'; what is
drawn here is one option, and why it was is kept for the views (`orchestra_cli.explain`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.engines.base import Sampling
from orchestra_cli.expectations import Expected, expect
from orchestra_cli.explain import explain
from orchestra_cli.options import Option
from orchestra_cli.policy import State
from orchestra_cli.run import ACCEPT
from prefs.profile import Profile
from prefs.steering import Candidate, Steered, steer, utility_usd
from tools.experts import ExpertCard


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and among what."""

    option: Option
    candidates: tuple[Steered, ...]
    why: str
    """In a sentence."""


class Steering:
    """One user's preference over the experts of one run."""

    def __init__(self, profile: Profile, cards: Mapping[str, ExpertCard], own: ExpertCard) -> None:
        """`cards` are the experts by alias; `own` is the card of the orchestrator's own model."""
        self._profile = profile
        self._cards = dict(cards)
        self._own = own
        self._outlooks: Outlooks | None = None

    def choose(
        self,
        options: Sequence[Option],
        probabilities: Sequence[float],
        state: State,
        sampling: Sampling,
    ) -> Choice:
        """Draw one; without temperature the likeliest, the first of those that are even."""
        expected = expect(options, state, self._cards, self._own, utility=self._utility)
        if ACCEPT in {tool.name for tool in state.tools}:
            expected = self._foreseen(options, state, expected)
        candidates = [
            self._candidate(option, probability, each)
            for option, probability, each in zip(options, probabilities, expected, strict=True)
        ]
        profile = self._profile
        steered = steer(candidates, profile.preference, profile.worth, beta=profile.beta)
        weights = [each.probability for each in steered]
        if sampling.temperature:
            turn = f"{len(state.turns)}:{len(state.format_errors)}"
            seed = f"{sampling.seed}:{turn}:{state.task.question}"
            (at,) = random.Random(seed).choices(range(len(weights)), weights)
        else:
            at = weights.index(max(weights))
        return Choice(options[at], steered, explain(options[at].name, steered, profile))

    def _foreseen(
        self, options: Sequence[Option], state: State, expected: list[Expected]
    ) -> list[Expected]:
        """Where an answer can be checked by another, asking and accepting are what a plan makes of
        them: whether the attempts agree, and what it is worth to ask on."""
        if self._outlooks is None:
            self._outlooks = Outlooks(self._cards, self._profile)
        foreseen = self._outlooks.of(options, state)
        return [foreseen.get(o.name, known) for o, known in zip(options, expected, strict=True)]

    def _utility(self, expected: Expected) -> float:
        """Of an ending, whose own tool weight does not count for the steps before it."""
        ending = Candidate("", 1.0, expected.success, expected.cost_usd, expected.latency_s)
        return utility_usd(ending, self._profile.preference, self._profile.worth)

    def _candidate(self, option: Option, probability: float, expected: Expected) -> Candidate:
        return Candidate(
            name=option.name,
            probability=probability,
            success=expected.success,
            cost_usd=expected.cost_usd,
            latency_s=expected.latency_s,
            tool_weight=self._profile.preference.tool_weight(*self._names(option)),
        )

    def _names(self, option: Option) -> tuple[str, ...]:
        """What the profile may call it, the most special name last."""
        if option.function is None:
            return (self._own.name,)
        card = self._cards.get(option.name)
        return (option.function, card.model, card.name) if card else (option.function,)
