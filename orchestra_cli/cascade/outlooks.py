"""What asking each expert, or accepting each attempt, is expected to come to in a given state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from orchestra_cli.cascade.agreement import numbered
from orchestra_cli.cascade.answer_model import MOST_ANSWERS, Given, in_order
from orchestra_cli.cascade.asking_order import prospects_of
from orchestra_cli.cascade.plan import Plan
from orchestra_cli.expectations import Expected, own_success
from orchestra_cli.options import Option
from orchestra_cli.policy import State
from orchestra_cli.run import ACCEPT, ANSWER
from prefs.profile import Profile
from tools.accept import attempt_names
from tools.experts import ExpertCard

_USUAL_CHOICES = 10
_ROUNDING_DIGITS = 9
_MOST_PLANS = 32


class Outlooks:
    """Of the experts that answer, for one profile."""

    def __init__(self, cards: Mapping[str, ExpertCard], profile: Profile) -> None:
        """`cards` by alias; those of other slots have no part in it."""
        answering = {alias: card for alias, card in cards.items() if alias.startswith(ANSWER)}
        self._at = {alias: at for at, alias in enumerate(answering)}
        self._cards = tuple(answering.values())
        self._profile = profile
        self._plan = lru_cache(maxsize=_MOST_PLANS)(self._make_plan)

    def of(self, options: Sequence[Option], state: State) -> dict[str, Expected]:
        """By option; what the plan knows nothing of is left out."""
        given, numbers = self._given(state)
        plan = self._plan_for(state)
        accepting, asking = plan.accepting(given), plan.asking(given)
        names = attempt_names(len(numbers))
        found: dict[str, Expected] = {}
        for option in options:
            if option.function == ANSWER and self._at.get(option.name) in asking:
                outlook = plan.asked(given, self._at[option.name])
                found[option.name] = Expected(outlook.success, outlook.cost_usd, outlook.latency_s)
            elif option.function == ACCEPT and option.name in names:
                number = numbers[names.index(option.name)]
                found[option.name] = Expected(accepting[number], 0.0, 0.0)
        return found

    def worth(self, options: Sequence[Option], state: State) -> list[tuple[str, float]]:
        """(option, its value in right answers less what is spent), the best first.

        Of attempts that say the same the first stands for all. Of options that are even an attempt
        comes first, then experts in the order in which they are listed.
        """
        given, numbers = self._given(state)
        plan = self._plan_for(state)
        accepting, asking = plan.accepting(given), plan.asking(given)
        names = attempt_names(len(numbers))
        values = {names[numbers.index(n)]: value for n, value in enumerate(accepting)}
        values |= {alias: asking[at] for alias, at in self._at.items() if at in asking}
        offered = {option.name for option in options if option.function in (ANSWER, ACCEPT)}
        known = [(name, value) for name, value in values.items() if name in offered]
        return sorted(known, key=lambda each: -round(each[1], _ROUNDING_DIGITS))

    def _plan_for(self, state: State) -> Plan:
        """Domains that are hardly likely are left out, and likelihoods rounded: plans are kept."""
        likely = {name: round(share, 1) for name, share in state.domains.items()}
        return self._plan(tuple((name, share) for name, share in likely.items() if share))

    def _make_plan(self, domains: tuple[tuple[str, float], ...]) -> Plan:
        cards = [replace(card, success_rate=_success(card, domains)) for card in self._cards]
        return Plan(prospects_of(cards, self._profile), num_answers=_USUAL_CHOICES)

    def _given(self, state: State) -> tuple[Given, list[int]]:
        """(the attempts, the number of each one's answer in them, in the order they came)."""
        attempts = [
            (self._at[turn.slot], turn.observation.attempt)
            for turn in state.turns
            if turn.slot in self._at and turn.observation and turn.observation.attempt is not None
        ][:MOST_ANSWERS]
        numbers = numbered([text for _, text in attempts])
        given = in_order([(at, n) for (at, _), n in zip(attempts, numbers, strict=True)])
        renumbered = dict(given)
        return given, [renumbered[at] for at, _ in attempts]


def _success(card: ExpertCard, domains: Sequence[tuple[str, float]]) -> float:
    """The chance that it is right on a question of these domains."""
    overall = own_success(card)
    total = sum(share for _, share in domains)
    rates = (share * card.success_by_domain.get(name, overall) for name, share in domains)
    return sum(rates) / total if total else overall
