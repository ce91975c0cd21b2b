"""The functions that programs can call: tables, there and back again, errors, both backends."""

import ast
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calls import error_of, run, why_not

from tools.python import PythonTool
from tools.python_clock import minutes_between, shift_time
from tools.python_dates import age, days_between, is_leap, parse_date, shift, weekday
from tools.python_functions import FUNCTIONS
from tools.python_numbers import number
from tools.python_units import convert

DATES = st.dates(date(1, 1, 1), date(9999, 12, 31))
MODERN = st.dates(date(1970, 1, 1), date(2069, 12, 31))


@pytest.fixture(scope="module", params=["monty", "bubblewrap"])
def tool(request: pytest.FixtureRequest) -> Iterator[PythonTool]:
    """One of the backends."""
    if request.param == "bubblewrap" and (sys.platform != "linux" or why_not()):
        pytest.skip("bubblewrap does not run here")
    yield (made := PythonTool(backend=request.param))
    made.close()


@pytest.mark.parametrize(
    "text",
    [
        "3 March 2024", "3rd of March 2024", "the 3rd of march 2024", "March 3, 2024",
        "March 3rd 2024", "MARCH 3rd, 2024", "Mar 3 2024", "3 Mar '24", "3 Mar. 2024",
        "Sunday, 3 March 2024", "Sun 3 March 2024", "2024-03-03", "2024/3/3", "03.03.2024",
        "3/3/2024", "3-3-24", "3. March 2024", " 3  march,  2024 ", "3-Mar-2024",
    ],
)  # fmt: skip
def test_dates_in_many_forms(text: str) -> None:
    assert parse_date(text) == date(2024, 3, 3)


def test_in_digits_the_day_comes_first_where_it_can() -> None:
    assert parse_date("3/4/2024") == date(2024, 4, 3)
    assert parse_date("4/13/2024") == parse_date("13/4/2024") == date(2024, 4, 13)
    assert parse_date("1/1/69").year == 2069 and parse_date("1/1/70").year == 1970


@given(MODERN)
def test_a_date_is_read_back_in_every_form(day: date) -> None:
    month = f"{day:%B}"
    for text in (
        day.isoformat(),
        f"{day.day}.{day.month}.{day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} '{day.year % 100:02d}",
        shift(day.isoformat()),
    ):
        assert parse_date(text) == day


@given(DATES, st.integers(-4000, 4000))
def test_shifted_there_and_back(day: date, count: int) -> None:
    start = shift(f"{day.year:04d}-{day.month}-{day.day}")
    try:
        day + timedelta(days=count)
    except OverflowError:
        with pytest.raises(ValueError, match="between the years"):
            shift(f"{day.year:04d}-{day.month}-{day.day}", days=count)
        return
    if min(day.year, day.year + count // 365) < 1000:
        return  # given back without zeros in front, as nobody writes such years
    there = shift(start, days=count)
    assert shift(there, days=-count) == start and days_between(start, there) == count
    assert weekday(there) == shift(weekday(start), days=count)


def test_calendar_sums() -> None:
    assert days_between("3 March 2024", "19 July 2024") == 138
    assert days_between("19 July 2024", "3 March 2024") == -138
    assert weekday("2024-03-03") == "Sunday"
    assert shift("18 February 2025", weeks=11) == "6 May 2025"
    assert shift("31 January 2025", months=1) == "28 February 2025"
    assert shift("29 Feb 2024", years=1) == "28 February 2025"
    assert shift("15 January 2024", months=-14, days=1) == "16 November 2022"
    assert shift("1 March 2024", days="twelve") == "13 March 2024"
    assert shift("monday", days=45) == "Thursday"
    assert age("5 May 1990", "1 June 2024") == 34 and age("5 May 1990", "4 May 2024") == 33
    assert [is_leap(year) for year in (2024, "2023", 1900, 2000)] == [True, False, False, True]


def test_of_two_dates_one_may_lack_its_year() -> None:
    assert days_between("3 March", "20 July 2026") == 139
    assert days_between("28 December", "3 January 2025") == 6
    assert days_between("28 December 2024", "Jan 3rd") == 6
    assert days_between("2024-02-01", "Thursday, 1 February") == 0
    assert days_between("1 April", "2 April") == 1
    assert days_between("31 December", "1 January") == 1
    with pytest.raises(ValueError, match="there is no such day"):
        days_between("29 February", "3 March 2023")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('weekday("3 March")', "is no date that is known: write it as"),
        ('weekday("30 February 2024")', "there is no such day"),
        ('weekday("3 Foo 2024")', "is no date that is known"),
        ('shift("1 May 2024", days=1.5)', "days must be a whole number"),
        ('shift("Monday", months=2)', "takes days and weeks only"),
        ('shift("1 May 2024", years=9000)', "between the years 1 and 9999"),
        ('age("5 May 2030", "1 June 2024")', "before the birth"),
        ('shift_time("25:00")', "no such time of day"),
        ('minutes_between("13 pm", "8 am")', "no such time of day"),
        ('shift_time("later")', "write it as 8:05 pm or 20:05"),
    ],
)
def test_what_cannot_be_worked_out(code: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        eval(code, dict(FUNCTIONS))


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("12.16 pm", "8 am", 1184),
        ("8 am", "12.16 pm", 256),
        ("8:05pm", "20:15", 10),
        ("midnight", "noon", 720),
        ("12 am", "12:30 a.m.", 30),
        ("9 o'clock", "17h30", 510),
        ("22:00", "24:00", 120),
        ("7:15", "07:15", 0),
    ],
)
def test_minutes_between_times(start: str, end: str, minutes: int) -> None:
    assert minutes_between(start, end) == minutes


