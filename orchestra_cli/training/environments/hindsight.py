"""What each option of a choice would have come to, over answers that are recorded.

An option is followed to the run's end: after it the teacher's plan goes on, which does not know who
is right, while the answers, dollars and seconds are those of the record. So the options of a choice
are a group of runs of one task that differ in this choice alone, and are rewarded as such a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from orchestra_cli.cascade.agreement import numbered
from orchestra_cli.cascade.answer_model import MOST_ANSWERS, Given, in_order
from orchestra_cli.cascade.plan import Plan
from orchestra_cli.evaluation.recorded_experts import attempt_text
from orchestra_cli.evaluation.records import Outcome
from orchestra_cli.options import Option
from orchestra_cli.policy import State
from orchestra_cli.run import ACCEPT
from prefs.metrics import RunMetrics
from tools.accept import attempt_names


class Hindsight:
    """The options of one episode's choices, followed to their ends."""

    def __init__(
        self,
        plan: Plan,
        outcomes: Mapping[str, Outcome],
        *,
        cost_usd: Mapping[str, float],
        same: Callable[[str, str], bool],
    ) -> None:
        """`outcomes` and the dollars of asking are by expert, in the order of the aliases."""
        self._plan = plan
        self._names = list(outcomes)
        self._outcomes = list(outcomes.values())
        self._costs = [cost_usd[name] for name in self._names]
        self._aliases = {f"answer-{n}": n - 1 for n in range(1, len(self._names) + 1)}
        texts = [attempt_text(name, outcome.answer) for name, outcome in outcomes.items()]
        self._answers = numbered(texts, same)

    def runs(self, state: State, options: Sequence[Option]) -> tuple[RunMetrics, ...]:
        """By option: an attempt to accept, or an expert to ask."""
        asked = [self._aliases[turn.slot] for turn in state.turns if turn.slot in self._aliases]
        return tuple(self._led_to(option, asked) for option in options)

    def _led_to(self, option: Option, asked: list[int]) -> RunMetrics:
        if option.function == ACCEPT:
            return self._run(asked, accepted=asked[attempt_names(len(asked)).index(option.name)])
        return self._followed([*asked, self._aliases[option.name]])

    def _followed(self, asked: list[int]) -> RunMetrics:
        """As the plan goes on."""
        while True:
            given = self._given(asked)
            accepting, asking = self._plan.accepting(given), self._plan.asking(given)
            best = max(range(len(accepting)), key=lambda number: accepting[number])
            following = max(asking, key=lambda expert: asking[expert]) if asking else None
            if following is None or accepting[best] >= asking[following]:
                accepted = next(expert for expert, answer in given if answer == best)
                return self._run(asked, accepted=accepted)
            asked = [*asked, following]

    def _given(self, asked: Sequence[int]) -> Given:
        """The plan weighs no fifth different answer: what comes after the fourth is left out."""
        heard = list(dict.fromkeys(self._answers[expert] for expert in asked))[:MOST_ANSWERS]
        pairs = [(expert, self._answers[expert]) for expert in asked]
        return in_order([(expert, answer) for expert, answer in pairs if answer in heard])

    def _run(self, asked: Sequence[int], *, accepted: int) -> RunMetrics:
        return RunMetrics(
            is_right=self._outcomes[accepted].right >= 0.5,
            cost_usd=sum(self._costs[expert] for expert in asked),
            latency_s=sum(self._outcomes[expert].latency_s or 0.0 for expert in asked),
            calls=dict(Counter(self._names[expert] for expert in asked)),
        )
