"""A number with what stands beside it: a percent sign, a unit, an amount of money.

The invariant: only a number that stands for itself is read. Where an answer ends in a list, a range
or a formula there is no quantity, and whoever asks compares the text instead.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from dataclasses import dataclass

from orchestra_cli.experts.answer_text import NUMBER, number_value, plain_numbers
from orchestra_cli.rules.units import base_units

DEFAULT_TOLERANCE = 1e-4
"""Relative, for what was rounded."""

_MAX_CHARS = 2_000
_BRACKETS = re.compile(r"(?<=\S)\s+\([^()]*\)")
_BOLD = re.compile(r"\*\*([^*\n]*\d[^*\n]*)\*\*")
_FULL_HOUR = re.compile(r"(?<![\d:])(\d{1,2}):00(?![\d:])")
_EQUALS = re.compile(r"=|≈|\\approx|approximately")
_BEFORE = re.compile(
    r"(?:[\^_/*×√{\[]|sqrt ?|[a-z]\(|(?:\d|[)}]|(?<![a-z])[a-z])\s?[-+]|\d\s?:)\s?$", re.IGNORECASE
)
"""What makes the number behind it a part of a formula, a range, a date or a ratio."""
_BEFORE_SIGN = re.compile(r"(?:\d|[)}]|(?<![A-Za-z])[a-z])\s*$")
_INTERVAL = re.compile(r"infty|∞|\\cup|∪|\d\s*\]$")
_AFTER = re.compile(
    r"\s*(?:\^|\\(?!%|text|mathrm|mbox|circ|degree|$)|[*×√π+(]|sqrt|[-/]\s*(?:[\d\\(]|[a-z]\b))|pi\b"
)
_VARIABLE = re.compile(r"[a-z](?![\w²³/])")
_BETWEEN = re.compile(
    r"\W{0,9}(?:,|;|±|\\pm|\b(?:or|and)\b)\W{0,9}(?:[a-z]\s?=\W{0,9})?", re.IGNORECASE
)
_PERCENT = re.compile(r"\s*(?:\\?%|percent(?:age points?)?\b|per cent\b)", re.IGNORECASE)
_SCALE = re.compile(r"\s*-?(thousand|million|billion|trillion)\b|([kKM]|bn)\b(?!\^)", re.IGNORECASE)
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9,
           "trillion": 1e12}  # fmt: skip
_UNIT = re.compile(r"\s*\\?([a-zµΩ°][a-zµΩ°²³/]*(?:\^?[23])?(?: [a-z]+){0,2})", re.IGNORECASE)
_PREFIXED = re.compile(r"([pnuµmkMG]?)(J|W|V|A|N|Pa|Hz|mol|eV|Ω)")
_PREFIXES = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6,
             "G": 1e9}  # fmt: skip
_TIMES = {"month": ("year", 1 / 12), "year": ("year", 1.0), "decade": ("year", 10.0),
          "century": ("year", 100.0), "centurie": ("year", 100.0)}  # fmt: skip
_MONEY = {"dollar": ("$", 1.0), "usd": ("$", 1.0), "cent": ("$", 0.01), "euro": ("€", 1.0),
          "eur": ("€", 1.0), "yen": ("¥", 1.0)}  # fmt: skip
_SHORT = 2
"""A unit of so few letters is one only where no word follows: "5 in total" is no 5 inches."""
_NO_FORMULA_BEFORE = re.compile(r"(?:about|roughly|around|US|USD|\W)*", re.IGNORECASE)
_NO_FORMULA_AFTER = re.compile(r"[^\W\d]*(?:\^?[23])?(?:[\s/.,'°-]+(?:[^\W\d]+(?:\^?[23])?)?)*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that was read."""

    value: float
    is_percent: bool = False
    is_whole: bool = False
    """Written in digits alone: two such numbers are equal or they are not."""
    kind: str = ""
    """What the unit measures; empty without a unit that is known."""
    factor: float = 1.0
    """How many base units the unit is."""


@functools.lru_cache(maxsize=8192)
def read_quantity(said: str) -> Quantity | None:
    """The number that the words come to; None where no one number does."""
    text = _plain(said)
    found = _without_powers(text, list(NUMBER.finditer(text)))
    if not found or _is_part(text, found[-1]) or _INTERVAL.search(text):
        return None
    if len(found) > 1 and _is_list(text, *found[-2:]):
        return None
    return _quantity(found[-1][0], text[found[-1].end() :], _currency(said))


@functools.lru_cache(maxsize=8192)
def read_reference(text: str, *, any_words: bool = True) -> Quantity | None:
    """The quantity that a reference is; None for a formula.

    Beside it may stand a unit, and words of any kind unless the reference may be a name: 12 Angry
    Men is no number.
    """
    given = _plain(text)
    found = NUMBER.search(given)
    if found is None or not _NO_FORMULA_BEFORE.fullmatch(given[: found.start()]):
        return None
    rest = _PERCENT.sub("", given[found.end() :], count=1).replace("\\circ", "").strip("{}^ ")
    if not _NO_FORMULA_AFTER.fullmatch(rest):
        return None
    read = read_quantity(text)
    is_name = read is not None and not read.kind and re.search(r"[^\W\d_]", rest)
    return None if is_name and (not any_words or not given[found.end()].isspace()) else read


