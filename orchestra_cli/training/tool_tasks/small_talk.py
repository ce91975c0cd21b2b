"""What the policy answers by itself: greetings, thanks, and what it is.

Replies are short and honest: it is orchestra, a small model on this machine that calls tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from orchestra_cli.training.tool_tasks.more_talks import MORE_TALK
from orchestra_cli.training.tool_tasks.talks import TALKS
from orchestra_cli.training.tool_tasks.template import every, spun


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange."""

    said: str
    reply: str
    accepted: tuple[str, ...]
    """Every reply that would do."""


def draw_talk(rng: Random) -> Exchange:
    """Any of them."""
    talk = rng.choice((*TALKS, *MORE_TALK))
    accepted = every(talk.replies)
    return Exchange(_typed(spun(talk.says, rng), rng), rng.choice(accepted), accepted)


def _typed(said: str, rng: Random) -> str:
    if rng.random() < 0.45:
        said = said[:1].upper() + said[1:]
    end = rng.choice(("", "", "!", ".", "!!", " :)"))
    return said if said[-1:] in "?!." else said + end
