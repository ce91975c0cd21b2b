"""A model policy behind an endpoint, steered among experts where the endpoint tells probabilities.

The call has been written by then, so its function stands; which expert it names is drawn again from
the steered probabilities. Where nothing is told, the reply stands as it is, and the run says so.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from orchestra_cli.alias_probabilities import alias_probabilities
from orchestra_cli.options import options_of
from orchestra_cli.policy import Decision, ModelPolicy, State
from orchestra_cli.steering import Steering
from tools.base import ToolCall

NOTHING_TOLD = "the endpoint tells no probabilities: hard rules and words act, steering does not"


class ToldPolicy:
    """A `Policy` around a model policy whose engine may tell what else it might have said."""

    def __init__(self, model: ModelPolicy, steering: Steering) -> None:
        self.name = model.name
        self.answers_itself = model.answers_itself
        self._model = model
        self._steering = steering

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The model's reply, its expert drawn from the steered probabilities."""
        choices = [options_of([function], own_answer=False) for function in state.functions]
        to_steer = any(len(options) > 1 for options in choices)
        request = replace(self._model.request(state), logprobs=to_steer)
        completion = yield from self._model.engine.stream(request)
        decision = self._model.decide(completion)
        name = decision.call.name if decision.call else None
        options = next((each for each in choices if each[0].function == name), ())
        if decision.call is None or len(options) < 2:
            return decision
        names = [option.name for option in options]
        probabilities = alias_probabilities(completion.drawn, names)
        if probabilities is None:
            return replace(decision, why=NOTHING_TOLD)
        choice = self._steering.choose(options, probabilities, state, self._model.sampling)
        call = ToolCall(decision.call.name, choice.option.arguments or {})
        return replace(decision, call=call, candidates=choice.candidates, why=choice.why)
