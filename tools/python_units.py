"""Conversions between units as people write them: singular, plural or short, in any case.

Cups, pints, gallons, spoons are those of the US unless "imperial" or "metric" stands before them; a
ton is a metric one, and a year has 365 days. Squares, cubes and what is per something are made of
the units in the table.
"""

from __future__ import annotations

import math
import re
from functools import cache

from tools.python_numbers import number

_PREFIXED = {
    # kind: how many base units; the sign of one; its names
    "length": (1.0, "m", "metre"),
    "mass": (1.0, "g", "gram gramme"),
    "volume": (0.001, "l", "litre"),
    "time": (1.0, "s", "second"),
    "energy": (1.0, "J", "joule"),
    "energy ": (4.184, "cal", "calorie"),
    "energy  ": (3600.0, "Wh", "watthour watt-hour"),
    "power": (1.0, "W", "watt"),
    "pressure": (1.0, "Pa", "pascal"),
    "pressure ": (100_000.0, "bar", "bar"),
    "force": (1.0, "N", "newton"),
    "frequency": (1.0, "Hz", "hertz"),
    "data": (1.0, "B", "byte"),
    "data ": (0.125, "bit", "bit"),
}
_PREFIXES = {
    "": ("", 1.0), "k": ("kilo", 1e3), "c": ("centi", 1e-2), "m": ("milli", 1e-3),
    "d": ("deci", 1e-1), "h": ("hecto", 1e2), "M": ("mega", 1e6), "G": ("giga", 1e9),
    "T": ("tera", 1e12), "P": ("peta", 1e15), "µ": ("micro", 1e-6), "u": ("micro", 1e-6),
    "n": ("nano", 1e-9),
}  # fmt: skip
_NO_SMALL = ("data", "frequency")
"""Kinds of which nobody counts thousandths: mb is a megabyte in any case."""
_NAMED = {
    # kind: {names, parted by commas: how many base units}
    "length": {
        "in, inch, inches, \"": 0.0254, "ft, foot, feet, '": 0.3048, "yd, yard": 0.9144,
        "mi, mile": 1609.344, "nmi, nautical mile, sea mile": 1852.0, "furlong": 201.168,
        "light-year, light year, ly": 9.4607304725808e15, "au, astronomical unit": 149597870700.0,
        "micron": 1e-6, "klick": 1000.0,
    },
    "mass": {
        "kilo": 1000.0, "t, tonne, ton, metric ton, metric tonne": 1e6, "quintal": 1e5,
        "oz, ounce": 28.349523125, "lb, pound": 453.59237, "st, stone": 6350.29318,
        "us ton, short ton": 907184.74, "uk ton, long ton, imperial ton": 1016046.9088,
        "carat, ct": 0.2, "grain": 0.06479891, "troy ounce, oz t": 31.1034768,
    },
    "volume": {
        "tsp, teaspoon": 4.92892159375e-6, "tbsp, tablespoon, tbs": 1.478676478125e-5,
        "fl oz, floz, oz, fluid ounce, ounce": 2.95735295625e-5, "cup": 2.365882365e-4,
        "pt, pint": 4.73176473e-4, "qt, quart": 9.46352946e-4, "gal, gallon": 3.785411784e-3,
        "imperial cup, uk cup": 2.84130625e-4, "imperial pint, uk pint, british pint": 5.6826125e-4,
        "imperial quart, uk quart": 1.1365225e-3, "metric cup": 2.5e-4,
        "imperial gallon, uk gallon, british gallon": 4.54609e-3,
        "imperial fluid ounce, uk fluid ounce, imperial fl oz, uk fl oz": 2.84130625e-5,
        "metric tablespoon": 1.5e-5, "metric teaspoon": 5e-6, "cc, ccm": 1e-6,
        "barrel, oil barrel, bbl": 0.158987294928,
    },
    "time": {
        "sec, ″": 1.0, "min, minute, m": 60.0, "h, hr, hour": 3600.0, "d, day": 86400.0,
        "wk, week": 604800.0, "fortnight": 1209600.0, "month, mo": 2628000.0,
        "yr, year, y": 31536000.0, "decade": 315360000.0, "century, centuries": 3153600000.0,
    },
    "length/time": {
        "mph": 0.44704, "kmh, kph, kmph": 1000 / 3600, "knot, kn, kt": 1852 / 3600, "mps": 1.0,
        "fps": 0.3048, "mach": 340.29,
    },
    "area": {"ha, hectare": 1e4, "acre, ac": 4046.8564224, "are": 100.0},
    "energy": {"btu": 1055.05585262, "ev, electronvolt": 1.602176634e-19, "erg": 1e-7},
    "power": {"hp, horsepower": 745.6998715822702, "metric horsepower, ps": 735.49875},
    "pressure": {
        "psi": 6894.757293168, "atm, atmosphere": 101325.0, "mmhg, torr": 133.322387415,
        "inhg": 3386.389,
    },
    "force": {"lbf, pound-force": 4.4482216152605, "kgf, kilogram-force": 9.80665},
    "data": {
        "kib, kibibyte": 1024.0, "mib, mebibyte": 1024.0**2, "gib, gibibyte": 1024.0**3,
        "tib, tebibyte": 1024.0**4, "b": 0.125, "Kb": 125.0, "Mb": 125e3, "Gb": 125e6,
        "Tb": 125e9,
    },
    "data/time": {"kbps": 125.0, "mbps": 125e3, "gbps": 125e6, "bps": 0.125},
    "angle": {
        "degree, deg, °": math.pi / 180, "rad, radian": 1.0, "turn, revolution": 2 * math.pi,
    },
    "frequency": {"rpm": 1 / 60},
    "count": {"piece, pc": 1.0, "pair": 2.0, "dozen": 12.0, "score": 20.0, "gross": 144.0},
}  # fmt: skip
_TEMPERATURES = {
    "c": "C", "celsius": "C", "centigrade": "C", "f": "F", "fahrenheit": "F", "k": "K",
    "kelvin": "K", "kelvins": "K",
}  # fmt: skip
_SPOKEN = re.compile(r"(?<=\w)\s*(?:/|\bper\b|\ban?\b)\s*(?=\w)")
_SQUARE = re.compile(r"(?:square|sq\.?)\s?(.+)|(.+?)\s?(?:\^?2|²|squared)")
_CUBE = re.compile(r"(?:cubic|cu\.?|cb)\s?(.+)|(.+?)\s?(?:\^?3|³|cubed)")


