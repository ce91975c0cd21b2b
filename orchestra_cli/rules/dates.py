"""Calendar questions in words: days between dates, weekdays, so many days from a date, leap years.

Days that are named from today are worked out here; the program holds dates only. A date that does
not exist, or that two people read in two ways (03/04/2024), makes no calculation.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from orchestra_cli.rules.program import Calculation

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(calendar.day_name)
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:today|tomorrow|yesterday|now|christmas(?: day)?|new year(?:['’]?s(?: day)?)?|"
    rf"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}|"
    rf"(?:(?:{_WEEKDAY}),? )?(?:the )?{_DAY}(?: of)? (?:{_MONTH})\.?(?:,? [0-9]{{4}})?|"
    rf"(?:(?:{_WEEKDAY}),? )?(?:{_MONTH})\.? (?:the )?{_DAY}(?:,? [0-9]{{4}})?)"
)
_IMPORT = "from datetime import date, timedelta\n"
_DAYS_IN = {"day": 1, "week": 7, "fortnight": 14}
_UNIT = r"(?P<unit>days?|weeks?|fortnights?)"
_COUNT = r"(?P<n>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,6}|an?)"


@dataclass(frozen=True, slots=True)
class _Named:
    """A date as the user named it; without a year it is one in every year."""

    words: str
    month: int
    day: int
    year: int | None

    def nearest(self, year: int) -> date | None:
        """In the year named, else in that one; None where there is no such day."""
        try:
            return date(year if self.year is None else self.year, self.month, self.day)
        except ValueError:
            return None

    def from_on(self, start: date) -> date | None:
        """The first such date that is not before `start`."""
        if self.year is not None:
            return self.nearest(self.year)
        years = range(start.year, start.year + 9)  # 29 February is at most eight years away
        dates = (self.nearest(year) for year in years if year <= date.max.year)
        return next((day for day in dates if day and day >= start), None)


def find_date_calculation(text: str, today: date) -> Calculation | None:
    """The calendar question that this is, or None."""
    if not re.search(_CALENDAR_WORD, text, re.IGNORECASE):
        return None  # most questions, for which no pattern need be compiled
    for pattern, build in _FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            return build(match, today)
    return None


def _between(match: re.Match[str], today: date) -> Calculation | None:
    first, last = _parse(match["a"], today), _parse(match["b"], today)
    if first is None or last is None:
        return None
    start = first.nearest(last.year or today.year)
    end = start and last.from_on(start)
    if start and end and not first.year and start > end:  # from 20 December to 5 January 2025
        start = first.nearest(end.year - 1)
    if not start or not end:
        return None
    sentence = f"From {first.words} to {last.words} it is"
    return _span(min(start, end), max(start, end), match["unit"], sentence)


def _until(match: re.Match[str], today: date) -> Calculation | None:
    named = _parse(match["b"], today)
    day = named and named.from_on(today)
    if not named or not day or day < today:
        return None
    return _span(today, day, match.groupdict()["unit"], f"Until {named.words} it is")


def _since(match: re.Match[str], today: date) -> Calculation | None:
    named = _parse(match["b"], today)
    day = named and named.nearest(today.year)
    if not named or not day or day > today:
        return None
    return _span(day, today, match["unit"], f"Since {named.words} it has been")


def _span(start: date, end: date, unit: str | None, sentence: str) -> Calculation:
    """The days or weeks between two dates."""
    unit = (unit or "day").rstrip("s").lower()
    per_unit = _DAYS_IN[unit]
    days = f"({_python(end)} - {_python(start)}).days"
    code = days if per_unit == 1 else f"{days} / {per_unit}"
    plural = "" if (end - start).days == per_unit else "s"
    sentence = f"{sentence} {{result}} {unit}{plural}."
    return Calculation(_IMPORT + code, sentence, num_decimals=2)


def _weekday(match: re.Match[str], today: date) -> Calculation | None:
    named = _parse(match["b"], today)
    day = named and named.nearest(today.year)
    if not named or not day:
        return None
    verb = "was" if day < today else "is"
    code = f"{_IMPORT}print(f'{{{_python(day)}:%A}}')"
    return Calculation(code, f"{_capital(named.words)} {verb} a {{result}}.")


def _shifted(match: re.Match[str], today: date) -> Calculation | None:
    groups = match.groupdict()
    named = _parse(groups.get("b") or "today", today)
    day = named and named.nearest(today.year)
    if not named or not day:
        return None
    unit = match["unit"].rstrip("s").lower()
    count = 1 if match["n"].lower() in ("a", "an") else int(match["n"].replace(",", ""))
    way = (groups.get("way") or "").lower()
    is_back = way in ("before", "prior to", "ago")
    days = count * _DAYS_IN[unit] * (-1 if is_back else 1)
    try:
        day + timedelta(days=days)
    except OverflowError:
        return None
    sign = "-" if is_back else "+"
    where = f"{'before' if is_back else 'after'} {named.words}"
    code = (
        f"{_IMPORT}day = {_python(day)} {sign} timedelta(days={abs(days)})\n"
        "print(f'{day:%A} {day.day} {day:%B} {day.year}')"
    )
    amount = f"{count:,} {unit}{'' if count == 1 else 's'}"
    return Calculation(code, f"{amount} {where} is {{result}}.")


def _today(match: re.Match[str], today: date) -> Calculation:
    code = (
        f"{_IMPORT}day = {_python(today)}\nprint(f'{{day:%A}} {{day.day}} {{day:%B}} {{day.year}}')"
    )
    return Calculation(code, "Today is {result}.")


def _leap_year(match: re.Match[str], today: date) -> Calculation | None:
    year = int(match["year"])
    if not 1 <= year < date.max.year:
        return None
    days = f"({_python(date(year + 1, 1, 1))} - {_python(date(year, 1, 1))}).days"
    code = f"{_IMPORT}days = {days}\nprint('a leap year' if days == 366 else 'not a leap year')"
    return Calculation(code, f"{year} {'was' if year < today.year else 'is'} {{result}}.")


def _python(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _parse(text: str, today: date) -> _Named | None:
    """The date that the words name; None for one that cannot be."""
    words = text.lower()
    for name, days in (("today", 0), ("now", 0), ("tomorrow", 1), ("yesterday", -1)):
        if words == name:
            day = today + timedelta(days=days)
            return _Named(words.replace("now", "today"), day.month, day.day, day.year)
    if words.startswith("christmas"):
        return _Named("Christmas", 12, 25, None)
    if words.startswith("new year"):
        return _Named("New Year's Day", 1, 1, None)
    numbers = [int(number) for number in re.findall("[0-9]+", words)]
    if re.match("[0-9]{4}-", words):
        year, month, day_of_month = numbers
        named = _Named(text, month, day_of_month, year)
    else:
        month = next(_MONTHS[w] for w in re.findall("[a-z]+", words) if w in _MONTHS)
        named = _Named(text, month, numbers[0], numbers[1] if len(numbers) > 1 else None)
    is_real = named.from_on(today)
    return named if is_real else None


_Build = Callable[[re.Match[str], date], Calculation | None]
_HOW_MANY = rf"(?:number of |how many |count (?:the )?)?{_UNIT}"
_WHICH = r"(?:what |which )?(?:the )?(?:date |day )(?:(?:is|was|will)(?: it| that)?(?: be)? )?"
_CALENDAR_WORD = r"\b(?:days?|weekday|weeks?|fortnights?|date|today|leap|how long)\b"
_FORMS: tuple[tuple[str, _Build], ...] = (
    (
        r"date(?: is it)?(?: today| is today)?"
        r"|(?:what )?(?:date|day) (?:is it|is today|is it today|today)"
        r"|day of the week is it(?: today)?|today(?:['’]s date)?",
        _today,
    ),
    (
        rf"{_HOW_MANY} (?:are (?:there )?|were (?:there )?|is it |have passed |passed |lie )?"
        rf"(?:between|from) (?P<a>{_DATE}) (?:and|to|until|till) (?P<b>{_DATE})",
        _between,
    ),
    (
        rf"{_HOW_MANY} (?:are (?:there |left )?|is it |left |remain )?"
        rf"(?:until|till|to|before) (?P<b>{_DATE})",
        _until,
    ),
    (rf"how long (?:is it )?(?:until|till) (?P<b>{_DATE})", _until),
    (
        rf"{_HOW_MANY} (?:is it |has it been |have passed |passed )?since (?P<b>{_DATE})",
        _since,
    ),
    (
        r"(?:(?:on )?(?:which |what )?(?:day|weekday)(?: of the week)? "
        r"(?:is|was|will|does|did|do)(?: it)?(?: on)?"
        r"|(?:day|weekday)(?: of the week)? (?:is|was|on|for)) "
        rf"(?P<b>{_DATE})(?: be| fall on| fall| land on)?",
        _weekday,
    ),
    (
        rf"(?:{_WHICH})?{_COUNT} {_UNIT} (?P<way>after|from|before|prior to) (?P<b>{_DATE})",
        _shifted,
    ),
    (rf"{_WHICH}in {_COUNT} {_UNIT}", _shifted),
    (
        rf"in {_COUNT} {_UNIT},? (?:what |which )?(?:date|day) (?:is|will)(?: it)?(?: be)?",
        _shifted,
    ),
    (rf"{_WHICH}{_COUNT} {_UNIT} (?P<way>ago)", _shifted),
    (r"(?:is|was|will) (?P<year>[0-9]{4}) (?:be )?a leap year", _leap_year),
)
