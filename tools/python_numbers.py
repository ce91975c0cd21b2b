"""Reads a number as people write it: "1,250", "1.5 million", "twelve", "three quarters", "2 1/2".

Commas and spaces part thousands and a point parts decimals; signs of money and of percent are left
out (15% is 15). The invariant: what is not wholly understood is a ValueError, never a guess.
"""

# ruff: noqa: SIM905

from __future__ import annotations

import re
from fractions import Fraction

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = (
    {word: value for value, word in enumerate(_ONES)}
    | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
    | {"no": 0, "a": 1, "an": 1}
)
_SCALES = {
    "dozen": 12, "thousand": 10**3, "k": 10**3, "million": 10**6, "m": 10**6, "mn": 10**6,
    "billion": 10**9, "bn": 10**9, "trillion": 10**12,
}  # fmt: skip
_PARTS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_SIGNS = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "−": "-"}
_MONEY = re.compile(r"[$€£¥%]|\b(?:percent|per cent|dollars?|euros?|pounds?|chf|usd|eur)\b")
_DIGITS = re.compile(r"\d{1,3}(?:[, '’]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_RATIO = re.compile(r"(?:(\d+) )?(\d+) ?/ ?(\d+)")
_PART = re.compile(rf"(?:(.+?) and )?(?:(.+) )?({'|'.join(_PARTS)}|halve)s?(?: of)?(?: an?)?")


def number(text: str | float) -> int | float:
    """Its value; a number is given back as it is."""
    if isinstance(text, (int, float)):
        return text
    plain = text.strip().lower()
    for sign, written in _SIGNS.items():
        plain = plain.replace(sign, written)
    plain = " ".join(_MONEY.sub(" ", plain).split())
    value = _signed(plain)
    if value is None:
        raise ValueError(f'"{text}" is no number that is known: write it in digits, such as 1250.5')
    return int(value) if value.denominator == 1 else float(value)


def _signed(text: str) -> Fraction | None:
    """With a minus or a plus in front."""
    found = re.fullmatch(r"(?:(-|minus |negative )|\+)? ?(\S.*)", text)
    if found is None:
        return None
    value = _value(found[2])
    return -value if value is not None and found[1] else value


def _value(text: str) -> Fraction | None:
    if _DIGITS.fullmatch(text):
        return Fraction(re.sub("[, '’]", "", text))
    if found := _RATIO.fullmatch(text):
        bottom = int(found[3])
        return int(found[1] or 0) + Fraction(int(found[2]), bottom) if bottom else None
    rest, _, last = text.rpartition(" ")
    if last in _SCALES and rest and (value := _value_of_part(rest)) is not None:
        return value * _SCALES[last]
    found_part = _value_of_part(text)
    return found_part if found_part is not None else _in_words(text)


def _value_of_part(text: str) -> Fraction | None:
    """Three quarters, two and a half; None for what ends in no such word."""
    found = _PART.fullmatch(text)
    if found is None:
        return None
    whole = _value(found[1]) if found[1] else Fraction(0)
    count = _in_words(found[2]) if found[2] else Fraction(1)
    bottom = _PARTS.get(found[3], 2)
    return None if whole is None or count is None else whole + count / bottom


def _in_words(text: str) -> Fraction | None:
    """Digits may be among the words: 12 hundred, 1.5 million, 3k."""
    whole, has_point, decimals = text.partition(" point ")
    if has_point:
        return _with_decimals(whole, decimals)
    # 3k and 1.5m are two words each; twenty-five as well
    words = re.sub(r"(?<=[a-z])-(?=[a-z])|(?<=\d)(?=[a-z])", " ", text).split()
    done = Fraction(0)
    current: Fraction | None = None
    for word in words:
        if word == "and" and current is not None:
            continue
        if word == "hundred" and (current is None or current < 100):
            current = (Fraction(1) if current is None else current) * 100
        elif word in _SCALES:
            done += (Fraction(1) if current is None else current) * _SCALES[word]
            current = Fraction(0)
        elif (value := _one_word(word)) is not None and _may_follow(current, value):
            current = (current or 0) + value
        else:
            return None
    return done + current if current is not None else None


def _one_word(word: str) -> Fraction | None:
    if word in _VALUES:
        return Fraction(_VALUES[word])
    return Fraction(word.replace(",", "")) if _DIGITS.fullmatch(word) else None


def _may_follow(current: Fraction | None, value: Fraction) -> bool:
    """Twenty five and two hundred six are numbers, five twenty and two three are none."""
    if not current:
        return True
    return value < 100 if current % 100 == 0 else current % 10 == 0 and 0 < value < 10


def _with_decimals(whole: str, decimals: str) -> Fraction | None:
    start = _in_words(whole)
    digits = [_VALUES.get(word, 10) for word in decimals.split()]
    if start is None or not digits or max(digits) > 9:
        return None
    return start + sum(Fraction(digit, 10**place) for place, digit in enumerate(digits, start=1))
