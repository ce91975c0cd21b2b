"""Whether two experts' answers say the same, where no judge of the task is at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from orchestra_cli.experts.answer_text import final_answer, last_number, normalised

_LETTER = re.compile(
    r"\W*(?i:(?:the )?(?:correct )?answer(?: is)?\W*)?\(?([A-Z])(?=[*_$\s]*$|[*_$]*[).:\]}])"
)
"""A choice, and not the article of `A dog`."""
_SHORT_CHARS = 40
"""A longer final answer with a number in it may say more than the number."""


def say_the_same(one: str, other: str) -> bool:
    """By their final answers: the same words, the same lettered choice, or the same number."""
    mine, theirs = final_answer(one), final_answer(other)
    words = (normalised(mine), normalised(theirs))
    numbers = (last_number(mine), last_number(theirs))
    if words[0] == words[1]:  # of which -5 and 5 have the same
        return numbers[0] == numbers[1] and (words[0] != "" or mine.strip() == theirs.strip())
    letters = (_LETTER.match(mine), _LETTER.match(theirs))
    if letters[0] and letters[1]:
        named = (letters[0][1], letters[1][1])
        return named[0] == named[1] and _one_begins_the_other(
            mine[letters[0].end() :], theirs[letters[1].end() :]
        )
    if max(len(mine), len(theirs)) > _SHORT_CHARS:
        return False
    return numbers[0] is not None and numbers[0] == numbers[1]


def _one_begins_the_other(one: str, other: str) -> bool:
    """What stands after a letter: it need not be said, and E. coli is not E. faecalis."""
    mine, theirs = normalised(one), normalised(other)
    return mine.startswith(theirs) or theirs.startswith(mine)


def numbered(texts: Sequence[str], same: Callable[[str, str], bool] = say_the_same) -> list[int]:
    """By text the number of what it says; the same number for the same answer."""
    numbers: list[int] = []
    for text in texts:
        known = (n for n, other in zip(numbers, texts, strict=False) if same(text, other))
        numbers.append(next(known, max(numbers, default=-1) + 1))
    return numbers
