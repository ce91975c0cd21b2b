"""A model policy whose choice is steered: its probabilities are read before it commits itself.

    the model thinks, if it is one that does ─→ each option scored as how the reply goes on
        ─→ `orchestra_cli.steering` draws one ─→ a slot's call is whole already;
                                                 another function's arguments are written under a
                                                 grammar; an answer of its own is written freely

The scores are of whole calls over the shared prompt (`engines.base.Scorer`), so that names that
begin alike, or differ in length, are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from orchestra_cli.domain_reader import DomainReader
from orchestra_cli.engines.base import Completion, Request, Scorer
from orchestra_cli.options import OWN_ANSWER, Option, beginnings, options_of
from orchestra_cli.policy import Decision, ModelPolicy, State
from orchestra_cli.run import ANSWER
from orchestra_cli.steering import Steering
from tools.base import Usage

_CALL, _THINK, _THINK_END = "<tool_call>", "<think>", "</think>"
_LIKELY = 0.5
_NOTHING = Usage("orchestrator", calls=0)


@dataclass(frozen=True, slots=True)
class _Weighing:
    """What the model would do."""

    probabilities: list[float]
    """Of each option; 1 in sum."""
    thinks: bool
    """It would rather think first."""
    usage: Usage


class SteeredPolicy:
    """A `Policy` around a model policy whose engine can score."""

    def __init__(
        self,
        model: ModelPolicy,
        scorer: Scorer,
        steering: Steering,
        *,
        hands_over_after_error: bool = False,
        reader: DomainReader | None = None,
    ) -> None:
        """`hands_over_after_error`: once a call has failed, an expert has to answer.

        `reader`: says of which domain a question is, where the cards of experts differ by that.
        """
        self.name = model.name
        self.answers_itself = model.answers_itself
        self._model = model
        self._scorer = scorer
        self._steering = steering
        self._hands_over_after_error = hands_over_after_error
        self._reader = reader

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The model's reply, its choice drawn from the steered probabilities."""
        handing_over = self._handing_over(state)
        own_answer = self.answers_itself and not state.force_call
        options = handing_over or options_of(state.functions, own_answer=own_answer)
        if len(options) < 2 and not handing_over:
            return (yield from self._model.choose(state))
        state, used = self._read(state)
        request = self._model.request(state)
        if len(options) == 1:
            decision = yield from self._commit(request, options[0])
            return replace(decision, usage=(*used, *decision.usage))
        weighing = self._weigh(request, options)
        used += (weighing.usage,)
        if weighing.thinks and not state.force_call:
            thought = yield from self._model.engine.stream(
                replace(request, stop_at=(_THINK_END, _CALL))
            )
            used += (thought.usage,)
            if not thought.text.endswith((_THINK_END, _CALL)):  # it never came to a choice
                decision = self._model.decide(thought)
                return replace(decision, usage=used)
            if thought.text.endswith(_CALL):  # it has settled for a call
                options = tuple(option for option in options if option.function)
            request = replace(request, opening=_opening(thought.text))
            weighing = self._weigh(request, options)
            used += (weighing.usage,)
        choice = self._steering.choose(options, weighing.probabilities, state, self._model.sampling)
        decision = yield from self._commit(request, choice.option)
        return replace(
            decision,
            usage=(*used, *decision.usage),
            candidates=choice.candidates,
            why=choice.why,
        )

    def _read(self, state: State) -> tuple[State, tuple[Usage, ...]]:
        """The state with the question's domain in it, where an expert may be asked."""
        if self._reader is None or ANSWER not in state.offered:
            return state, ()
        domains, used = self._reader.read(state)
        return replace(state, domains=domains), used

    def _handing_over(self, state: State) -> tuple[Option, ...]:
        """Where the last call has failed and an expert has to answer: whom to ask; else none."""
        last = state.turns[-1].observation if state.turns else None
        if not self._hands_over_after_error or last is None or last.error is None:
            return ()
        answering = [each for each in state.functions if each["name"] == ANSWER]
        return options_of(answering, own_answer=False)

    def _weigh(self, request: Request, options: Sequence[Option]) -> _Weighing:
        calls = beginnings([option for option in options if option.function])
        scores = self._scorer.score(request, [*calls, _CALL, _THINK])
        *each, call, think = scores.log_likelihoods
        top = max(each)
        weights = [math.exp(score - top) for score in each]
        may_answer = any(option.name == OWN_ANSWER for option in options)
        calling = math.exp(min(0.0, call)) if may_answer else 1.0
        shares = iter([calling * weight / sum(weights) for weight in weights])
        return _Weighing(
            probabilities=[next(shares) if o.function else 1 - calling for o in options],
            thinks=math.exp(min(0.0, think)) > _LIKELY,
            usage=scores.usage,
        )

    def _commit(self, request: Request, option: Option) -> Generator[str, None, Decision]:
        """Have what the option still lacks written."""
        if option.call is not None:
            yield option.text
            completion = Completion(request.opening + option.text, _NOTHING)
            return replace(self._model.decide(completion), usage=())
        if option.function is None:
            asked = replace(request, no_call=True)
        else:
            asked = replace(request, force_call=True, forced=option.function)
        completion = yield from self._model.engine.stream(asked)
        return self._model.decide(completion)


def _opening(thought: str) -> str:
    """The reply so far, up to where a call would begin."""
    opening = thought.removesuffix(_CALL)
    return f"{opening}\n\n" if opening.endswith(_THINK_END) else opening
