"""Unit conversions in words: "5 miles in km", "how many ounces are in 2.5 kg", "100 F to C"."""

from __future__ import annotations

import re

from orchestra_cli.rules.number_words import NUMBER, plain_number
from orchestra_cli.rules.program import Calculation, rounded

_FACTORS: dict[str, dict[str, float]] = {
    # kind: {unit: how many base units}
    "length": {
        "mm": 0.001, "cm": 0.01, "m": 1, "km": 1000, "inch": 0.0254, "foot": 0.3048,
        "yard": 0.9144, "mile": 1609.344, "nautical mile": 1852,
    },
    "mass": {
        "mg": 0.001, "g": 1, "kg": 1000, "tonne": 1_000_000, "ounce": 28.349523125,
        "pound": 453.59237, "stone": 6350.29318,
    },
    "volume": {
        "ml": 0.001, "cl": 0.01, "l": 1, "teaspoon": 0.00492892159375,
        "tablespoon": 0.01478676478125, "fluid ounce": 0.0295735295625, "cup": 0.2365882365,
        "pint": 0.473176473, "quart": 0.946352946, "gallon": 3.785411784,
        "imperial pint": 0.56826125, "imperial gallon": 4.54609,
    },
    "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800},
    "speed": {"m/s": 1, "km/h": 1000 / 3600, "mph": 0.44704, "knot": 1852 / 3600},
    "data": {
        "bit": 0.125, "kilobit": 125, "megabit": 125e3, "gigabit": 125e6, "byte": 1, "kb": 1e3,
        "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1024, "mib": 1024**2, "gib": 1024**3,
        "tib": 1024**4,
    },
    "area": {"square metre": 1, "hectare": 10_000, "acre": 4046.8564224, "square foot": 0.09290304},
}  # fmt: skip
_US = {"teaspoon", "tablespoon", "fluid ounce", "cup", "pint", "quart", "gallon"}
_ALIASES = {
    "millimetre": "mm", "millimeter": "mm", "centimetre": "cm", "centimeter": "cm", "metre": "m",
    "meter": "m", "kilometre": "km", "kilometer": "km", "in": "inch", "inches": "inch",
    "ft": "foot", "feet": "foot", "yd": "yard", "mi": "mile", "milligram": "mg", "gram": "g",
    "gramme": "g", "kilogram": "kg", "kilo": "kg", "metric ton": "tonne", "oz": "ounce",
    "lb": "pound", "millilitre": "ml", "milliliter": "ml", "centilitre": "cl",
    "centiliter": "cl", "litre": "l", "liter": "l", "tsp": "teaspoon", "tbsp": "tablespoon",
    "fl oz": "fluid ounce", "us cup": "cup", "us pint": "pint", "us gallon": "gallon",
    "uk pint": "imperial pint", "uk gallon": "imperial gallon", "sec": "second", "s": "second",
    "min": "minute", "h": "hour", "hr": "hour", "metres per second": "m/s",
    "meters per second": "m/s", "kmh": "km/h", "kph": "km/h", "kilometres per hour": "km/h",
    "kilometers per hour": "km/h", "miles per hour": "mph", "kilobyte": "kb", "megabyte": "mb",
    "gigabyte": "gb", "terabyte": "tb", "sqm": "square metre", "square meter": "square metre",
    "m²": "square metre", "m2": "square metre", "sq ft": "square foot", "sqft": "square foot",
    "square feet": "square foot", "ft²": "square foot",
}  # fmt: skip
_BITS = {"Kb": "kilobit", "Mb": "megabit", "Gb": "gigabit"}
_TEMPERATURES = {
    "c": "C", "celsius": "C", "centigrade": "C", "f": "F", "fahrenheit": "F", "k": "K",
    "kelvin": "K",
}  # fmt: skip
_TO_CELSIUS = {"C": "{0}", "F": "({0} - 32) * 5 / 9", "K": "{0} - 273.15"}
_FROM_CELSIUS = {"C": "{0}", "F": "({0}) * 9 / 5 + 32", "K": "{0} + 273.15"}
_AMOUNT = rf"(?P<n>(?:minus )?(?:{NUMBER})|an?)\s?(?:degrees? |° ?)?(?P<a>[a-z²/][a-z²/ 2]*?)"
_UNIT = r"(?:degrees? |° ?)?(?P<b>[a-z²/][a-z²/ 2]*?)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:convert |change |turn )?{_AMOUNT} (?:in|to|into|as|(?:is|are) how many) {_UNIT}",
        rf"how many {_UNIT} (?:are |is |are there |fit )?(?:in|into|to|from|make(?: up)?|equal) "
        rf"{_AMOUNT}",
        rf"how many {_UNIT} (?:do (?:you|i) get (?:in|from)|(?:is|are)(?: there in)?) {_AMOUNT}",
        rf"how many {_UNIT} does {_AMOUNT} (?:have|contain|equal|weigh|hold)",
        rf"{_AMOUNT} (?:is|are) what in {_UNIT}",
    )
)


def find_conversion(text: str) -> Calculation | None:
    """The conversion that this is, or None."""
    for form in _FORMS:
        match = form.fullmatch(text)
        if match and (found := _convert(match["n"], match["a"].strip(), match["b"].strip())):
            return found
    return None


def _convert(amount: str, source: str, target: str) -> Calculation | None:
    shown = re.sub("^an?$", "1", amount.replace("minus ", "-"), flags=re.IGNORECASE)
    number = plain_number(shown)
    code = _temperature(number, source, target) or _linear(number, source, target)
    if code is None:
        return None
    us = " (US measures)" if {_canonical(source), _canonical(target)} & _US else ""
    sentence = f"{shown} {source} is {{result}} {target}{us}."
    return Calculation(code, sentence, num_decimals=6)


def _temperature(number: str, source: str, target: str) -> str | None:
    a, b = _TEMPERATURES.get(source.lower()), _TEMPERATURES.get(target.lower())
    if not a or not b:
        return None
    return rounded(_FROM_CELSIUS[b].format(_TO_CELSIUS[a].format(number)))


def _linear(number: str, source: str, target: str) -> str | None:
    a, b = base_units(source), base_units(target)
    if a is None or b is None or a[0] != b[0]:
        return None
    return f"{number} * {a[1]!r} / {b[1]!r}"


def base_units(unit: str) -> tuple[str, float] | None:
    """(the kind of quantity, how many base units it is): km is ("length", 1000)."""
    name = _canonical(unit)
    for kind, units in _FACTORS.items():
        if name in units:
            return kind, units[name]
    return None


def _canonical(unit: str) -> str:
    if unit in _BITS:
        return _BITS[unit]
    text = unit.lower()
    for form in (text, text.removesuffix("s"), text.removesuffix("es")):
        if form in _ALIASES:
            return _ALIASES[form]
        if any(form in units for units in _FACTORS.values()):
            return form
    return text