@given(st.integers(0, 1439), st.integers(-5000, 5000))
def test_times_shifted_there_and_back(start: int, minutes: int) -> None:
    time = f"{start // 60:02d}:{start % 60:02d}"
    there = shift_time(time, minutes=minutes)
    assert shift_time(there, minutes=-minutes) == time
    assert minutes_between(time, there) == minutes % 1440
    assert shift_time("2.40 am", hours=11, minutes=0) == "13:40"


PROGRAMS = [
    ('print(round(convert(12, "miles", "km"), 2))', "19.31"),
    ('print(days_between("3 March 2024", "19 July 2024"))', "138"),
    ('print(weekday(shift("3/4/2024", weeks=1)))', "Wednesday"),
    ('print(age("5 May 1990", "1 June 2024"), is_leap(2024))', "34 True"),
    ('print(shift_time("2.40 am", hours=11), minutes_between("8 am", "9 am"))', "13:40 60"),
    ('def f(text):\n    return number(text) * 2\nprint(f("1.5 million"))', "3000000"),
    ('try:\n    convert(1, "milse", "km")\nexcept ValueError as e:\n    print(e)', "unknown unit"),
    ("def weekday(d):\n    return d\nprint(weekday(5))", "5"),
]


@pytest.mark.parametrize(("code", "shown"), PROGRAMS)
def test_programs_call_them_in_every_backend(tool: PythonTool, code: str, shown: str) -> None:
    assert run(tool, code).text.startswith(shown)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('convert(1, "milse", "km")', "ValueError: unknown unit"),
        ("convert(1, [], 'km')", "TypeError: convert() takes numbers and words in quotes, not"),
        ("import datetime\nage(datetime.date(2024, 1, 1), '')", "TypeError: age() takes numbers"),
        ("shift(20240101)", "TypeError: shift() needs words in quotes"),
        ("number('1' * 101)", "ValueError: number() takes no words of more than 100"),
        ("convert(10 ** 400, 'm', 'km')", "ValueError: convert() takes no number above"),
        ("convert(float('nan'), 'm', 'km')", "ValueError: convert() takes no number above"),
        ("is_leap()", "TypeError: is_leap() missing"),
    ],
)
def test_an_error_says_what_is_wrong_and_nothing_of_ours(
    tool: PythonTool, code: str, said: str
) -> None:
    message = error_of(tool, code)
    assert message.startswith(said)
    assert "python_functions" not in message and "/functions" not in message


def test_the_description_names_them_all_after_its_first_sentence(tool: PythonTool) -> None:
    first, _, rest = tool.description.partition(". ")
    assert first.startswith("Run a Python program")
    assert rest.startswith("Ready to call: ")
    assert all(f"{name}(" in rest for name in FUNCTIONS)


@settings(deadline=1000)
@given(st.text(max_size=100) | st.text("and hlf1 2./k-pmsqr", max_size=100))
def test_any_text_at_all_ends_soon_in_a_value_or_an_error(text: str) -> None:
    calls = ((number, (text,)), (convert, (1, text, text)), (weekday, (text,)))
    for function, values in (*calls, (shift_time, (text,)), (shift, ("1 May 2024", text))):
        try:
            result = FUNCTIONS[function.__name__](*values)
        except ValueError:
            continue
        assert isinstance(result, (int, float, str))


def test_they_need_the_standard_library_and_each_other_only() -> None:
    for file in (Path(__file__).parent.parent / "tools").glob("python_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                name = getattr(node, "module", None) or node.names[0].name
                top = name.partition(".")[0]
                assert name.startswith("tools.python_") or top in sys.stdlib_module_names
                assert top not in ("os", "subprocess", "socket", "pathlib", "importlib")
