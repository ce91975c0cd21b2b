"""What cards and agreement alone are worth: the plan that steering and the brief style go by.

No model reads the question. It is what a trained orchestrator over the same cards has to beat.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.evaluation.policies.asking import own_time
from orchestra_cli.options import Option, options_of
from orchestra_cli.policy import Decision, State
from orchestra_cli.run import ACCEPT, ANSWER
from prefs.profile import Profile
from tools.accept import attempt_names
from tools.base import ToolCall
from tools.experts import ExpertCard


@dataclass(slots=True)
class Planned:
    """A `Policy`: the option that the plan finds worth most, every turn."""

    name: str
    cards: Mapping[str, ExpertCard]
    """By alias."""
    profile: Profile
    answers_itself = True
    ends_at_answer = False
    _outlooks: Outlooks | None = field(default=None, repr=False)
    """Made in the worker that needs it first: a plan grows with what it is asked."""

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """Ask an expert or take an attempt; nothing where there is neither."""
        yield from ()
        began_s = time.perf_counter()
        if self._outlooks is None:
            self._outlooks = Outlooks(self.cards, self.profile)
        attempts = [
            turn.observation.attempt
            for turn in state.turns
            if turn.observation is not None and turn.observation.attempt is not None
        ]
        accepting = [Option(name, ACCEPT) for name in attempt_names(len(attempts))]
        options = (*options_of(state.functions, own_answer=False), *accepting)
        for best, _ in self._outlooks.worth(options, state):
            if best in self.cards:
                call = ToolCall(ANSWER, {"model": best})
                return Decision(call=call, usage=(own_time(began_s),))
            taken = attempts[attempt_names(len(attempts)).index(best)]
            return Decision(answer=taken, usage=(own_time(began_s),))
        return Decision(usage=(own_time(began_s),))
