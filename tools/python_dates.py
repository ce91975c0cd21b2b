"""Calendar sums with dates as people write them.

Read are 3 March 2024, 3rd of March 2024, March 3, 2024, Sep 19 2024, 3 Mar '24, Sunday, 3 March
2024, 2024-03-03 and 03.03.2024. In digits alone the day comes first, 3/4/2024 is 3 April, unless
that cannot be: 4/13/2024 is 13 April. Dates are given back as "6 May 2025". Of two dates the one
without a year is the nearest on its side of the other: 28 December before 3 January 2025.
"""

# ruff: noqa: SIM905

from __future__ import annotations

import re
from datetime import date, timedelta

from tools.python_numbers import number

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_SAYS_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,? ")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_MONTH = r"([a-z]{3,9})\.?"
_DAY = r"(?:the )?(\d{1,2})(?:st|nd|rd|th)?\.?"
_YEAR = r"['’]?(\d{4}|\d{2})"
_DAY_MONTH = re.compile(rf"{_DAY}[ -]?(?:of )?{_MONTH},?[ -]?(?:of )?{_YEAR}")
_MONTH_DAY = re.compile(rf"{_MONTH} {_DAY},? {_YEAR}")
_THIS_CENTURY = 70
"""Years of two digits below this are of 2000, the others of 1900."""


def days_between(start: str, end: str) -> int:
    """From the one date to the other; below zero where the end is earlier."""
    last = date.today() if _lacks_year(end) else parse_date(end)
    first = _nearest(start, last, step=-1)
    return (_nearest(end, first, step=1) - first).days


def weekday(day: str) -> str:
    """Its name, such as Sunday."""
    return _WEEKDAYS[parse_date(day).weekday()]


def shift(
    day: str,
    days: str | float = 0,
    weeks: str | float = 0,
    months: str | float = 0,
    years: str | float = 0,
) -> str:
    """The date so much later, as "6 May 2025"; a weekday's name becomes another one.

    Months end where the month does: one month after 31 January is 28 February.
    """
    count = _whole(days, "days") + 7 * _whole(weeks, "weeks")
    num_months = _whole(months, "months") + 12 * _whole(years, "years")
    if day.strip().title() in _WEEKDAYS:
        return _later_weekday(day.strip().title(), count, num_months)
    try:
        found = _months_later(parse_date(day), num_months) + timedelta(days=count)
    except OverflowError as error:
        raise ValueError("the date is not between the years 1 and 9999") from error
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def age(born: str, on: str) -> int:
    """In full years, on that day."""
    birth, day = parse_date(born), parse_date(on)
    if day < birth:
        raise ValueError(f'"{on}" is before the birth on "{born}"')
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def is_leap(year: str | float) -> bool:
    """Whether it has 366 days."""
    count = _whole(year, "year")
    return count % 4 == 0 and (count % 100 != 0 or count % 400 == 0)


def parse_date(text: str) -> date:
    """The date that it says; raises ValueError where it is none or one without a year."""
    found = _year_month_day(_plain(text))
    try:
        if found:
            return date(*found)
    except ValueError as error:
        raise ValueError(f'there is no such day: "{text}"') from error
    raise ValueError(f'"{text}" is no date that is known: write it as 3 March 2024 or 2024-03-03')


def _plain(text: str) -> str:
    """In lower case, and without a weekday before it."""
    plain = " ".join(text.lower().split())
    return _SAYS_WEEKDAY.sub("", plain, count=1) if plain[:1].isalpha() else plain


def _lacks_year(text: str) -> bool:
    plain = _plain(text)
    return not _year_month_day(plain) and bool(_year_month_day(f"{plain} 2024"))


def _nearest(text: str, other: date, *, step: int) -> date:
    """The date; one without a year is the next (step 1) or the last (step -1) seen from `other`."""
    if not _lacks_year(text):
        return parse_date(text)
    found = parse_date(f"{text} {other.year}")
    if (found - other).days * step >= 0:
        return found
    return parse_date(f"{text} {other.year + step}")


def _year_month_day(text: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[3]), int(found[4])
    if found := _YEAR_LAST.fullmatch(text):
        day, month = int(found[1]), int(found[3])
        if month > 12 >= day:
            day, month = month, day
        return _full_year(found[4]), month, day
    if (found := _DAY_MONTH.fullmatch(text)) and (month := _month(found[2])):
        return _full_year(found[3]), month, int(found[1])
    if (found := _MONTH_DAY.fullmatch(text)) and (month := _month(found[1])):
        return _full_year(found[3]), month, int(found[2])
    return None


def _month(name: str) -> int:
    """Its number, 0 for none: any beginning of the name will do."""
    return next((n for n, month in enumerate(_MONTHS, 1) if month.lower().startswith(name)), 0)


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < _THIS_CENTURY else 1900)


def _months_later(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    if not 1 <= day.year + years <= 9999:
        raise ValueError("the date is not between the years 1 and 9999")
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + years, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _later_weekday(name: str, days: int, months: int) -> str:
    if months:
        raise ValueError(f"{name} is a weekday: it takes days and weeks only")
    return _WEEKDAYS[(_WEEKDAYS.index(name) + days) % 7]


def _whole(count: str | float, name: str) -> int:
    value = number(count)
    if value != int(value):
        raise ValueError(f"{name} must be a whole number, not {value}")
    return int(value)
