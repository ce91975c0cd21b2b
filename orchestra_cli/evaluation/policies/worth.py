"""What asking an expert is expected to be worth: one line for every policy that weighs money.

    score(e) = gain · p(e) − rate · $(e) + extra(e)

Under a profile these are dollars, and the same as `prefs.steering.utility_usd`, which is linear in
the chance p and the dollars $; `extra` holds the seconds and the expert's own weight. At a share of
the strongest expert's cost, gain is 1, extra is 0, and rate is whatever keeps to that share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from orchestra_cli.policy import Task
from orchestra_cli.run import ANSWER
from prefs.profile import Profile
from prefs.steering import Candidate, utility_usd
from tools.experts import ExpertCard
from tools.prices import Price

CHARS_PER_TOKEN = 4
_REPLY_TOKENS = 400
"""Where no expert's replies were ever measured."""


@dataclass(frozen=True, slots=True)
class Worth:
    """The weights of the formula."""

    gain: float
    rate: float
    extra: tuple[float, ...]
    """By expert, for each call of it."""

    @classmethod
    def under(cls, profile: Profile, cards: Sequence[ExpertCard]) -> Worth:
        """As the profile has it. Unknown seconds count as the mean of the known ones."""
        known = [card.latency_s for card in cards if card.latency_s is not None]
        usual_s = fmean(known) if known else 0.0

        def utility(success: float, cost_usd: float, card: ExpertCard | None) -> float:
            latency_s, weight = 0.0, None
            if card is not None:
                latency_s = usual_s if card.latency_s is None else card.latency_s
                weight = profile.preference.tool_weight(ANSWER, card.model, card.name)
            candidate = Candidate("", 1.0, success, cost_usd, latency_s, weight)
            return utility_usd(candidate, profile.preference, profile.worth)

        return cls(
            gain=utility(1.0, 0.0, None),
            rate=-utility(0.0, 1.0, None),
            extra=tuple(utility(0.0, 0.0, card) for card in cards),
        )

    @classmethod
    def at_rate(cls, rate: float, num_experts: int) -> Worth:
        """What a dollar must buy in right answers."""
        return cls(1.0, rate, (0.0,) * num_experts)


@dataclass(frozen=True, slots=True)
class ExpectedCost:
    """Dollars of a call before it is made: the question's length, a usual reply, the card's price.

    `scales` are what calls really cost on train rows over what was expected there: a question is
    not all that an expert is sent.
    """

    prices: tuple[Price | None, ...]
    reply_tokens: tuple[int, ...]
    scales: tuple[float, ...]

    @classmethod
    def by(cls, cards: Sequence[ExpertCard]) -> ExpectedCost:
        """From what the cards say."""
        known = [card.reply_tokens for card in cards if card.reply_tokens is not None]
        usual = fmean(known) if known else _REPLY_TOKENS
        replies = (usual if card.reply_tokens is None else card.reply_tokens for card in cards)
        return cls(
            prices=tuple(card.price for card in cards),
            reply_tokens=tuple(round(tokens) for tokens in replies),
            scales=(1.0,) * len(cards),
        )

    def of(self, task: Task) -> list[float]:
        """By expert. A price that nobody knows is taken for the highest at hand."""
        return self.of_chars(len(task.problem))

    def of_chars(self, num_chars: int) -> list[float]:
        """For a question of this length."""
        read = num_chars // CHARS_PER_TOKEN
        costs = [
            price.cost_usd(input_tokens=read, output_tokens=reply) * scale if price else None
            for price, reply, scale in zip(self.prices, self.reply_tokens, self.scales, strict=True)
        ]
        known = [cost for cost in costs if cost is not None]
        if len(known) == len(costs):
            return known
        dearest = max(known, default=0.0)
        return [dearest if cost is None else cost for cost in costs]
