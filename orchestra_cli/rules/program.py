"""A program for the python tool, and the sentence that its output becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class Calculation:
    """A program that shows one result."""

    code: str
    sentence: str
    """What the user reads, with `{result}` where the result goes."""
    num_decimals: int = 10

    def answer(self, output: str) -> str:
        """The sentence with what the program showed."""
        return self.sentence.replace("{result}", show_number(output.strip(), self.num_decimals))


def rounded(expression: str) -> str:
    """The expression without the noise that a sum of binary fractions ends in: 0.1 + 0.2 - 0.3."""
    has_sum = re.search(r"[0-9)] [+-] ", expression)
    has_fraction = re.search(r"\.| / |sqrt|pi", expression)
    return f"round({expression}, 12)" if has_sum and has_fraction else expression


def show_number(text: str, num_decimals: int = 10) -> str:
    """A number as people write it, in groups of digits; other text is left as it is.

    Whole numbers keep every digit; a float of more digits than it can hold is "about" that number.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if not value.is_finite() or not -30 < value.adjusted() < max(30, len(text)):
        return text
    if not value:
        return "0"
    is_whole = set(text) <= set("-0123456789")
    if value != value.to_integral_value():
        num_zeros = max(0, -1 - value.adjusted())
        value = round(value, num_decimals + num_zeros)
    shown = f"{value:,f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return shown if is_whole or value.adjusted() < 15 else f"about {shown}"
