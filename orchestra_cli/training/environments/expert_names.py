"""Names of experts that say nothing of the experts: a policy must read the card."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_OWN = 0.4
_STEMS = [
    "alder", "atlas", "beacon", "birch", "cobalt", "comet", "delta", "ember", "falcon", "garnet",
    "harbor", "iris", "juniper", "kestrel", "lumen", "maple", "nimbus", "onyx", "orchid", "pine",
    "quartz", "raven", "sable", "tern", "umber", "vega", "willow", "yarrow", "zephyr",
]  # fmt: skip
_ENDINGS = ("", "", "-mini", "-large", "-7b", "-70b", "-pro", "-2", "-4", "-turbo", "-v3", "-xl")


def draw_names(own: Sequence[str], rng: Random) -> list[str]:
    """One for each, all different: their own, each other's, or made-up ones."""
    kind = rng.random()
    if kind < _OWN:
        return [_short(name) for name in own] if len(set(map(_short, own))) == len(own) else [*own]
    if kind < _OWN + 0.2:
        return rng.sample(list(own), k=len(own))
    return [stem + rng.choice(_ENDINGS) for stem in rng.sample(_STEMS, k=len(own))]


def _short(name: str) -> str:
    """Without the owner before it and the date behind."""
    return name.rpartition("/")[2].partition("(")[0].partition("@")[0].lower()
