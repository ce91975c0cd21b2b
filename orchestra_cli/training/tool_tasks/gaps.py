"""The gaps of a template, drawn.

A gap is written `name=what`: `2..40` is a whole number, `0.5..9.5/0.5` one in steps, `1..99*4..8` a
list of four to eight, `1900..2100!` always plain digits, `@ft|square_feet` one of these words,
anything else one of `SLOTS`.
"""

# ruff: noqa: SIM905

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from orchestra_cli.training.tool_tasks import word_banks
from orchestra_cli.training.tool_tasks.dates import DATE_SLOTS
from orchestra_cli.training.tool_tasks.details import DETAIL_SLOTS
from orchestra_cli.training.tool_tasks.slots import (
    Draw,
    Said,
    Slot,
    listed,
    money,
    number,
    percent,
    plain,
)

_RANGE = re.compile(r"(-?[\d.]+)\.\.(-?[\d.]+)(?:/([\d.]+))?(?:\*(\d+)\.\.(\d+))?(!?)")


def draw_slots(specs: str, draw: Draw) -> dict[str, Said]:
    """Every gap of `a=2..40 item=item`; no name or thing twice."""
    return {
        name: draw_slot(what, draw) for name, what in (each.split("=") for each in specs.split())
    }


def draw_slot(what: str, draw: Draw) -> Said:
    """One value."""
    if found := _RANGE.fullmatch(what):
        low, high, step, least, most, is_plain = found.groups()
        if least:
            return _numbers(low, high, step, draw.rng.randint(int(least), int(most)), draw)
        value = _within(low, high, step, draw.rng)
        return Said(plain(value), plain(value), value) if is_plain else number(value, draw)
    if what.startswith("@"):
        return _one_of(what[1:].replace("_", " ").split("|"))(draw)
    slot = SLOTS[what]
    said = slot(draw)
    for _ in range(50):
        if said.text not in draw.used:
            break
        said = slot(draw)
    if not said.text[:1].isdigit():
        draw.used.add(said.text)
    return said


def _within(low: str, high: str, step: str | None, rng: Random) -> float:
    size = float(step or 1)
    count = round((float(high) - float(low)) / size)
    return round(float(low) + size * rng.randint(0, count), 6)


def _numbers(low: str, high: str, step: str | None, count: int, draw: Draw) -> Said:
    values = [plain(_within(low, high, step, draw.rng)) for _ in range(count)]
    return Said(listed(values, draw.rng), f"[{', '.join(values)}]", count)


def _one_of(words: Sequence[str]) -> Slot:
    def draw_word(draw: Draw) -> Said:
        word = draw.rng.choice(words)
        return Said(word, word, len(word))

    return draw_word


def _amount(low: float, high: float, step: float, *, ends: float = 0.0) -> Slot:
    """Money; `ends` is taken off, as in 19.99."""

    def draw_amount(draw: Draw) -> Said:
        value = low + step * draw.rng.randint(0, round((high - low) / step))
        return money(round(value - (ends if draw.rng.random() < 0.4 else 0), 2), draw)

    return draw_amount


def _percent_of(values: Sequence[float]) -> Slot:
    return lambda draw: percent(draw.rng.choice(values), draw)


def _letter(draw: Draw) -> Said:
    letter = draw.rng.choice("aaaeeeiioorrssttnnlmpucdgb")
    return Said(letter, letter)


SLOTS: Mapping[str, Slot] = {
    **DATE_SLOTS,
    **DETAIL_SLOTS,
    "name": _one_of(word_banks.NAMES),
    "surname": _one_of(word_banks.SURNAMES),
    "item": _one_of(word_banks.ITEMS),
    "counted": _one_of(word_banks.COUNTED),
    "group": _one_of(word_banks.GROUPS),
    "dear": _one_of(word_banks.DEAR),
    "food": _one_of(word_banks.FOODS),
    "dish": _one_of(word_banks.DISHES),
    "city": _one_of(word_banks.CITIES),
    "street": _one_of(word_banks.STREETS),
    "vehicle": _one_of(word_banks.VEHICLES),
    "word": _one_of(word_banks.WORDS),
    "sentence": _one_of(word_banks.SENTENCES),
    "letter": _letter,
    "foreign": _one_of("yen rupees crowns zloty lira forint baht pesos rand krona".split()),
    "cents": _amount(0.2, 9.9, 0.05, ends=0.01),
    "price": _amount(1, 60, 0.5, ends=0.01),
    "cost": _amount(15, 400, 1, ends=0.01),
    "cash": _amount(20, 2_000, 5),
    "bill": _amount(12, 240, 0.1),
    "pay": _amount(9, 60, 0.5),
    "salary": _amount(18_000, 140_000, 500),
    "savings": _amount(500, 40_000, 100),
    "sum": _amount(1_000, 900_000, 250),
    "percent": _percent_of((*range(1, 100), 5, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 80, 90)),
    "discount": _percent_of((5, 10, 12, 15, 18, 20, 22, 25, 30, 33, 35, 40, 45, 50, 60, 70)),
    "rate": _percent_of((0.5, 1, 1.2, 1.5, 1.8, 2, 2.25, 2.5, 3, 3.5, 3.75, 4, 4.2, 5, 6, 7, 8)),
    "tax": _percent_of((5, 6, 7, 7.7, 8, 8.1, 8.25, 10, 15, 18, 19, 20, 21, 22, 23, 25)),
    "tip": _percent_of((8, 10, 12, 15, 16, 18, 20, 22, 25)),
}
