"""The table of RouteLLM's measures, ours beside published ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestra_cli.evaluation.figures.published_route_llm import PublishedRouter
from orchestra_cli.evaluation.report.number_text import UNKNOWN, half_width, percent
from orchestra_cli.evaluation.summary import Interval, Summary

PAIR_HEADINGS = ("router", "APGR", "CPT(50%)", "CPT(80%)", "whose")
PAIR_GUIDE = (
    "APGR is how much of the gap between the weak and the strong expert is recovered, averaged "
    "over all shares of strong calls: 0.5 is a coin's. CPT(50%) and CPT(80%) are the percentage "
    "of calls to the strong expert that recovers half or 80% of the gap: less is better. "
    "Published routers have what they were trained on behind their names."
)
_OURS = "this run"
_THEIRS = "published"


def pair_rows(
    summary: Summary, published: Sequence[PublishedRouter] = ()
) -> Iterator[tuple[str, ...]]:
    """Texts under `PAIR_HEADINGS`: ours, the best first, and below them the published ones."""
    for pair in sorted(summary.pairs, key=lambda pair: -pair.apgr.value):
        yield (
            pair.policy,
            f"{pair.apgr.value:.3f} ±{half_width(pair.apgr):.3f}",
            _with_noise(pair.cpt50),
            _with_noise(pair.cpt80),
            _OURS,
        )
    for figure in published:
        yield (
            f"{figure.router} ({figure.training})" if figure.training else figure.router,
            f"{figure.apgr:.3f}",
            percent(figure.cpt50),
            percent(figure.cpt80),
            _THEIRS,
        )


def pair_title(summary: Summary) -> str:
    """Which two experts the routers choose between."""
    names = dict.fromkeys(f"{pair.weak} and {pair.strong}" for pair in summary.pairs)
    return f"Routers between {', '.join(names) or 'two experts'}"


def published_sources(published: Sequence[PublishedRouter]) -> list[str]:
    """Where the published figures stand."""
    return [f"published: {source}" for source in dict.fromkeys(each.source for each in published)]


def _with_noise(interval: Interval | None) -> str:
    if interval is None:
        return UNKNOWN
    return f"{percent(interval.value)} ±{percent(half_width(interval))}"
