"""Policies that ask several experts and compare what they say before they accept an answer.

Every call is paid for. Where the budget leaves out whoever is next, they end with what they have.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestra_cli.evaluation.policies.asking import Experts, offered_aliases, own_time
from orchestra_cli.evaluation.policies.comparison import Answer, Comparison
from orchestra_cli.evaluation.policies.one_call import Scores
from orchestra_cli.policy import Decision, State, Task
from orchestra_cli.run import ANSWER


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a run has come."""

    task: Task
    asked: tuple[int, ...]
    """Experts by their places, also those whose call failed."""
    answers: tuple[Answer, ...]


class Procedure(Protocol):
    """Whom to ask in turn, and whose answer to accept."""

    def wanted(self, heard: Heard, comparison: Comparison) -> Sequence[float] | None:
        """The score of each expert for the next call; None where enough was heard."""
        ...

    def verdict(self, heard: Heard, comparison: Comparison) -> Answer:
        """One of the answers, of which there is at least one."""
        ...


@dataclass(slots=True)
class Consulting:
    """A `Policy` that follows a procedure."""

    name: str
    experts: Experts
    procedure: Procedure
    comparison: Comparison
    answers_itself = True
    ends_at_answer = False

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """Ask the next one, or accept an answer."""
        yield from ()
        began_s = time.perf_counter()
        heard = self._heard(state)
        expert = self._next(heard, state)
        if expert is not None:
            return self.experts.ask(expert, began_s=began_s)
        text = self.procedure.verdict(heard, self.comparison).text if heard.answers else None
        return Decision(answer=text, usage=(own_time(began_s),))

    def _next(self, heard: Heard, state: State) -> int | None:
        scores = self.procedure.wanted(heard, self.comparison)
        if scores is None:
            return None
        first = max(range(len(scores)), key=scores.__getitem__)
        if heard.answers and self.experts.aliases[first] not in offered_aliases(state):
            return None
        return self.experts.best(scores, state)

    def _heard(self, state: State) -> Heard:
        turns = [turn for turn in state.turns if turn.tool == ANSWER and turn.slot is not None]
        asked = tuple(self.experts.aliases.index(turn.slot) for turn in turns if turn.slot)
        answers = tuple(
            Answer(self.experts.names[place], turn.observation.attempt)
            for place, turn in zip(asked, turns, strict=True)
            if turn.observation is not None and turn.observation.attempt is not None
        )
        return Heard(state.task, asked, answers)


@dataclass(frozen=True, slots=True)
class AgreeElseEscalate:
    """Two are asked; the first one's answer is taken where they agree, else a third one's."""

    pair: tuple[int, int]
    third: Scores
    """Who is asked where the two differ: the best of those that were not asked."""

    def wanted(self, heard: Heard, comparison: Comparison) -> Sequence[float] | None:
        """The pair, then the third one if it must be."""
        scores = list(self.third.of(heard.task))
        if len(heard.asked) < 2:
            return _first(scores, self.pair[len(heard.asked)])
        if len(heard.asked) > 2 or self._agree(heard, comparison):
            return None
        for place in heard.asked:
            scores[place] = float("-inf")
        return scores

    def verdict(self, heard: Heard, comparison: Comparison) -> Answer:
        """The last one's, who had to decide; where no third one was to be had, the first one's."""
        return heard.answers[-1 if len(heard.asked) > 2 else 0]

    def _agree(self, heard: Heard, comparison: Comparison) -> bool:
        if len(heard.answers) < 2:
            return False
        return comparison.agree(heard.task, *heard.answers)


@dataclass(frozen=True, slots=True)
class Vote:
    """Three are asked, and the answer that two of them give is taken, else the strongest one's."""

    trio: tuple[int, int, int]
    """The strongest first."""
    num_experts: int

    def wanted(self, heard: Heard, comparison: Comparison) -> Sequence[float] | None:
        """Each of the three."""
        if len(heard.asked) == len(self.trio):
            return None
        return _first([0.0] * self.num_experts, self.trio[len(heard.asked)])

    def verdict(self, heard: Heard, comparison: Comparison) -> Answer:
        """The first that somebody agrees with, since the strongest is heard first."""
        for at, one in enumerate(heard.answers):
            if any(comparison.agree(heard.task, one, other) for other in heard.answers[at + 1 :]):
                return one
        return heard.answers[0]


def _first(scores: list[float], place: int) -> list[float]:
    """The scores with this expert before all others."""
    scores[place] = float("inf")
    return scores
