"""Policies that leave samples: one notes what another does, one plays what is known to be right.

A sample's prompt is what the model under training reads in that state, whoever conducts: so the
replies of rules, scripts and golden trajectories can be learned from as its own.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from random import Random
from typing import Protocol

from orchestra_cli.engines.base import Completion, Engine, Request
from orchestra_cli.options import Option, options_of
from orchestra_cli.policy import Decision, ModelPolicy, Policy, PromptStyle, State
from orchestra_cli.training.environment import Golden
from orchestra_cli.training.rollout import Sample
from tools.base import ToolCall
from tools.toolbox import problem_with

_CALL = "<tool_call>"


class RenderingEngine(Engine, Protocol):
    """An engine that knows its model's template."""

    def render(self, request: Request) -> str:
        """The prompt as the model reads it, up to where its reply begins."""
        ...


class SampledPolicy(ModelPolicy):
    """The model under training: draws each reply anew, and remembers whether the last was cut."""

    was_cut = False

    def request(self, state: State) -> Request:
        """With a seed of its own in each turn: else all turns of a run would draw alike."""
        request = super().request(state)
        turn = f"{self.sampling.seed}/{len(state.turns)}/{len(state.format_errors)}"
        seed = Random(turn).getrandbits(31)
        return replace(request, sampling=replace(self.sampling, seed=seed))

    def decide(self, completion: Completion) -> Decision:
        """What the reply says."""
        self.was_cut = completion.truncated
        decision = super().decide(completion)
        if decision.call is None or not completion.calls or _CALL in completion.text:
            return decision
        parts = (completion.text, written_call(decision.call))  # an endpoint took it apart
        return replace(decision, reply="\n".join(part for part in parts if part))


class RecordingPolicy:
    """A `Policy` that keeps a sample of every reply of another; one run's and no more."""

    def __init__(self, policy: Policy, style: PromptStyle, engine: RenderingEngine) -> None:
        """`style` and `engine` say how the model under training reads a state."""
        self.name = policy.name
        self.answers_itself = policy.answers_itself
        self.samples: list[Sample] = []
        self._policy = policy
        self._style = style
        self._engine = engine

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The other's decision."""
        prompt = self._engine.render(self._request(state))
        decision = yield from self._policy.choose(state)
        options = _options(state, decision)
        told = tuple(each.probability for each in decision.candidates)
        self.samples.append(
            Sample(
                prompt=prompt,
                reply=decision.reply,
                options=options,
                target=told if len(told) == len(options) else (),
                is_legal=_is_legal(state, decision),
                ended=not (isinstance(self._policy, SampledPolicy) and self._policy.was_cut),
            )
        )
        return decision

    def _request(self, state: State) -> Request:
        return Request(
            messages=self._style.messages(state, self._engine),
            functions=state.functions,
            functions_listed=self._style.lists_functions,
        )


class GoldenPolicy:
    """A `Policy` that plays a golden trajectory, written as the model should write it."""

    name = "golden"
    answers_itself = True

    def __init__(self, golden: Golden) -> None:
        self._golden = golden

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The call of this turn; after the last one the answer."""
        played, calls = len(state.turns), self._golden.calls
        if played < len(calls):
            call = calls[played]
            decision = Decision(call=call, reply=written_call(call))
        elif self._golden.answer is not None:
            decision = Decision(answer=self._golden.answer, reply=self._golden.answer)
        else:
            decision = Decision(error="the golden calls are over and have ended nothing")
        yield decision.reply
        return decision


def written_call(call: ToolCall) -> str:
    """As the model writes it."""
    return Option(call.name, call.name, call.arguments).text


def _options(state: State, decision: Decision) -> tuple[str, ...]:
    """All calls that were possible, where each is whole and the reply is one of them."""
    options = options_of(state.functions, own_answer=False)
    if any(option.call is None for option in options):
        return ()
    texts = tuple(option.text for option in options)
    return texts if decision.reply in texts else ()


def _is_legal(state: State, decision: Decision) -> bool:
    """Whether it is a call that can be made, or an answer."""
    if decision.call is not None:
        return problem_with(decision.call, state.functions) is None
    return decision.error is None
