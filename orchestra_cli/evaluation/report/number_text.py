"""How a report writes a number: as few digits as its size deserves, and always its unit.

A figure that is not known is a dash, never a zero.
"""

from __future__ import annotations

from math import floor, log10

from orchestra_cli.evaluation.summary import Interval

UNKNOWN = "–"
_LEAST = 0.0001


def money(dollars: float) -> str:
    """`0 ¢`, `0.024 ¢`, `12.3 ¢`, `$1.24`."""
    if dollars < 0:
        return f"-{money(-dollars)}"
    cents = 100 * dollars
    if cents >= 99.95:
        return f"${dollars:,.2f}"
    if 0 < cents < _LEAST:
        return f"<{_LEAST:g} ¢"
    return f"{_sensible(cents)} ¢"


def price(dollars: float) -> str:
    """`$0.25`, `$15`: as price lists have it."""
    cents = f"${dollars:,.2f}"
    return cents.removesuffix(".00") if abs(round(dollars, 2) - dollars) < 1e-9 else f"${dollars:g}"


def percent(share: float) -> str:
    """`73.8`, without the sign: the heading has it."""
    return f"{100 * share:.1f}"


def whole_percent(share: float) -> str:
    """`32%`; a tenth is shown below one percent."""
    return f"{100 * share:.0f}%" if share >= 0.00995 or share <= 0 else f"{100 * share:.1f}%"


def seconds(value: float) -> str:
    """`0.012`, `3.10`, `125`: the heading has the unit."""
    return _sensible(value)


def milliseconds(value_s: float) -> str:
    """`0.31`, `12`: the heading has the unit."""
    return _sensible(1000 * value_s)


def amount(value: float) -> str:
    """`1.4`, `0.31`."""
    return f"{value:.2f}"


def count(value: float) -> str:
    """`1,024`."""
    return f"{value:,.0f}"


def half_width(interval: Interval) -> float:
    """What stands after ±."""
    return (interval.high - interval.low) / 2


def _sensible(value: float) -> str:
    """Three digits from one upwards, two below: `125`, `12.3`, `1.24`, `0.24`, `0.0024`."""
    size = abs(value)
    if size >= 99.95:
        return f"{value:,.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    if size >= 0.995:
        return f"{value:.2f}"
    if size < _LEAST:
        return "0"
    return f"{value:.{1 - floor(log10(size))}f}"
