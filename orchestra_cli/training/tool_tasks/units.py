"""Conversions; the program holds the factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.training.tool_tasks.template import Template, Values


@dataclass(frozen=True, slots=True)
class _Unit:
    names: str
    """What people write, parted by bars; the last is said in answers."""
    size: float
    """How many base units it is."""
    spec: str
    """Which amounts are usual."""


_FAMILIES: Sequence[Sequence[_Unit]] = (
    (
        _Unit("miles|mi|miles", 1.609344, "2..900"),
        _Unit("km|kilometers|kilometres|km", 1, "2..1200"),
    ),
    (
        _Unit("inches|in|inch|inches", 2.54, "2..120"),
        _Unit("cm|centimeters|centimetres|cm", 1, "3..400"),
        _Unit("feet|ft|feet", 30.48, "2..90"),
        _Unit("meters|metres|m", 100, "1..60/0.5"),
    ),
    (
        _Unit("pounds|lbs|lb|pounds", 0.45359237, "2..400"),
        _Unit("kg|kilos|kilograms|kg", 1, "2..300"),
        _Unit("ounces|oz|ounces", 0.028349523125, "2..80"),
        _Unit("stone|stone", 6.35029318, "5..20"),
    ),
    (
        _Unit("gallons|US gallons|gallons", 3.785411784, "1..60"),
        _Unit("litres|liters|l|litres", 1, "1..200"),
        _Unit("US pints|pints", 0.473176473, "1..30"),
        _Unit("US cups|cups", 0.2365882365, "1..12/0.5"),
        _Unit("ml|millilitres|milliliters|ml", 0.001, "50..3000/50"),
    ),
    (
        _Unit("mph|miles per hour|miles an hour|mph", 1.609344, "10..180"),
        _Unit("km/h|kmh|kilometers per hour|km/h", 1, "10..280"),
        _Unit("m/s|metres per second|m/s", 3.6, "2..90"),
        _Unit("knots|knots", 1.852, "5..60"),
    ),
    (
        _Unit("acres|acres", 0.40468564224, "1..300"),
        _Unit("hectares|ha|hectares", 1, "1..200"),
        _Unit("square metres|m2|sqm|square metres", 0.0001, "200..90000/100"),
    ),
    (
        _Unit("square feet|sq ft|square feet", 0.09290304, "80..4000/10"),
        _Unit("square metres|m²|sqm|square metres", 1, "8..400"),
    ),
    (
        _Unit("hours|h|hours", 3_600, "2..90"),
        _Unit("minutes|min|minutes", 60, "30..5000"),
        _Unit("days|days", 86_400, "2..60"),
        _Unit("weeks|weeks", 604_800, "2..30"),
        _Unit("seconds|s|sec|seconds", 1, "90..90000"),
    ),
    (
        _Unit("GB|gigabytes|GB", 1000, "2..512"),
        _Unit("MB|megabytes|MB", 1, "100..9000/50"),
        _Unit("TB|terabytes|TB", 1_000_000, "1..20"),
        _Unit("kB|kilobytes|kB", 0.001, "500..90000/100"),
    ),
    (
        _Unit("km|kilometres|kilometers|km", 1000, "1..90/0.25"),
        _Unit("m|metres|meters|m", 1, "200..9000/50"),
        _Unit("cm|centimetres|cm", 0.01, "30..4000"),
        _Unit("mm|millimetres|mm", 0.001, "40..9000"),
    ),
    (
        _Unit("kg|kilos|kilograms|kg", 1000, "1..40/0.25"),
        _Unit("g|grams|grammes|g", 1, "100..9000/50"),
        _Unit("tonnes|tons|tonnes", 1_000_000, "1..30/0.5"),
        _Unit("mg|milligrams|mg", 0.001, "200..9000/100"),
    ),
    (
        _Unit("litres|liters|l|litres", 1000, "1..60/0.25"),
        _Unit("ml|millilitres|ml", 1, "100..9000/50"),
        _Unit("cl|centilitres|cl", 10, "10..300"),
        _Unit("dl|decilitres|dl", 100, "2..60"),
    ),
    (
        _Unit("tablespoons|tbsp|tablespoons", 15, "1..20"),
        _Unit("teaspoons|tsp|teaspoons", 5, "1..30"),
        _Unit("ml|millilitres|ml", 1, "15..400/5"),
    ),
    (
        _Unit("nautical miles|sea miles|nautical miles", 1.852, "2..400"),
        _Unit("km|kilometres|km", 1, "5..700"),
    ),
    (
        _Unit("kilojoules|kJ|kJ", 1, "200..9000/50"),
        _Unit("kilocalories|kcal|kcal", 4.184, "50..3000/10"),
    ),
    (
        _Unit("yards|yd|yards", 0.9144, "3..900"),
        _Unit("metres|meters|m|metres", 1, "3..800"),
        _Unit("feet|ft|feet", 0.3048, "5..3000/5"),
    ),
)
_ASKS = """
[convert|change|turn] {a} [FROM] [to|into|in] [TO]
how many [TO] [is|are] {a} [FROM]?
[what is|what's|whats|how much is] {a} [FROM] in [TO]?
{a} [FROM] [in|to|into|=] [TO]
[i have|something is|it says] {a} [FROM]. [what|how much] is that in [TO]?
[give me|i need|tell me] {a} [FROM] in [TO]
how many [TO] [are there in|make|make up|do i get from] {a} [FROM]?
"""
_ANSWERS = "{out}\n{out} UNIT\nIt is {out} UNIT.\n{a} FROM is {out} UNIT.\nThat is {out} UNIT."


def _template(source: _Unit, target: _Unit) -> Template:
    asks = _ASKS.replace("[FROM]", _names(source)).replace("[TO]", _names(target))
    said = target.names.split("|")[-1]
    answers = _ANSWERS.replace("UNIT", said).replace("FROM", source.names.split("|")[-1])
    ratio = source.size / target.size

    def is_usual(values: Values) -> bool:
        return 0.2 <= values["a"] * ratio <= 2_000_000

    return Template(f"a={source.spec}", asks, _code(source, target), answers, is_usual)


def _is_sensible(source: _Unit, target: _Unit) -> bool:
    """Nobody asks how many tonnes some milligrams are."""
    ratio = source.size / target.size
    least, most = source.spec.partition("/")[0].split("..")
    return float(most) * ratio >= 1 and float(least) * ratio <= 500_000


def _names(unit: _Unit) -> str:
    return f"[{unit.names}]"


def _code(source: _Unit, target: _Unit) -> str:
    """With one factor where that is a whole number."""
    up, down = source.size / target.size, target.size / source.size
    if abs(up - round(up)) < 1e-6:
        return f"print(round({{a}} * {round(up)}, 2))"
    if abs(down - round(down)) < 1e-6:
        return f"print(round({{a}} / {round(down)}, 2))"
    first = "" if source.size == 1 else f" * {source.size}"
    second = "" if target.size == 1 else f" / {target.size}"
    return f"print(round({{a}}{first}{second}, 2))"


_TEMPERATURES = (
    Template(
        "a=-30..220",
        """
        [convert|change] {a} [°F|degrees fahrenheit|F|fahrenheit] to [celsius|°C|C]
        [what is|what's|how much is] {a} [°F|degrees F|fahrenheit|degrees fahrenheit] in \
            [celsius|°C|degrees celsius]?
        it's {a} [°F|degrees fahrenheit]. how [warm|many degrees] is that in celsius?
        {a} [F|°F|fahrenheit] to [C|°C|celsius]
        """,
        "print(round(({a} - 32) * 5 / 9, 1))",
        "{out}\n{out} °C\nIt is {out} °C.\nThat is {out} °C.",
    ),
    Template(
        "a=-30..240",
        """
        [convert|change] {a} [°C|degrees celsius|C|celsius] to [fahrenheit|°F|F]
        [what is|what's|how much is] {a} [°C|degrees C|celsius|degrees celsius] in \
            [fahrenheit|°F|degrees fahrenheit]?
        the oven must be at {a} [°C|degrees celsius]. what is that in fahrenheit?
        {a} [C|°C|celsius] to [F|°F|fahrenheit]
        """,
        "print(round({a} * 9 / 5 + 32, 1))",
        "{out}\n{out} °F\nIt is {out} °F.\nThat is {out} °F.",
    ),
    Template(
        "a=-40..400",
        "[convert|what is|] {a} [°C|celsius|degrees celsius] [in|to] kelvin?",
        "print(round({a} + 273.15, 2))",
        "{out}\n{out} K\nIt is {out} K.",
    ),
    Template(
        "f=4..6! i=1..11!",
        """
        how many [cm|centimetres] is {f} [feet|ft|foot] {i} [inches|in]?
        i'm {f}'{i}". what is that in cm?
        {f} ft {i} in to cm
        """,
        "inches = {f} * 12 + {i}\nprint(round(inches * 2.54, 1))",
        "{out}\n{out} cm\nIt is {out} cm.",
    ),
)
UNITS: Sequence[Sequence[Template]] = (
    _TEMPERATURES,
    *(
        [
            _template(source, target)
            for source in family
            for target in family
            if source is not target and _is_sensible(source, target)
        ]
        for family in _FAMILIES
    ),
)
"""By what is measured."""
