"""Unit conversions in words: "5 miles in km", "how many ounces are in 2.5 kg", "100 F to C"."""

from __future__ import annotations

import re

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
        "tablespoon": 0.01478676478125, "cup": 0.2365882365, "pint": 0.473176473,
        "quart": 0.946352946, "gallon": 3.785411784,
    },
    "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800},
    "speed": {"m/s": 1, "km/h": 1 / 3.6, "mph": 0.44704, "knot": 1852 / 3600},
    "data": {
        "byte": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1024, "mib": 1024**2,
        "gib": 1024**3, "tib": 1024**4,
    },
    "area": {"square metre": 1, "hectare": 10_000, "acre": 4046.8564224, "square foot": 0.09290304},
}  # fmt: skip
_ALIASES = {
    "millimetre": "mm", "millimeter": "mm", "centimetre": "cm", "centimeter": "cm", "metre": "m",
    "meter": "m", "kilometre": "km", "kilometer": "km", "in": "inch", "inches": "inch",
    "ft": "foot", "feet": "foot", "yd": "yard", "mi": "mile", "milligram": "mg", "gram": "g",
    "gramme": "g", "kilogram": "kg", "kilo": "kg", "ton": "tonne", "metric ton": "tonne",
    "oz": "ounce", "lb": "pound", "millilitre": "ml", "milliliter": "ml", "centilitre": "cl",
    "litre": "l", "liter": "l", "tsp": "teaspoon", "tbsp": "tablespoon", "sec": "second",
    "s": "second", "min": "minute", "h": "hour", "hr": "hour", "metres per second": "m/s",
    "meters per second": "m/s", "kmh": "km/h", "kph": "km/h", "kilometres per hour": "km/h",
    "kilometers per hour": "km/h", "miles per hour": "mph", "kilobyte": "kb", "megabyte": "mb",
    "gigabyte": "gb", "terabyte": "tb", "sqm": "square metre", "square meter": "square metre",
    "m²": "square metre", "m2": "square metre", "sq ft": "square foot", "sqft": "square foot",
    "square feet": "square foot", "ft²": "square foot",
}  # fmt: skip
_TEMPERATURES = {
    "c": "C", "celsius": "C", "centigrade": "C", "f": "F", "fahrenheit": "F", "k": "K",
    "kelvin": "K",
}  # fmt: skip
_TO_CELSIUS = {"C": "{0}", "F": "({0} - 32) * 5 / 9", "K": "{0} - 273.15"}
_FROM_CELSIUS = {"C": "celsius", "F": "celsius * 9 / 5 + 32", "K": "celsius + 273.15"}
_NUMBER = r"(?P<n>-?\d[\d,]*(?:\.\d+)?)"
_UNIT = r"[a-z²/][a-z²/ 2]*?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:convert )?{_NUMBER}\s*(?:degrees? |°\s?)?(?P<a>{_UNIT}) "
        rf"(?:in|to|into|as|is how many) (?:degrees? |°\s?)?(?P<b>{_UNIT})",
        rf"how many (?P<b>{_UNIT}) (?:are |is |are there |do you get )?(?:in|from|make up) "
        rf"{_NUMBER}\s*(?P<a>{_UNIT})",
        rf"how many (?P<b>{_UNIT}) (?:are |is )?{_NUMBER}\s*(?P<a>{_UNIT})",
        rf"how many (?P<b>{_UNIT}) (?:are |is |are there )?in (?P<one>an? |one )(?P<a>{_UNIT})",
        rf"convert {_NUMBER}\s*(?:degrees? |°\s?)?(?P<a>{_UNIT}) "
        rf"(?:in|to|into) (?:degrees? |°\s?)?(?P<b>{_UNIT})",
    )
)
_SHOW = "print(f'{float(f\"{value:.10g}\"):,.10f}'.rstrip('0').rstrip('.'))"


def find_conversion(text: str) -> tuple[str, str] | None:
    """(program, sentence with `{result}`) for a conversion, or None."""
    for form in _FORMS:
        match = form.fullmatch(text)
        if not match:
            continue
        groups = match.groupdict()
        number = (groups.get("n") or "1").replace(",", "")
        shown = groups.get("n") or "1"
        program = _temperature(number, groups["a"], groups["b"])
        program = program or _linear(number, groups["a"], groups["b"])
        if program:
            return program, f"{shown} {groups['a'].strip()} is {{result}} {groups['b'].strip()}."
    return None


def _temperature(number: str, source: str, target: str) -> str | None:
    a, b = _TEMPERATURES.get(source.lower()), _TEMPERATURES.get(target.lower())
    if not a or not b:
        return None
    celsius = _TO_CELSIUS[a].format(number)
    return f"celsius = {celsius}\nvalue = {_FROM_CELSIUS[b]}\n{_SHOW}"


def _linear(number: str, source: str, target: str) -> str | None:
    a, b = _canonical(source), _canonical(target)
    for units in _FACTORS.values():
        if a in units and b in units:
            return f"value = {number} * {units[a]!r} / {units[b]!r}\n{_SHOW}"
    return None


def _canonical(unit: str) -> str:
    text = unit.lower().strip()
    for form in (text, text.removesuffix("s"), text.removesuffix("es")):
        if form in _ALIASES:
            return _ALIASES[form]
        if any(form in units for units in _FACTORS.values()):
            return form
    return text
