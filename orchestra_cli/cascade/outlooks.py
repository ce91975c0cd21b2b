"""What asking each expert, or accepting each attempt, is expected to come to in a given state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestra_cli.cascade.agreement import numbered
from orchestra_cli.cascade.answer_model import MOST_ANSWERS, Given, in_order
from orchestra_cli.cascade.asking_order import prospects_of
from orchestra_cli.cascade.plan import Plan
from orchestra_cli.expectations import Expected
from orchestra_cli.options import Option
from orchestra_cli.policy import State
from orchestra_cli.run import ACCEPT, ANSWER
from prefs.profile import Profile
from tools.accept import attempt_names
from tools.experts import ExpertCard

_USUAL_CHOICES = 10
_ROUNDING_DIGITS = 9


class Outlooks:
    """Of the experts that answer, for one profile."""

    def __init__(self, cards: Mapping[str, ExpertCard], profile: Profile) -> None:
        """`cards` by alias; those of other slots have no part in it."""
        answering = {alias: card for alias, card in cards.items() if alias.startswith(ANSWER)}
        self._at = {alias: at for at, alias in enumerate(answering)}
        prospects = prospects_of(list(answering.values()), profile)
        self._plan = Plan(prospects, num_answers=_USUAL_CHOICES)

    def of(self, options: Sequence[Option], state: State) -> dict[str, Expected]:
        """By option; what the plan knows nothing of is left out."""
        given, numbers = self._given(state)
        accepting, asking = self._plan.accepting(given), self._plan.asking(given)
        names = attempt_names(len(numbers))
        found: dict[str, Expected] = {}
        for option in options:
            if option.function == ANSWER and self._at.get(option.name) in asking:
                outlook = self._plan.asked(given, self._at[option.name])
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
        accepting, asking = self._plan.accepting(given), self._plan.asking(given)
        names = attempt_names(len(numbers))
        values = {names[numbers.index(n)]: value for n, value in enumerate(accepting)}
        values |= {alias: asking[at] for alias, at in self._at.items() if at in asking}
        offered = {option.name for option in options if option.function in (ANSWER, ACCEPT)}
        known = [(name, value) for name, value in values.items() if name in offered]
        return sorted(known, key=lambda each: -round(each[1], _ROUNDING_DIGITS))

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
