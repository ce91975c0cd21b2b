"""The best plan over experts of which only success rates and prices are known.

    V(given) = max( p(answer right | given)                                   accept one, or
                    max_j  −price_j + Σ_answers p(j says it | given) · V(given + it) )   ask another

by exhaustion over at most four attempts, fewer where experts are many, with `answer_model` for the
chances. Prices are in right answers: what asking costs under the preference, over what a right
answer is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestra_cli.cascade.answer_model import MOST_ANSWERS, AnswerModel, Given, in_order

_NEGLIGIBLE = 1e-4


@dataclass(frozen=True, slots=True)
class Prospect:
    """An expert before it is asked."""

    success: float
    price: float
    """What asking takes away, in right answers."""
    liking: float = 0.0
    """What asking it first adds, in right answers: the user would rather have it used."""
    cost_usd: float = 0.0
    latency_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the rest of the run is expected to come to."""

    success: float
    cost_usd: float = 0.0
    latency_s: float = 0.0


class Plan:
    """The value of every option in every situation of one kind of question."""

    def __init__(
        self,
        prospects: Sequence[Prospect],
        *,
        num_answers: int,
        most_attempts: int | None = None,
    ) -> None:
        self._model = AnswerModel([each.success for each in prospects], num_answers=num_answers)
        self._prospects = tuple(prospects)
        most = _most_attempts(len(prospects)) if most_attempts is None else most_attempts
        self._most = min(most, MOST_ANSWERS)
        self._known: dict[Given, float] = {}
        self._outlooks: dict[Given, Outlook] = {}

    def accepting(self, given: Given) -> list[float]:
        """Of each answer given, by its number."""
        total, right = self._model.weigh(given)
        return [float(chance) / total for chance in right]

    def asking(self, given: Given) -> dict[int, float]:
        """Of each expert that has not answered yet."""
        if len(given) >= self._most:
            return {}
        asked = {expert for expert, _ in given}
        left = (at for at in range(len(self._prospects)) if at not in asked)
        return {expert: self._asking(given, expert) for expert in left}

    def asked(self, given: Given, expert: int) -> Outlook:
        """What asking this expert comes to, the plan followed from there on."""
        prospect = self._prospects[expert]
        success, cost_usd, latency_s = 0.0, prospect.cost_usd, prospect.latency_s
        for chance, after in self._replies(given, expert):
            rest = self._rest(after)
            success += chance * rest.success
            cost_usd += chance * rest.cost_usd
            latency_s += chance * rest.latency_s
        return Outlook(success, cost_usd, latency_s)

    def _rest(self, given: Given) -> Outlook:
        found = self._outlooks.get(given)
        if found is None:
            accepting, asking = self.accepting(given), self.asking(given)
            following = max(asking, key=lambda expert: asking[expert]) if asking else None
            if following is None or max(accepting) >= asking[following]:
                found = Outlook(max(accepting))
            else:
                found = self.asked(given, following)
            self._outlooks[given] = found
        return found

    def _asking(self, given: Given, expert: int) -> float:
        prospect = self._prospects[expert]
        value = (0.0 if given else prospect.liking) - prospect.price
        replies = self._replies(given, expert)
        return value + sum(chance * self._best(after) for chance, after in replies)

    def _replies(self, given: Given, expert: int) -> Iterator[tuple[float, Given]]:
        """(how likely it is, what is given then), for each answer that the expert may give."""
        total, right = self._model.weigh(given)
        held = len(right)
        for answer in range(min(held + 1, MOST_ANSWERS)):
            after = in_order([*given, (expert, answer)])
            ways = self._model.others(held) if answer == held else 1
            chance = self._model.weigh(after)[0] / total * ways
            if chance > _NEGLIGIBLE:
                yield chance, after

    def _best(self, given: Given) -> float:
        best = self._known.get(given)
        if best is None:
            values = (*self.accepting(given), *self.asking(given).values())
            best = self._known[given] = max(values)
        return best


def _most_attempts(num_experts: int) -> int:
    """Situations are counted in tens of thousands else, and nobody waits seconds for an order."""
    return MOST_ANSWERS if num_experts <= 10 else 3 if num_experts <= 20 else 2
