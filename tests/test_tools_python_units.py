"""Numbers and units as people write them: tables, there and back again, errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.rules.units import base_units
from tools import python_units
from tools.python_numbers import number
from tools.python_units import convert


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5 million", 1_500_000),
        ("1,250", 1250),
        ("$1,250.50", 1250.5),
        ("1 250", 1250),
        ("twelve", 12),
        ("Twenty-five", 25),
        ("two thousand three hundred and forty-two", 2342),
        ("one hundred and five thousand", 105_000),
        ("12 hundred", 1200),
        ("three quarters", 0.75),
        ("one and three quarters", 1.75),
        ("half a million", 500_000),
        ("two and a half million", 2_500_000),
        ("2 1/2", 2.5),
        ("2½", 2.5),
        ("3k", 3000),
        ("two point five", 2.5),
        ("minus five", -5),
        ("15%", 15),
        ("two dozen", 24),
        (7, 7),
    ],
)
def test_numbers(text: str | float, value: float) -> None:
    assert number(text) == value
    assert isinstance(number(text), int) == (value == int(value))


@pytest.mark.parametrize("text", ["", "banana", "1/0", "five twenty", "and", "1,25", "3,5", "--2"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="is no number that is known"):
        number(text)


@pytest.mark.parametrize(
    ("amount", "source", "target", "value"),
    [
        (12, "miles", "km", 19.312128),
        (5, "KM", "Miles", 3.10685596119),
        (5, "feet", "inches", 60),
        ("1.5 million", "mm", "km", 1.5),
        (10, "stone", "pounds", 140),
        (5, "lbs", "kilos", 2.26796185),
        (8, "oz", "g", 226.796185),
        (8, "oz", "ml", 236.5882365),
        (3, "U.S. gallons", "liters", 11.356235352),
        (1, "imperial pint", "litre", 0.56826125),
        (100, "°F", "°C", 37.7777777778),
        (-40, "degrees fahrenheit", "Celsius", -40),
        (0, "C", "kelvin", 273.15),
        (60, "miles an hour", "kilometres per hour", 96.56064),
        (60, "knots", "km/h", 111.12),
        (36, "kmh", "m/s", 10),
        (90, "m", "hours", 1.5),
        (2, "weeks", "hrs", 336),
        (1, "year", "days", 365),
        (3, "GB", "MB", 3000),
        (3, "GiB", "MB", 3221.225472),
        (8, "Mb", "mb", 1),
        (100, "Mbps", "MB/s", 12.5),
        (3, "sq ft", "m²", 0.27870912),
        (2, "square metres", "cm2", 20_000),
        (2.5, "ha", "acres", 6.17763453668),
        (3, "m^3", "litres", 3000),
        (250, "kcal", "kilojoules", 1046),
        (3, "kWh", "MJ", 10.8),
        (1, "atm", "hPa", 1013.25),
        (1000, "mbar", "bar", 1),
        (180, "degrees", "radians", 3.14159265359),
    ],
)
def test_conversions(amount: str | float, source: str, target: str, value: float) -> None:
    assert convert(amount, source, target) == value


def test_every_unit_of_the_rules_is_known_and_as_large() -> None:
    for unit, size in {
        "mm": 0.001, "inch": 0.0254, "nautical mile": 1852, "tonne": 1e6, "ounces": 28.349523125,
        "cl": 0.01, "tbsp": 0.01478676478125, "fl oz": 0.0295735295625, "quarts": 0.946352946,
        "uk gallon": 4.54609, "us cup": 0.2365882365, "fortnight": None, "min": 60, "kph": 1 / 3.6,
        "knot": 1852 / 3600, "gigabit": 125e6, "kb": 1e3, "tib": 1024**4, "sqft": 0.09290304,
        "metric ton": 1e6, "square meter": 1, "hectare": 1e4, "yd": 0.9144,
    }.items():  # fmt: skip
        base = {"length": "m", "mass": "g", "volume": "l", "time": "s", "speed": "m/s"}
        base |= {"data": "bytes", "area": "m²"}
        if known := base_units(unit):
            assert convert(1, unit, base[known[0]]) == pytest.approx(size, rel=1e-11), unit


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("milse", "km", 'unknown unit "milse": did you mean mile'),
        ("xyzzyx", "km", 'unknown unit "xyzzyx", write its name'),
        ("miles", "kg", '"miles" is length and "kg" is mass'),
        ("C", "kg", "temperature"),
        ("", "km", "unknown unit"),
        ("miles per miles per km", "km", "unknown unit"),
    ],
)
def test_conversions_that_cannot_be(source: str, target: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        convert(1, source, target)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.data())
def test_there_and_back_again(amount: float, data: st.DataObject) -> None:
    table = python_units._table()
    source = data.draw(st.sampled_from(sorted(table)))
    kind = data.draw(st.sampled_from(sorted(table[source])))
    target = data.draw(st.sampled_from(sorted(n for n in table if list(table[n]) == [kind])))
    there = convert(amount, source, target)
    assert convert(there, target, source) == pytest.approx(amount, rel=1e-9, abs=1e-300)
