"""Experts in the order in which it pays to ask them first, under a profile, by their cards.

Who conducts in the brief style finds them in this order: `answer-1` is where to begin where nothing
speaks against it, and what speaks against it is in the question.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestra_cli.cascade.plan import Plan, Prospect
from orchestra_cli.expectations import own_success
from prefs.profile import Profile
from prefs.steering import Candidate, Worth, utility_usd
from prefs.vector import PreferenceVector
from tools.experts import Expert, ExpertCard

_USUAL_QUESTION_TOKENS, _USUAL_REPLY_TOKENS = 250, 400
_USUAL_CHOICES = 10


def in_asking_order(experts: Sequence[Expert], profile: Profile) -> list[Expert]:
    """The best to ask first at the front; those that are even keep their order."""
    if len(experts) < 2:
        return list(experts)
    prospects = prospects_of([expert.card for expert in experts], profile)
    return [experts[at] for at in asking_order(prospects)]


def prospects_of(cards: Sequence[ExpertCard], profile: Profile) -> list[Prospect]:
    """By their cards alone. A price that nobody knows is taken for the highest at hand."""
    costs = [usual_cost_usd(card) for card in cards]
    dearest = max((cost for cost in costs if cost is not None), default=0.0)
    return [
        prospect(
            card,
            profile.preference,
            profile.worth,
            success=own_success(card),
            cost_usd=dearest if cost is None else cost,
        )
        for card, cost in zip(cards, costs, strict=True)
    ]


def asking_order(prospects: Sequence[Prospect], *, num_answers: int = _USUAL_CHOICES) -> list[int]:
    """Their indexes, the best first; where all that is free is asked anyway, the surest."""
    values = Plan(prospects, num_answers=num_answers).asking(())
    return sorted(values, key=lambda at: (-round(values[at], 9), -prospects[at].success))


def usual_cost_usd(card: ExpertCard) -> float | None:
    """Of a usual call; None where no price is known."""
    if card.price is None:
        return None
    reply_tokens = round(card.reply_tokens or _USUAL_REPLY_TOKENS)
    return card.price.cost_usd(input_tokens=_USUAL_QUESTION_TOKENS, output_tokens=reply_tokens)


def prospect(
    card: ExpertCard,
    preference: PreferenceVector,
    worth: Worth,
    *,
    success: float,
    cost_usd: float,
) -> Prospect:
    """In right answers, by the dollars of `prefs.steering`."""
    right_usd = max(preference.accuracy, 0.01) * worth.right_answer_usd

    def of(cost_usd: float, latency_s: float, weight: float | None) -> float:
        spent = Candidate("", 1.0, 0.0, cost_usd, latency_s, weight)
        return utility_usd(spent, preference, worth) / right_usd

    liking = of(0.0, 0.0, preference.tool_weight(card.model, card.name))
    return Prospect(
        success=success,
        price=-of(cost_usd, card.latency_s or 0.0, None) + max(0.0, -liking),
        liking=max(0.0, liking),
        cost_usd=cost_usd,
        latency_s=card.latency_s or 0.0,
    )
