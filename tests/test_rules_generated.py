"""What the rules compute is right, and any text is read soon and without error.

Every program runs in the real python tool; the expected results are worked out another way: by
fractions, by ordinals, by Gauss's rule, by the definitions of the units.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

import pytest
from calculations import TODAY, answer, result
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.rules.calculation import find_calculation
from tools.base import ToolError
from tools.python import PythonTool


@pytest.fixture(scope="module")
def tool() -> Iterator[PythonTool]:
    python = PythonTool()
    yield python
    python.close()


decimals = st.decimals(-10_000, 10_000, places=3).map(lambda d: f"{d:f}")
amounts = st.decimals(0, 100_000, places=2).map(lambda d: f"{d:f}")


def close(shown: str, expected: Fraction) -> bool:
    """Whether the shown number is the expected one, to ten digits or ten places."""
    got = Fraction(shown.replace(",", "").removeprefix("about "))
    return abs(got - expected) <= max(Fraction(1, 10**9), abs(expected) / 10**10)


@given(
    terms=st.lists(st.integers(0, 10**6), min_size=2, max_size=6),
    operators=st.lists(st.sampled_from(["+", "-", "*"]), min_size=5, max_size=5),
    words=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_whole_numbers_are_exact(
    tool: PythonTool, terms: list[int], operators: list[str], words: bool
) -> None:
    names = {"+": "plus", "-": "minus", "*": "times"}
    products, signs = [terms[0]], [1]
    question = f"{terms[0]:,}"
    for operator, term in zip(operators, terms[1:], strict=False):
        question += f" {names[operator] if words else operator} {term:,}"
        if operator == "*":
            products[-1] *= term
        else:
            products.append(term)
            signs.append(1 if operator == "+" else -1)
    total = sum(sign * product for sign, product in zip(signs, products, strict=True))
    assert result(tool, f"What is {question}?") == f"{total:,}"


@given(a=decimals, b=decimals, operator=st.sampled_from(["+", "-", "*", "/"]))
@settings(max_examples=200, deadline=None)
def test_decimals_are_right(tool: PythonTool, a: str, b: str, operator: str) -> None:
    x, y = Fraction(a), Fraction(b)
    if operator == "/" and y == 0:
        return
    expected = {"+": x + y, "-": x - y, "*": x * y, "/": x / y if y else x}[operator]
    assert close(result(tool, f"calculate {a} {operator} {b}"), expected)


@given(percent=amounts, amount=amounts)
@settings(max_examples=100, deadline=None)
def test_percentages_are_right(tool: PythonTool, percent: str, amount: str) -> None:
    p, a = Fraction(percent), Fraction(amount)
    assert close(result(tool, f"What is {percent}% of {amount}?"), p * a / 100)
    assert close(result(tool, f"increase {amount} by {percent} percent"), a * (100 + p) / 100)
    assert close(result(tool, f"{percent}% off {amount}"), a * (100 - p) / 100)
    if a:
        assert close(result(tool, f"what percentage of {amount} is {percent}"), p * 100 / a)


@given(numbers=st.lists(amounts, min_size=2, max_size=8))
@settings(max_examples=100, deadline=None)
def test_lists_are_right(tool: PythonTool, numbers: list[str]) -> None:
    spoken = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    total = sum(map(Fraction, numbers), Fraction())
    assert close(result(tool, f"what is the sum of {spoken}?"), total)
    assert close(result(tool, f"the average of {spoken}"), total / len(numbers))


EXACT_FACTORS = {
    # definitions, by international agreement
    ("inches", "cm"): Fraction("2.54"),
    ("feet", "inches"): Fraction(12),
    ("yards", "feet"): Fraction(3),
    ("miles", "yards"): Fraction(1760),
    ("nautical miles", "m"): Fraction(1852),
    ("pounds", "ounces"): Fraction(16),
    ("stone", "pounds"): Fraction(14),
    ("pounds", "g"): Fraction("453.59237"),
    ("gallons", "quarts"): Fraction(4),
    ("quarts", "pints"): Fraction(2),
    ("pints", "cups"): Fraction(2),
    ("cups", "fluid ounces"): Fraction(8),
    ("cups", "tablespoons"): Fraction(16),
    ("tablespoons", "teaspoons"): Fraction(3),
    ("imperial gallons", "imperial pints"): Fraction(8),
    ("imperial gallons", "litres"): Fraction("4.54609"),
    ("weeks", "hours"): Fraction(168),
    ("km/h", "m/s"): Fraction(1000, 3600),
    ("knots", "km/h"): Fraction("1.852"),
    ("mph", "km/h"): Fraction("1.609344"),
    ("TiB", "GiB"): Fraction(1024),
    ("megabytes", "megabits"): Fraction(8),
    ("acres", "square feet"): Fraction(43560),
    ("hectares", "square metres"): Fraction(10_000),
}


@pytest.mark.parametrize(("units", "factor"), EXACT_FACTORS.items(), ids=str)
@given(amount=amounts)
@settings(max_examples=10, deadline=None)
def test_conversions_are_right(
    tool: PythonTool, units: tuple[str, str], factor: Fraction, amount: str
) -> None:
    source, target = units
    for question, expected in (
        (f"{amount} {source} in {target}", Fraction(amount) * factor),
        (f"How many {source} are in {amount} {target}?", Fraction(amount) / factor),
    ):
        got = Fraction(result(tool, question).replace(",", ""))
        assert abs(got - expected) <= max(Fraction(1, 10**6), expected / 10**8)


@given(degrees=st.decimals(-400, 5000, places=1).map(lambda d: f"{d:f}"))
@settings(max_examples=50, deadline=None)
def test_temperatures_are_right(tool: PythonTool, degrees: str) -> None:
    exact = Fraction(degrees)
    for question, expected in (
        (f"{degrees} celsius to fahrenheit", exact * 9 / 5 + 32),
        (f"convert {degrees}°F to °C", (exact - 32) * 5 / 9),
        (f"what is {degrees} K in F", (exact - Fraction("273.15")) * 9 / 5 + 32),
    ):
        assert abs(Fraction(result(tool, question).replace(",", "")) - expected) < Fraction("1e-6")


days = st.dates(date(1583, 1, 1), date(2400, 12, 31))
spellings = st.sampled_from(
    ["{d:%Y}-{d:%m}-{d:%d}", "{d.day} {d:%B} {d:%Y}", "{d:%b} {d.day}, {d:%Y}"]
)


@given(first=days, last=days, spelling=spellings, other=spellings)
@settings(max_examples=100, deadline=None)
def test_days_between_are_right(
    tool: PythonTool, first: date, last: date, spelling: str, other: str
) -> None:
    question = f"How many days between {spelling.format(d=first)} and {other.format(d=last)}?"
    expected = abs(last.toordinal() - first.toordinal())
    assert result(tool, question) == f"{expected:,}"


@given(day=days, spelling=spellings)
@settings(max_examples=100, deadline=None)
def test_weekdays_are_right(tool: PythonTool, day: date, spelling: str) -> None:
    names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    month = (day.month - 3) % 12 + 1  # Gauss's rule, which begins the year in March
    year = day.year - (month > 10)
    century, rest = divmod(year, 100)
    weekday = (day.day + (13 * month - 1) // 5 + rest + rest // 4 + century // 4 - 2 * century) % 7
    got = result(tool, f"What weekday is {spelling.format(d=day)}?")
    assert got == names[weekday]


@given(day=days, n=st.integers(0, 9999), unit=st.sampled_from([("days", 1), ("weeks", 7)]))
@settings(max_examples=100, deadline=None)
def test_shifted_dates_are_right(
    tool: PythonTool, day: date, n: int, unit: tuple[str, int]
) -> None:
    later = day + timedelta(days=n * unit[1])
    got = result(tool, f"What date is {n} {unit[0]} after {day.isoformat()}?")
    assert got == f"{later:%A} {later.day} {later:%B} {later.year}"


def test_a_date_out_of_the_calendar_is_not_claimed() -> None:
    for question in (
        "999,999 weeks after today",
        "what day is 9999-12-32",
        "what day is 0000-01-01",
    ):
        assert find_calculation(question, today=TODAY) is None


def test_the_29th_of_february_without_a_year(tool: PythonTool) -> None:
    assert answer(tool, "how many days until 29 February?") == "Until 29 February it is 1,021 days."
    assert find_calculation("What weekday is 29 February?", today=TODAY) is None


@pytest.mark.parametrize(
    "question",
    [
        "9**9**9",
        "9^9^9^9",
        "what is 10**100000",
        "100000!",
        "1000000000 factorial",
        "2.5 ** 100000",
        "1 / 0",
        "square root of (2 - 3)",
        "99999999 to the power of 99999999",
        "-" * 250 + "1 + 1",
        "(" * 80 + "1" + ")" * 80 + " + 1",
        "+".join(["1"] * 150),
        "*".join(["99999"] * 50),
        "**".join(["2"] * 75),
        "!".join(["9"] * 100),
    ],
    ids=lambda question: question[:20],
)
def test_huge_and_impossible_calculations_end_soon(tool: PythonTool, question: str) -> None:
    start = time.monotonic()
    try:
        sentence = answer(tool, question) or ""
    except ToolError as error:  # an answerer is asked then
        sentence = str(error)
    assert time.monotonic() - start < 3
    assert len(sentence) < 25_000


@given(st.text(max_size=320))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_error(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_calculation(text)


PIECES = [
    "what is", "how many", "days", "between", "and", "of", "%", "percent", "5", "1,000", "3.5", ".",
    ",", "(", ")", "-", "--", "**", "/", "times", "plus", "x", "to", "in", "miles", "km", "c", "f",
    "from", "until", "may", "march", "29 february", "2024", "2024-02-30", "today", "weeks", "ago",
    "!", "squared", "square root of", "sum", "average", "million", "twenty", "hundred", "please",
    "the", "a", "=", "?", "$", "°", "{", "}", "{result}", "\\", "'",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from([" ", ""]))
@settings(max_examples=400, deadline=None)
def test_any_mix_of_our_own_words_ends_in_a_number_or_a_clean_error(
    tool: PythonTool, pieces: list[str], glue: str
) -> None:
    question = glue.join(pieces)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            sentence = answer(tool, question)
        except ToolError as error:
            assert not str(error).startswith(("SyntaxError", "NameError", "TypeError")), question
        else:
            assert sentence is None or "{result}" not in sentence.replace(question, "")


@pytest.mark.parametrize(
    "piece",
    ["a ", "a", " ", "1", "1 ", "1,", "(", "-", "in ", "how many ", "what is ", "please ", "? ",
     "5 miles ", "days ", "and ", "1 and ", "1, ", "twenty ", "one hundred ", "march 1 ", "=", "!",
     "square root of ", "x", "times ", "how many a a in ", "the ", "% of "],
)  # fmt: skip
def test_hostile_repetition_is_read_in_no_time(piece: str) -> None:
    text = (piece * 300)[:300]
    start = time.monotonic()
    for question in (text, f"how many {text}"[:300], f"{text[:298]}\x00"):
        find_calculation(question)
    assert time.monotonic() - start < 0.3
