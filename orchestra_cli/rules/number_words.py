"""Numbers in words become digits: "twenty-five" is 25, "2.5 million" is 2500000."""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER = r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|-?\.[0-9]+"
"""Digits, with commas only where they part thousands: 3,5 is no number here."""

_UNDER_20 = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: number for number, word in enumerate(_UNDER_20)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_ONES = "|".join(_UNDER_20[1:10])
_UNDER_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{_ONES}))?|{'|'.join(reversed(_UNDER_20))})"
_WORDS = rf"(?:(?:{_ONES}) hundred(?:(?: and)? {_UNDER_100})?|{_UNDER_100})"
_NUMBER = re.compile(
    rf"(?<![\w.,-])(?:(?P<words>{_WORDS})(?: (?P<scale>{'|'.join(_SCALES)}))?"
    rf"|(?P<digits>{NUMBER}) (?P<of>{'|'.join(_SCALES)}))(?![\w-])",
    re.IGNORECASE,
)


def digits_for_words(text: str) -> str:
    """The text with its numbers in digits."""
    return _NUMBER.sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    scale = _SCALES.get((match["scale"] or match["of"] or "").lower(), 1)
    if match["digits"]:
        value = Decimal(match["digits"].replace(",", "")) * scale
    else:
        value = Decimal(_value(match["words"]) * scale)
    return f"{value:,f}".removesuffix(".0") if scale > 1 else f"{value:f}"


def _value(words: str) -> int:
    """A well-formed number below a thousand."""
    total = 0
    for word in re.split(r"[- ]", words.lower()):
        if word == "hundred":
            total *= 100
        elif word != "and":
            total += _VALUES[word]
    return total


def plain_number(number: str) -> str:
    """As Python writes it: no commas, no zeros in front; a negative one in brackets."""
    whole, point, fraction = number.lstrip("$£€-").replace(",", "").partition(".")
    plain = (whole.lstrip("0") or "0") + point + fraction
    return f"(-{plain})" if "-" in number else plain
