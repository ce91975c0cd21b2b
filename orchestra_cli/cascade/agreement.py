"""Whether two experts' answers say the same, where no judge of the task is at hand."""

from __future__ import annotations

import re

from orchestra_cli.experts.answer_text import final_answer, last_number, normalised

_LETTER = re.compile(r"\W*(?i:(?:the )?(?:correct )?answer(?: is)?\W*)?\(?([A-Z])(?![\w'])")
_SHORT_CHARS = 40
"""A longer final answer with a number in it may say more than the number."""


def say_the_same(one: str, other: str) -> bool:
    """By their final answers: the same words, the same lettered choice, or the same number."""
    mine, theirs = final_answer(one), final_answer(other)
    if normalised(mine) == normalised(theirs):
        return True
    letters = (_LETTER.match(mine), _LETTER.match(theirs))
    if letters[0] and letters[1]:
        return letters[0][1] == letters[1][1]
    if max(len(mine), len(theirs)) > _SHORT_CHARS:
        return False
    numbers = (last_number(mine), last_number(theirs))
    return numbers[0] is not None and numbers[0] == numbers[1]


def numbered(texts: list[str]) -> list[int]:
    """By text the number of what it says; the same number for the same answer."""
    numbers: list[int] = []
    for text in texts:
        known = (n for n, other in zip(numbers, texts, strict=False) if say_the_same(text, other))
        numbers.append(next(known, max(numbers, default=-1) + 1))
    return numbers
