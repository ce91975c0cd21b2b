"""Dates and times of day as gaps, in the forms people write; programs hold the same words."""

# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from orchestra_cli.training.tool_tasks.slots import Draw, Said, Slot

MONTHS = (
    "January February March April May June July August September October November December"
).split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_START = date(1995, 1, 1)


def date_text(day: date, form: int) -> str:
    """In one of the forms."""
    month = MONTHS[day.month - 1]
    forms = (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        day.isoformat(),
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        f"{day.day}{ordinal(day.day)} {month} {day.year}",
        f"{month} {day.day}{ordinal(day.day)}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{month[:3]} {day.day} {day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"the {day.day}{ordinal(day.day)} of {month} {day.year}",
    )
    return forms[form % len(forms)]


def ordinal(number: int) -> str:
    """st, nd, rd or th."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def clock_text(minutes: int, form: int) -> str:
    """A time of day."""
    hour, minute = divmod(minutes, 60)
    half, short = ("am" if hour < 12 else "pm"), hour % 12 or 12
    forms = (
        f"{hour:02d}:{minute:02d}",
        f"{hour}:{minute:02d}",
        f"{short}:{minute:02d} {half}",
        f"{short}:{minute:02d}{half}",
        f"{short}.{minute:02d} {half}",
        f"{hour}.{minute:02d}" if hour > 12 else f"{hour:02d}:{minute:02d}",
    )
    return f"{short} {half}" if minute == 0 and form % 6 in (2, 3, 4) else forms[form % 6]


def _dated(day: date, draw: Draw) -> Said:
    text = date_text(day, draw.date_form)
    return Said(text, f'"{text}"', day.toordinal())


def _between(first: date, days: int) -> Slot:
    return lambda draw: _dated(first + timedelta(days=draw.rng.randint(0, days)), draw)


def _clock(low: int, high: int) -> Slot:
    """Between two full hours."""

    def draw_clock(draw: Draw) -> Said:
        step = draw.rng.choice((1, 5, 5, 15))
        minutes = step * draw.rng.randint(low * 60 // step, (high * 60 - 1) // step)
        text = clock_text(minutes, draw.date_form)
        return Said(text, f'"{text}"', minutes)

    return draw_clock


def _length(draw: Draw) -> Said:
    """Some hours and minutes."""
    minutes = draw.rng.choice((*range(15, 300, 5), 7, 12, 38, 47, 52, 83, 97, 128, 145, 195))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return Said(f"{rest} minutes", str(rest), minutes)
    forms = [f"{hours} h {rest} min", f"{hours} hours {rest} minutes", f"{hours}h{rest:02d}"]
    forms += [f"{minutes} minutes"] if minutes < 130 else []
    code = f"{hours} * 60 + {rest}"
    chosen = draw.rng.choice(forms if rest else [f"{hours} hours", f"{hours} h"])
    chosen = chosen.replace("1 hours", "1 hour") if hours == 1 else chosen
    return Said(chosen, code if str(minutes) not in chosen else str(minutes), minutes)


def _moved(*, sign: str) -> Slot:
    """A length of time as `shift_time` takes it."""

    def draw_moved(draw: Draw) -> Said:
        said = _length(draw)
        names = ("hours", "minutes") if "*" in said.code else ("minutes",)
        counts = zip(names, said.code.replace(" * 60", "").split(" + "), strict=True)
        parts = [f"{name}={sign}{count}" for name, count in counts if count != "0"]
        return Said(said.text, ", ".join(parts), said.value)

    return draw_moved


def _weekday(draw: Draw) -> Said:
    place = draw.rng.randrange(7)
    return Said(WEEKDAYS[place], f'"{WEEKDAYS[place]}"', place)


DATE_SLOTS: Mapping[str, Slot] = {
    "date": _between(_START, 14_000),
    "near": _between(date(2023, 1, 1), 1_300),
    "birth": _between(date(1938, 1, 1), 27_000),
    "recent": _between(date(2023, 1, 1), 1_400),
    "morning": _clock(5, 12),
    "evening": _clock(12, 23),
    "clock": _clock(0, 24),
    "length": _length,
    "later": _moved(sign=""),
    "earlier": _moved(sign="-"),
    "weekday": _weekday,
}
