"""The area under each curve of cost and accuracy, as texts under headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestra_cli.evaluation.report.lines import SEEN
from orchestra_cli.evaluation.report.number_text import UNKNOWN, half_width, money, percent
from orchestra_cli.evaluation.summary import Curve

CURVE_TITLE = "Over all budgets"
CURVE_GUIDE = (
    "A policy held to several shares of the strongest expert's cost is a curve. Its area is its "
    "mean accuracy over the dollars that all curves of the profile span, each doubling of the "
    "dollars counting alike."
)
CURVE_HEADINGS = ("policy", "area %", "from", "to", "under")


def curve_rows(curves: Sequence[Curve]) -> Iterator[tuple[str, ...]]:
    """One for each curve: by profile and variant as they came, the greatest area first."""
    settings = list(dict.fromkeys((each.profile, each.variant) for each in curves))
    for curve in sorted(curves, key=lambda each: _rank(each, settings)):
        area, dollars = curve.area, [cost for cost, _ in curve.points]
        yield (
            curve.policy,
            UNKNOWN if area is None else f"{percent(area.value)} ±{percent(half_width(area))}",
            money(min(dollars)) if dollars else UNKNOWN,
            money(max(dollars)) if dollars else UNKNOWN,
            curve.profile if curve.variant == SEEN else f"{curve.profile}, {curve.variant}",
        )


def _rank(curve: Curve, settings: list[tuple[str, str]]) -> tuple[int, float]:
    area = curve.area.value if curve.area else 0.0
    return settings.index((curve.profile, curve.variant)), -area
