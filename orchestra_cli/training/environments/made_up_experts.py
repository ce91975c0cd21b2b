"""Experts that exist only as cards: names, skills, prices and latencies of nobody.

They stand in the menu so that a policy learns when to ask them and when not. Their answers cannot
be had: what they say only looks like one, and for anything but an answer they cannot be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from orchestra_cli.training.environments.made_up_replies import made_up_reply
from tools.base import CallContext, JsonObject, Usage
from tools.experts import ExpertCard, ExpertFailedError, ExpertReply
from tools.prices import FREE, FlatPrice

OWN_MODEL = ExpertCard(
    name="embedded",
    model="embedded",
    skills="the model on this machine",
    price=FREE,
    leaves_machine=False,
)
"""The card of the weights that conduct, which answer where no expert is configured."""
_MOST = 4
_FIRST = ("al", "bre", "cor", "del", "er", "fen", "gal", "hal", "ir", "jun", "kel", "lor")
_SECOND = ("da", "mis", "nex", "ova", "pha", "quin", "ra", "sol", "tus", "vera", "wen", "zo")
_SIZES = ("", "-mini", "-large", "-7b", "-70b", "-pro", "-coder", "-2", "-flash", "-405b")
_SKILLS = (
    "",
    "small and fast: easy questions",
    "large: hard reasoning, code, mathematics",
    "broad knowledge",
    "careful long answers",
    "mathematics and physics",
    "programs and data",
    "law, history and literature",
    "cheap, often wrong",
    "strong at everything, slow",
)


class UnheardExpert:
    """An `Expert` that answers, as far as the run is concerned; its words are made up."""

    def __init__(self, card: ExpertCard, *, sought: Sequence[str] = ()) -> None:
        self.card = card
        self._sought = sought

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """At once; where documents hold what is `sought`, it is in the reply."""
        rng = Random(f"{self.card.name}/{context.question}")
        text = made_up_reply(context.question, context.buffers, rng, sought=self._sought)
        return ExpertReply(text, Usage(self.card.name))


class UnreachableExpert:
    """An `Expert` that fails whatever it is asked."""

    def __init__(self, card: ExpertCard) -> None:
        self.card = card

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """Raises, as for an endpoint that does not respond."""
        raise ExpertFailedError(f"{self.card.name}: cannot be reached")


def draw_cards(rng: Random) -> tuple[ExpertCard, ...]:
    """As often as not the own model alone, else 1 to 4 made-up ones of different names."""
    if rng.random() < 0.5:
        return (OWN_MODEL,)
    cards = [_draw_card(rng) for _ in range(rng.randint(1, _MOST))]
    return tuple({card.name: card for card in cards}.values())


def _draw_card(rng: Random) -> ExpertCard:
    name = rng.choice(_FIRST) + rng.choice(_SECOND) + rng.choice(_SIZES)
    input_usd = float(f"{10 ** rng.uniform(-1.3, 1.0):.2g}")
    price = FlatPrice(input_usd, float(f"{input_usd * rng.uniform(1, 6):.2g}"))
    return ExpertCard(
        name=name,
        model=name,
        skills=rng.choice(_SKILLS),
        price=price if rng.random() < 0.9 else None,
        latency_s=float(f"{10 ** rng.uniform(0, 1.8):.2g}") if rng.random() < 0.9 else None,
    )
