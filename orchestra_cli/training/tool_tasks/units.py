"""Conversions; the program holds the words of the question, and no factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.training.tool_tasks.template import Template, Values


@dataclass(frozen=True, slots=True)
class _Unit:
    names: str
    """What people write, parted by bars."""
    size: float
    """How many base units it is, nearly: which amounts are usual hangs on it."""
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
[convert|change|turn] {a} {f} [to|into|in] {t}
how many {t} [is|are] {a} {f}?
[what is|what's|whats|how much is] {a} {f} in {t}?
{a} {f} [in|to|into|=] {t}
[i have|something is|it says] {a} {f}. [what|how much] is that in {t}?
[give me|i need|tell me] {a} {f} in {t}
how many {t} [are there in|make|make up|do i get from] {a} {f}?
"""
_ANSWERS = "{out}\n{out} {t}\nIt is {out} {t}.\n{a} {f} is {out} {t}.\nThat is {out} {t}."
_CODE = 'print(round(convert({a}, "{f}", "{t}"), 2))'


def _template(source: _Unit, target: _Unit) -> Template:
    slots = f"a={source.spec} f={_words(source)} t={_words(target)}"
    ratio = source.size / target.size

    def is_usual(values: Values) -> bool:
        return 0.2 <= values["a"] * ratio <= 2_000_000

    return Template(slots, _ASKS, _CODE, _ANSWERS, is_usual)


def _is_sensible(source: _Unit, target: _Unit) -> bool:
    """Nobody asks how many tonnes some milligrams are."""
    ratio = source.size / target.size
    least, most = source.spec.partition("/")[0].split("..")
    return float(most) * ratio >= 1 and float(least) * ratio <= 500_000


def _words(unit: _Unit) -> str:
    return "@" + unit.names.replace(" ", "_")


_DEGREES = 'print(round(convert({a}, "{f}", "{t}"), 1))'
_TEMPERATURES = (
    Template(
        "a=-30..220 f=@°F|degrees_fahrenheit|F|fahrenheit|degrees_F "
        "t=@celsius|°C|C|degrees_celsius",
        """
        [convert|change] {a} {f} to {t}
        [what is|what's|how much is] {a} {f} in {t}?
        it's {a} {f}. how [warm|many degrees] is that in {t}?
        {a} {f} [to|in] {t}
        """,
        _DEGREES,
        "{out}\n{out} °C\nIt is {out} °C.\nThat is {out} °C.",
    ),
    Template(
        "a=-30..240 f=@°C|degrees_celsius|C|celsius|degrees_C "
        "t=@fahrenheit|°F|F|degrees_fahrenheit",
        """
        [convert|change] {a} {f} to {t}
        [what is|what's|how much is] {a} {f} in {t}?
        the oven must be at {a} {f}. what is that in {t}?
        {a} {f} [to|in] {t}
        """,
        _DEGREES,
        "{out}\n{out} °F\nIt is {out} °F.\nThat is {out} °F.",
    ),
    Template(
        "a=-40..400 f=@°C|celsius|degrees_celsius t=@kelvin|K",
        "[convert|what is|] {a} {f} [in|to] {t}?",
        _CODE,
        "{out}\n{out} K\nIt is {out} K.",
    ),
    Template(
        "f=4..6! i=1..11! u=@feet|ft|foot w=@inches|in t=@cm|centimetres",
        """
        how many {t} is {f} {u} {i} {w}?
        {f} {u} {i} {w} [to|in] {t}
        """,
        'print(round(convert({f}, "{u}", "{t}") + convert({i}, "{w}", "{t}"), 1))',
        "{out}\n{out} cm\nIt is {out} cm.",
    ),
    Template(
        "f=4..6! i=1..11!",
        """
        i'm {f}'{i}". what is that in cm?
        {f}'{i}" [in|to] cm
        """,
        'print(round(convert({f}, "feet", "cm") + convert({i}, "inches", "cm"), 1))',
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
