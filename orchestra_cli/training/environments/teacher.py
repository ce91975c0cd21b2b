"""A teacher for the warm start: the plan that is best where only the cards are known.

    target(option) ∝ exp(V(option) / τ)

V is the value of `cascade.plan`, which is told each expert's success rate in the question's domain;
the pupil has to read both out of the prompt. Where two options are nearly as good, nothing is to be
learnt from which of the two is better by a hair: hence the soft form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence

from orchestra_cli.cascade.answer_model import MOST_ANSWERS, Given, in_order
from orchestra_cli.cascade.plan import Plan
from orchestra_cli.options import Option, options_of
from orchestra_cli.policy import Decision, State
from orchestra_cli.run import ACCEPT, ANSWER
from prefs.steering import Candidate, Steered
from tools.accept import attempt_names

_TEMPERATURE = 0.004
"""τ: a difference of four right answers in a thousand is worth a factor of e."""


class Teacher:
    """A `Policy` that follows the plan; its soft form stands in the decision's candidates."""

    name = "teacher"
    answers_itself = False

    def __init__(
        self,
        plan: Plan,
        *,
        experts: Mapping[str, int],
        same: Callable[[str, str], bool],
        draw: Callable[[Sequence[float]], int],
    ) -> None:
        """`experts` by alias; `draw` chooses an index by weight, for the state that comes next."""
        self._plan = plan
        self._experts = dict(experts)
        self._same = same
        self._draw = draw

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """An option, with how likely each should be."""
        yield from ()
        options = options_of(state.functions, own_answer=False)
        values = self._values(state, options)
        top = max(values)
        weights = [math.exp((value - top) / _TEMPERATURE) for value in values]
        total = sum(weights)
        target = [weight / total for weight in weights]
        option = options[self._draw(target)]
        candidates = tuple(
            Steered(Candidate(each.name, share, value, 0.0, 0.0), value, share)
            for each, share, value in zip(options, target, values, strict=True)
        )
        return Decision(call=option.call, reply=option.text, candidates=candidates)

    def _values(self, state: State, options: Sequence[Option]) -> list[float]:
        """An option that the plan does not know, such as a fifth answer, is worth nothing."""
        given, numbers = self._given(state)
        accepting, asking = self._plan.accepting(given), self._plan.asking(given)
        values = {alias: asking.get(at, -1.0) for alias, at in self._experts.items()}
        for number in range(len(accepting)):  # of those that say the same the first is accepted
            values[attempt_names(len(numbers))[numbers.index(number)]] = accepting[number]
        known = {ANSWER, ACCEPT}
        return [values.get(o.name, -1.0) if o.function in known else -1.0 for o in options]

    def _given(self, state: State) -> tuple[Given, list[int | None]]:
        """(the attempts, the number of each one's answer in them, in the order they came).

        The plan weighs no fifth different answer: an attempt that gives one has no number.
        """
        texts: list[str] = []
        raw: list[tuple[int, int]] = []
        for turn in state.turns:
            if turn.observation is None or turn.observation.attempt is None:
                continue
            text = turn.observation.attempt
            known = next((n for n, other in enumerate(texts) if self._same(text, other)), None)
            if known is None:
                known = len(texts)
                texts.append(text)
            raw.append((self._experts[turn.slot or ""], known))
        given = in_order([(expert, answer) for expert, answer in raw if answer < MOST_ANSWERS])
        renumbered = dict(given)
        return given, [renumbered.get(expert) for expert, _ in raw]
