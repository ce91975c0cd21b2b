"""What is expected of a run if an option is chosen: the chance to be right, dollars, seconds.

An answer is what its expert is: success as measured (`orchestra experts cards`) or configured,
dollars from its price and the tokens it will read and write, seconds as measured. Accepting an
attempt costs nothing more. Any other step is
followed by the answer that is worth most to the user, and adds its own dollars and seconds; whether
it helps is the model's to judge, in its probabilities.

Where nothing was measured, a dearer model is taken for a better one:
success = 0.5 + 0.08 · log10(1 + 10 · output price in dollars per million tokens).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orchestra_cli.options import OWN_ANSWER, Option
from orchestra_cli.policy import State
from orchestra_cli.run import ACCEPT, ANSWER
from tools.accept import attempt_names
from tools.experts import ExpertCard

_CHARS_PER_TOKEN = 4
_REQUEST_TOKENS = 100
_REPLY_TOKENS = 400
_REMOTE_LATENCY_S = 10.0
_LOCAL_LATENCY_S = 5.0
_STEP_LATENCY_S = {"python": 0.1, "local_search": 0.1, "ask_user": 30.0}
_OTHER_STEP_LATENCY_S = 2.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Of the whole rest of the run."""

    success: float
    cost_usd: float
    latency_s: float

    def after(self, step: Expected) -> Expected:
        """The same with a step before it."""
        return Expected(
            self.success, self.cost_usd + step.cost_usd, self.latency_s + step.latency_s
        )


def expect(
    options: Sequence[Option],
    state: State,
    cards: Mapping[str, ExpertCard],
    own: ExpertCard,
    *,
    utility: Callable[[Expected], float],
) -> list[Expected]:
    """For each option; `cards` are the experts by alias, `own` is the orchestrator's model."""
    input_tokens = _tokens_to_read(state)
    steps = [_step(option, state, cards, own, input_tokens=input_tokens) for option in options]
    dearest = max((step.cost_usd for step in steps if not math.isnan(step.cost_usd)), default=0.0)
    # A price that nobody knows is taken for the highest at hand, never for nothing.
    known = [
        Expected(s.success, dearest if math.isnan(s.cost_usd) else s.cost_usd, s.latency_s)
        for s in steps
    ]
    endings = [each for option, each in zip(options, known, strict=True) if _is_ending(option)] or [
        Expected(own_success(own), 0.0, 0.0)
    ]
    best = max(endings, key=utility)
    return [
        each if _is_ending(option) else best.after(each)
        for option, each in zip(options, known, strict=True)
    ]


def _is_ending(option: Option) -> bool:
    return option.name == OWN_ANSWER or option.function in (ANSWER, ACCEPT)


def _step(
    option: Option,
    state: State,
    cards: Mapping[str, ExpertCard],
    own: ExpertCard,
    *,
    input_tokens: int,
) -> Expected:
    """The option by itself; dollars are NaN where they are not known."""
    if option.name == OWN_ANSWER:
        return Expected(own_success(own), 0.0, 1.0)
    if option.function == ACCEPT:
        return Expected(_attempt_success(option, state, cards), 0.0, 0.0)
    card = cards.get(option.name)
    if card is None:
        latency_s = _STEP_LATENCY_S.get(option.name, _OTHER_STEP_LATENCY_S)
        return Expected(0.0, 0.0, latency_s)
    usual_s = _REMOTE_LATENCY_S if card.leaves_machine else _LOCAL_LATENCY_S
    latency_s = usual_s if card.latency_s is None else card.latency_s
    return Expected(own_success(card), _cost_usd(card, input_tokens), latency_s)


def _attempt_success(option: Option, state: State, cards: Mapping[str, ExpertCard]) -> float:
    """That of the expert who gave the attempt: the model judges what it says, and agreement."""
    turns = [turn for turn in state.turns if turn.observation and turn.observation.attempt]
    turn = turns[attempt_names(len(turns)).index(option.name)]
    card = cards.get(turn.slot or "")
    return own_success(card) if card else 0.0


def own_success(card: ExpertCard) -> float:
    """The chance that an answer of this expert is right."""
    if card.success_rate is not None:
        return card.success_rate
    price = card.price.output_usd_per_mtok if card.price else 0.0
    return min(0.95, 0.5 + 0.08 * math.log10(1 + 10 * price))


def _cost_usd(card: ExpertCard, input_tokens: int) -> float:
    if card.price is None:
        return math.nan
    output_tokens = round(card.reply_tokens or _REPLY_TOKENS)
    return card.price.cost_usd(input_tokens=input_tokens, output_tokens=output_tokens)


def _tokens_to_read(state: State) -> int:
    """The problem and what was gathered."""
    held = state.buffers
    chars = len(state.task.problem) + sum(map(len, (*held.documents, *held.attempts)))
    chars += sum(len(run.code) + len(run.output) for run in held.code_runs)
    return _REQUEST_TOKENS + chars // _CHARS_PER_TOKEN
