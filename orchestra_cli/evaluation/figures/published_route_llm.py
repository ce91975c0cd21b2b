"""RouteLLM's published figures; published_route_llm.toml says where each one stands."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PublishedRouter:
    """One line of their tables."""

    router: str
    training: str
    """What it was trained on; empty for the coin."""
    apgr: float
    cpt50: float
    cpt80: float
    source: str
    """The paper and the table in it."""


def published_routers(benchmark: str) -> tuple[PublishedRouter, ...]:
    """Of `mmlu` or `gsm8k`, in the paper's order; none of any other."""
    text = (files(__package__) / "published_route_llm.toml").read_text(encoding="utf-8")
    published = tomllib.loads(text)
    found = published["benchmarks"].get(benchmark)
    if found is None:
        return ()
    source = f"{published['source']}, {found['table']}"
    return tuple(PublishedRouter(**row, source=source) for row in found["rows"])
