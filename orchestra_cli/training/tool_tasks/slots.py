"""What a gap is filled with, in the spellings people use: numbers, money, percentages.

The text goes into the question and the code into the program; both say the same.
"""

# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_PARTS = {0.5: "half", 0.25: "a quarter", 0.75: "three quarters"}
CURRENCIES = ("$", "$", "$", "€", "€", "£", "£", "CHF")
_MONEY_WORDS = {"$": "dollars", "€": "euros", "£": "pounds", "CHF": "francs"}


@dataclass(frozen=True, slots=True)
class Said:
    """A value as the question says it and as a program writes it."""

    text: str
    code: str
    value: float = 0.0


@dataclass(slots=True)
class Draw:
    """One task's random choices: habits that hold for the whole task, and what was drawn so far."""

    rng: Random
    currency: str = ""
    word_share: float = 0.0
    """How often a small number is written in words."""
    comma_share: float = 0.0
    date_form: int = 0
    """Which of the date forms; the same all through a task."""
    used: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, rng: Random) -> Draw:
        """With habits drawn."""
        return cls(
            rng,
            currency=rng.choice(CURRENCIES),
            word_share=rng.choice((0.0, 0.0, 0.0, 0.15, 0.5)),
            comma_share=rng.choice((0.0, 1.0, 1.0)),
            date_form=rng.randrange(1_000),
        )


Slot = Callable[[Draw], Said]


def number(value: float, draw: Draw) -> Said:
    """In digits, with separators, in words or rounded words."""
    return Said(spelled(value, draw), plain(value), value)


def plain(value: float) -> str:
    """As a program writes it."""
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")


def money(value: float, draw: Draw) -> Said:
    """With a sign or the currency's name."""
    digits = f"{value:,.2f}" if draw.comma_share else f"{value:.2f}"
    if value == int(value) and draw.rng.random() < 0.9:
        digits = digits[:-3]
    return Said(with_currency(digits, draw), plain(value), value)


def with_currency(digits: str, draw: Draw) -> str:
    """The amount in the task's currency, one way or another."""
    sign = draw.currency
    if draw.rng.random() < 0.12:
        return f"{digits} {_MONEY_WORDS[sign]}"
    if sign == "CHF":
        return draw.rng.choice((f"CHF {digits}", f"{digits} CHF"))
    if sign == "€":
        return draw.rng.choice((f"€{digits}", f"€{digits}", f"{digits} €"))
    return sign + digits


def percent(value: float, draw: Draw) -> Said:
    """With the sign or the word."""
    digits = plain(value)
    forms = [f"{digits}%", f"{digits}%", f"{digits}%", f"{digits} percent", f"{digits} per cent"]
    if value == int(value) and draw.rng.random() < draw.word_share:
        forms = [f"{in_words(int(value))} percent"]
    return Said(draw.rng.choice(forms), digits, value)


def in_words(value: int) -> str:
    """Up to 999."""
    if value < 20:
        return _ONES[value]
    if value < 100:
        ones = value % 10
        return _TENS[value // 10] + (f"-{_ONES[ones]}" if ones else "")
    rest = value % 100
    return f"{_ONES[value // 100]} hundred" + (f" and {in_words(rest)}" if rest else "")


def listed(texts: Sequence[str], rng: Random) -> str:
    """One after the other, as somebody would type it."""
    head, last = ", ".join(texts[:-1]), texts[-1]
    return rng.choice((f"{head} and {last}", f"{head}, {last}", f"{head}, {last}", " ".join(texts)))


def spelled(value: float, draw: Draw) -> str:
    rng = draw.rng
    if value != int(value):
        return _spelled_part(value, rng)
    whole = int(value)
    if 0 <= whole <= (20 if rng.random() < 0.7 else 99) and rng.random() < draw.word_share:
        return in_words(whole)
    if whole >= 1_000_000 and whole % 100_000 == 0 and rng.random() < 0.6:
        return f"{plain(whole / 1_000_000)} million"
    if whole >= 1_000 and whole % 1_000 == 0 and rng.random() < 0.25:
        return f"{whole // 1_000}{rng.choice(('k', ' thousand'))}"
    return f"{whole:,}" if rng.random() < draw.comma_share else str(whole)


def _spelled_part(value: float, rng: Random) -> str:
    whole, part = int(value), round(value - int(value), 6)
    if value < 0 or part not in _PARTS or rng.random() < 0.8:
        return plain(value)
    if not whole:
        return _PARTS[part]
    half = "1/2" if part == 0.5 else "1/4" if part == 0.25 else "3/4"
    words = "a half" if part == 0.5 else _PARTS[part]
    return rng.choice((f"{whole} {half}", f"{in_words(whole)} and {words}"))
