"""Calendar questions in words: differences, weekdays, and so many days from a date."""

from __future__ import annotations

import re
from collections.abc import Callable

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = (
    r"(?:today|tomorrow|yesterday|now|christmas(?: day)?|new year'?s day|"
    r"\d{4}-\d{1,2}-\d{1,2}|"
    rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})\.?(?:,? \d{{4}})?|"
    rf"(?:{_MONTH})\.? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?)"
)
_SPAN = {"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14}


def find_date_calculation(text: str) -> tuple[str, str] | None:
    """(program, sentence with `{result}`) for a calendar question, or None."""
    for pattern, build in _FORMS:
        match = re.fullmatch(pattern, text, re.IGNORECASE)
        if match:
            return build(match)
    return None


def _between(match: re.Match[str]) -> tuple[str, str] | None:
    first, last = _expression(match["a"]), _expression(match["b"])
    unit = match["unit"].lower()
    if first is None or last is None:
        return None
    days = f"({last} - {first}).days"
    amount = f"abs({days})" if unit.startswith("day") else f"round(abs({days}) / 7, 2)"
    sentence = f"From {match['a']} to {match['b']} there are {{result}} {unit}."
    return f"{_IMPORT}print({amount})", sentence


def _until(match: re.Match[str]) -> tuple[str, str] | None:
    day = _expression(match["b"], future=True)
    if day is None:
        return None
    amount = f"({day} - date.today()).days"
    return f"{_IMPORT}print({amount})", f"There are {{result}} days until {match['b']}."


def _weekday(match: re.Match[str]) -> tuple[str, str] | None:
    day = _expression(match["b"])
    if day is None:
        return None
    sentence = f"{match['b'][0].upper()}{match['b'][1:]}: {{result}}."
    return f"{_IMPORT}d = {day}\n{_NAMES}print(names[d.weekday()])", sentence


def _shifted(match: re.Match[str]) -> tuple[str, str] | None:
    day = _expression(match["b"])
    if day is None:
        return None
    days = int(match["n"].replace(",", "")) * _SPAN[match["unit"].lower()]
    backwards = match["way"].lower() in ("before", "ago", "prior to")
    sign = "-" if backwards else "+"
    words = " ".join(match.group("n", "unit", "way"))
    code = f"{_IMPORT}d = {day} {sign} timedelta(days={days})\n{_NAMES}{_PRINT_LONG}"
    return code, f"{words} {match['b']}: {{result}}."


def _relative(match: re.Match[str]) -> tuple[str, str] | None:
    days = int(match["n"].replace(",", "")) * _SPAN[match["unit"].lower()]
    sign = "-" if match["ago"] else "+"
    code = f"{_IMPORT}d = date.today() {sign} timedelta(days={days})\n{_NAMES}{_PRINT_LONG}"
    words = " ".join(match.group("n", "unit"))
    return code, f"{words} {'ago' if match['ago'] else 'from today'}: {{result}}."


_IMPORT = "from datetime import date, timedelta\n"
_NAMES = "names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']\n"
_PRINT_LONG = "print(names[d.weekday()], d.isoformat())"
_UNIT = r"(?P<unit>days?|weeks?)"
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], tuple[str, str] | None]], ...] = (
    (
        rf"(?:number of |how many )?{_UNIT} (?:are (?:there )?|were (?:there )?)?"
        rf"(?:between|from) (?P<a>{_DATE}) (?:and|to|until|till) (?P<b>{_DATE})",
        _between,
    ),
    (
        rf"(?:number of |how many )?(?:days) (?:are (?:there |left )?|is it |remain )?"
        rf"(?:until|till|to|before) (?P<b>{_DATE})",
        _until,
    ),
    (
        r"(?:(?:which |what )?(?:day|weekday)(?: of the week)? (?:is|was|will|does|did)"
        r"(?: it)?(?: on)?"
        r"|(?:day|weekday) of the week (?:is|was|on|for)|on what day (?:of the week )?(?:is|was)) "
        rf"(?P<b>{_DATE})(?: be| fall on| fall)?",
        _weekday,
    ),
    (
        rf"(?:(?:what |which )?(?:date|day) (?:is|was|will be|comes?)(?: it)? )?(?P<n>\d[\d,]*) "
        rf"{_UNIT} (?P<way>after|from|before|prior to) (?P<b>{_DATE})",
        _shifted,
    ),
    (
        rf"(?:(?:what |which )?(?:date|day) (?:is|was|will be|will it be|was it)(?: it)? )?(?:in )?"
        rf"(?P<n>\d[\d,]*) {_UNIT}(?P<ago> ago)?",
        _relative,
    ),
    (r"(?P<b>today)'?s date|(?:date|day)(?: is it)?(?: today| is today)?", lambda match: _today()),
)


def _today() -> tuple[str, str]:
    return f"{_IMPORT}d = date.today()\n{_NAMES}{_PRINT_LONG}", "Today is {result}."


def _expression(text: str, *, future: bool = False) -> str | None:
    """A date as Python; a date without a year is this year's, or the next to come."""
    words = text.lower().replace(",", " ").replace(".", " ").removeprefix("the ")
    named = {
        "today": "date.today()",
        "now": "date.today()",
        "tomorrow": "(date.today() + timedelta(days=1))",
        "yesterday": "(date.today() - timedelta(days=1))",
    }
    if words in named:
        return named[words]
    if words.startswith("christmas"):
        words = "25 december"
    if words.startswith("new year"):
        words = "1 january"
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words)
    if iso:
        year, month, day = map(int, iso.groups())
        return f"date({year}, {month}, {day})"
    numbers = [int(n) for n in re.findall(r"\d+", words)]
    month_name = next((w for w in re.findall(r"[a-z]+", words) if w in _MONTHS), None)
    if month_name is None or not numbers:
        return None
    day, month = numbers[0], _MONTHS[month_name]
    if len(numbers) > 1:
        return f"date({numbers[1]}, {month}, {day})"
    this_year = f"date(date.today().year, {month}, {day})"
    if not future:
        return this_year
    next_year = f"date(date.today().year + 1, {month}, {day})"
    return f"({this_year} if {this_year} >= date.today() else {next_year})"