def same_value(one: Quantity, other: Quantity, *, tolerance: float | None = None) -> bool:
    """Whether both are the same amount; a unit that only one of them has does not count."""
    if one.kind and other.kind and one.kind != other.kind:
        return False
    ratio = one.factor / other.factor if one.kind == other.kind else 1.0
    if tolerance is None and one.is_whole and other.is_whole:
        return math.isclose(one.value * ratio, other.value, rel_tol=1e-15)
    if one.value == 0.0 or other.value == 0.0:
        return abs(one.value - other.value) <= 1e-9  # nothing is relative to zero
    tolerance = DEFAULT_TOLERANCE if tolerance is None else tolerance
    return math.isclose(one.value * ratio, other.value, rel_tol=tolerance)


def _plain(said: str) -> str:
    """The part that holds the result, its numbers as programs write them."""
    said = said[-_MAX_CHARS:]
    if not said.isascii():
        said = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " ", said).replace("²", "^2").replace("³", "^3")
        said = unicodedata.normalize("NFKC", said).replace("\N{FRACTION SLASH}", "/")
    if "**" in said and len(bold := _BOLD.findall(said)) == 1:
        said = bold[0]
    text = plain_numbers(said)
    if ":00" in text:
        text = _FULL_HOUR.sub(r"\1", text)
    if "(" in text:
        text = _BRACKETS.sub("", text)
    after = _EQUALS.split(text)[-1]
    return after if re.search(r"\d", after) else text


def _without_powers(text: str, found: list[re.Match[str]]) -> list[re.Match[str]]:
    """Without the 2 of m^2 where that ends the last quantity."""
    if len(found) < 2 or found[-1][0] not in ("2", "3"):
        return found
    between = text[found[-2].end() : found[-1].start()]
    power = re.fullmatch(r"\s*([^\W\d_]+)\^\{?", between)
    return found[:-1] if power and _known(power[1] + found[-1][0]) else found


def _is_part(text: str, number: re.Match[str]) -> bool:
    """Whether the number belongs to a formula, a range or a date."""
    before, after = text[max(0, number.start() - 8) : number.start()], text[number.end() :]
    if _BEFORE.search(before) or (number[0][0] in "+-" and _BEFORE_SIGN.search(before)):
        return True
    if _AFTER.match(after) and not _unit(after):
        return True
    return bool(_VARIABLE.match(after) and not _unit(after) and not _SCALE.match(after))


def _is_list(text: str, before: re.Match[str], last: re.Match[str]) -> bool:
    """Whether the last two numbers are offered beside each other."""
    between = _BETWEEN.fullmatch(text[before.end() : last.start()])
    is_first = not re.search(r"[^\W\d_]{2}", text[: before.start()])
    return between is not None and (is_first or "," not in between[0])


def _quantity(written: str, after: str, currency: str) -> Quantity | None:
    value = number_value(written)
    if value is None:
        return None
    is_whole = not re.search(r"[./e]", written, re.IGNORECASE)
    if _PERCENT.match(after):
        return Quantity(value, is_percent=True, is_whole=is_whole)
    if scale := _SCALE.match(after):
        value *= _SCALES[(scale[1] or scale[2]).casefold()]
        after = after[scale.end() :]
    kind, factor = _unit(after) or (currency, 1.0)
    return Quantity(value, is_whole=is_whole, kind=kind, factor=factor)


@functools.lru_cache(maxsize=4096)
def _unit(after: str) -> tuple[str, float] | None:
    """(what the unit right after a number measures, how many base units it is)."""
    found = _UNIT.match(after[:60])
    if found is None:
        return None
    words = found[1].split(" ")
    for size in range(len(words), 0, -1):
        written = " ".join(words[:size])
        name = written.replace("^", "").replace("°", "")
        is_last = not re.match(r"\s*\w", after[found.start(1) + len(written) :])
        if (is_last or len(name) > _SHORT) and (known := _known(name)):
            return known
    return None


def _known(name: str) -> tuple[str, float] | None:
    if prefixed := _PREFIXED.fullmatch(name):
        return prefixed[2], _PREFIXES[prefixed[1]]
    one = name.casefold().removesuffix("s")
    return _MONEY.get(one) or _TIMES.get(one) or base_units(name) or _power(name)


def _power(name: str) -> tuple[str, float] | None:
    """The square or the cube of a length: cm2, m3."""
    side = base_units(name[:-1]) if name[-1:] in ("2", "3") else None
    if side is None or side[0] != "length":
        return None
    # a litre is the base unit of volumes
    return ("area", side[1] ** 2) if name[-1] == "2" else ("volume", 1000 * side[1] ** 3)


def _currency(said: str) -> str:
    """The sign in front of the number; an even number of dollar signs is LaTeX."""
    if said.count("$") % 2 and re.search(r"\$\s?\d", said):
        return "$"
    return next((sign for sign in "€£¥" if sign in said), "")
