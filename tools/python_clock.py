"""Sums with times of day as people write them: 8 am, 12.16 pm, 8:05pm, 20:15, 20h15, noon.

A day has 24 hours, whatever the clocks do; times are given back as "13:40".
"""

from __future__ import annotations

import re

from tools.python_numbers import number

_DAY_MIN = 24 * 60
_NAMED = {"noon": 720, "midday": 720, "12 noon": 720, "midnight": 0, "12 midnight": 0}
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2})(?::\d{2})?)?(?: ?h)? ?(?:(a|p)\.?m\.?|o['’]?clock|hrs?|uhr)?"
)


def minutes_between(start: str, end: str) -> int:
    """From the one time to the next such time: over midnight where the end is earlier."""
    return (parse_clock(end) - parse_clock(start)) % _DAY_MIN


def shift_time(time: str, hours: str | float = 0, minutes: str | float = 0) -> str:
    """The time of day so much later, or earlier where it is below zero."""
    moved = round(parse_clock(time) + 60 * number(hours) + number(minutes))
    return f"{moved // 60 % 24:02d}:{moved % 60:02d}"


def parse_clock(text: str) -> int:
    """Minutes after midnight; raises ValueError for what is no time of day."""
    plain = " ".join(text.lower().split())
    if plain in _NAMED:
        return _NAMED[plain]
    found = _CLOCK.fullmatch(plain)
    if found is None:
        raise ValueError(f'"{text}" is no time of day that is known: write it as 8:05 pm or 20:05')
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    is_real = 1 <= hour <= 12 if half else hour < 24 or (hour, minute) == (24, 0)
    if not is_real or minute > 59:
        raise ValueError(f'there is no such time of day: "{text}"')
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour % 24 * 60 + minute