def convert(amount: str | float, source: str, target: str) -> int | float:
    """How many of the target's units the amount is; whole where it comes out whole."""
    value = number(amount)
    degrees = _scale(source), _scale(target)
    if degrees[0] and degrees[1]:
        return _rounded(_from_celsius(_to_celsius(value, degrees[0]), degrees[1]))
    sizes, others = _known(source), _known(target)
    kind = next((kind for kind in sizes if kind in others), None)
    if kind is None:
        units = f'"{source}" is {next(iter(sizes))} and "{target}" is {next(iter(others))}'
        raise ValueError(f"{units}: neither can be made of the other")
    return _rounded(value * sizes[kind] / others[kind])


def _rounded(value: float) -> int | float:
    """Without the noise of binary fractions."""
    value = float(f"{value:.12g}")
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _scale(unit: str) -> str:
    """C, F or K; empty for what is no unit of temperature."""
    plain = re.sub(r"°|º|\bdegrees?\b|\bdeg\b|\.", " ", unit.lower())
    return _TEMPERATURES.get(plain.strip(), "")


def _to_celsius(value: float, scale: str) -> float:
    return {"C": value, "F": (value - 32) * 5 / 9, "K": value - 273.15}[scale]


def _from_celsius(value: float, scale: str) -> float:
    return {"C": value, "F": value * 9 / 5 + 32, "K": value + 273.15}[scale]


def _known(unit: str) -> dict[str, float]:
    """Its sizes by what it may measure; raises ValueError for an unknown one."""
    if found := _sizes(" ".join(unit.replace("⁄", "/").split())):
        return found
    if _scale(unit):
        return {"temperature": 1.0}
    from difflib import get_close_matches

    names = [name for name in (*_table(), *_TEMPERATURES) if len(name) > 3]
    near = get_close_matches(unit.lower(), names, n=2)
    hint = f": did you mean {' or '.join(near)}?" if near else ", write its name, such as km"
    raise ValueError(f'unknown unit "{unit}"{hint}')


def _sizes(unit: str) -> dict[str, float]:
    """Of a unit in the table, or one that is made of those."""
    table = _table()
    for name in (unit, unit.lower(), re.sub("^us ", "", unit.lower().replace(".", ""))):
        if name in table:
            return table[name]
    for power, pattern, kind in ((2, _SQUARE, "area"), (3, _CUBE, "volume")):
        if found := pattern.fullmatch(unit.lower()):
            side = _sizes(found[1] or found[2]).get("length")
            return {kind: side**power} if side else {}
    parts = _SPOKEN.split(unit)
    if len(parts) != 2:
        return {}
    tops, bottoms = _sizes(parts[0]), _sizes(parts[1])
    return {
        f"{top}/{bottom}": size / other
        for top, size in tops.items()
        for bottom, other in bottoms.items()
    }


@cache
def _table() -> dict[str, dict[str, float]]:
    """By name: a sign keeps its case where that matters (Mb, MB), all else is in small letters."""
    table: dict[str, dict[str, float]] = {}

    def add(name: str, kind: str, size: float) -> None:
        table.setdefault(name, {}).setdefault(kind.strip(), size)

    for kind, units in _NAMED.items():
        for names, size in units.items():
            for name in names.split(", "):
                add(name, kind, size)
                add(f"{name}s", kind, size) if len(name) > 1 else None
    for kind, (size, sign, words) in _PREFIXED.items():
        for short, (long, factor) in _PREFIXES.items():
            if factor < 1 and kind.strip() in _NO_SMALL:
                continue
            for word in (*words.split(), *_american(words)):
                add(f"{long}{word}", kind, size * factor)
                add(f"{long}{word}s", kind, size * factor)
            add(short + sign, kind, size * factor)
            add((short + sign).lower(), kind, size * factor)
    return table


def _american(words: str) -> list[str]:
    return [word[:-2] + "er" for word in words.split() if word in ("metre", "litre")]
