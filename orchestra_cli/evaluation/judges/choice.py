"""The judge of multiple choice: the letter that the answer names, or the option's own text.

It never guesses: where two letters stand and none of them is named as the answer, none is read.
Up to 26 options; a task without any has them in its question, and then every letter may be one.
"""

from __future__ import annotations

import functools
import re

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.judges.exact import wording
from orchestra_cli.evaluation.tasks import LETTERS, EvalTask
from orchestra_cli.experts.answer_text import MAX_CHARS, final_answer, plain

_ALONE = re.compile(r"\W{0,20}([A-Za-z])[^\w+#]{0,20}")
_FIRST = re.compile(
    r"\W{0,20}(?:(?:the )?(?:correct |best |right |final )?(?:option|choice|answer|box)(?: is\b)?)?"
    r"\W{0,9}(?:\(([A-Za-z])\)|([A-Z])(?=\s*(?:[.):,;–—]|-\s|$|\n)))"
)
"""An answer that begins with its letter: (B), B. Lesotho, Option B."""
_NAMED = re.compile(
    r"\b(?:answer|choice|option|choose|select|pick)(?:ed|s)?\b(?:\s+(?:is|as|would be|should be))?"
    r"\W{0,6}(?:(?:option|choice|letter)\W{1,4})?([A-Z])\b(?!['’])",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\W{0,4}\b([A-Z])\b\W{0,4}is (?:the )?(?:correct|right|best|answer)")
_OTHER = re.compile(r"\W{0,3}(?:or|and|/|,|nor)\W{0,3}(?:option\s+)?([A-Z])\b(?!['’])")
_STANDING = re.compile(r"(?<![\w'’])(?:\(([A-Za-z])\)|([A-Z])(?![\w'’]))")
_STANDS_THERE = re.compile(rf"\W{{0,20}}$|\)|{_OTHER.pattern}")
_DENIED = re.compile(
    r"\b(?:not|never|neither|except|instead|wrong|incorrect|isn|rather|eliminate)\b"
)
_WORDS = frozenset("AI")
"""Letters that are words as well."""
_RULED_OUT = {"?"}
"""Some letter is said not to be the answer: the others are no clearer for it."""


class ChoiceJudge:
    """A rule."""

    name = "choice"

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Right where it chooses the reference's option."""
        reference = task.answer
        wanted = chosen(reference, task.choices) if isinstance(reference, str) else None
        if wanted is None:
            return Grade(None, "the task's answer names none of its choices")
        letter = chosen(answer, task.choices)
        if letter is None:
            return Grade(False, "no one choice is named")
        return Grade(letter == wanted, "" if letter == wanted else f"{letter} is not {wanted}")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether both choose, and choose the same."""
        letter = chosen(one, task.choices)
        return letter is not None and letter == chosen(other, task.choices)


def chosen(answer: str, choices: tuple[str, ...] = ()) -> str | None:
    """The letter of the option that the answer settles on; None where that is not clear."""
    allowed = LETTERS[: len(choices)] if choices else LETTERS
    if len(answer) == 1 and answer in allowed:
        return answer
    said = plain(final_answer(answer))
    if found := _ALONE.fullmatch(said):
        letter = found[1].upper()
        return letter if letter in allowed else _by_text(said, choices)
    if said in choices and choices.count(said) == 1:
        return LETTERS[choices.index(said)] if choices.index(said) < len(allowed) else None
    return (
        _first(said, allowed)
        or _only(_named(said), allowed)
        or _by_text(said, choices)
        or _only(_standing(said), allowed)
        or _elsewhere(answer, said, allowed)
    )


def _elsewhere(answer: str, said: str, allowed: str) -> str | None:
    """Before the last line, where that names no letter: called the answer, or at the start."""
    if _standing(said):
        return None
    text = plain(answer[-MAX_CHARS:])
    return _only(_named(text), allowed) or _first(text.partition("\n")[0], allowed)


def _first(said: str, allowed: str) -> str | None:
    found = _FIRST.match(said)
    if found is None:
        return None
    letter = (found[1] or found[2]).upper()
    if letter == "I" and found[2] and not re.match(r"[.)]|\W*$", said[found.end() :]):
        return None
    return letter if letter in allowed and not _OTHER.match(said, found.end()) else None


def _named(text: str) -> set[str]:
    """Letters that a phrase calls the answer; two of them where it offers two."""
    letters: set[str] = set()
    for found in (*_NAMED.finditer(text), *_AFTER.finditer(text)):
        if not found[1].isupper() and text[found.start(1) - 1] != "(":
            continue
        if found[1] == "I" and re.match(r"\s+[a-z]", text[found.end(1) :]):
            continue
        letters.add(found[1].upper())
        if other := _OTHER.match(text, found.end(1)):
            letters.add(other[1].upper())
    return letters


def _standing(said: str) -> set[str]:
    """Every letter that stands for itself."""
    letters: set[str] = set()
    for found in _STANDING.finditer(said):
        is_word = found[2] in _WORDS and not _STANDS_THERE.match(said, found.end())
        if not is_word:
            letters.add((found[1] or found[2]).upper())
    return _RULED_OUT if letters and _DENIED.search(said.casefold()) else letters


def _only(letters: set[str], allowed: str) -> str | None:
    return next(iter(letters)) if len(letters) == 1 and letters <= set(allowed) else None


def _by_text(said: str, choices: tuple[str, ...]) -> str | None:
    """The option whose text this is, or a sentence that ends in `is` and that text."""
    if not choices:
        return None
    places = _places(choices)
    place = places.get(wording(said))
    if place is None and " is " in said:
        place = places.get(wording(said.rpartition(" is ")[2]))
    return None if place is None or place < 0 else LETTERS[place]


@functools.lru_cache(maxsize=1024)
def _places(choices: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    """Where each option's wording stands; -1 where two options read alike."""
    places: dict[tuple[str, ...], int] = {}
    for place, text in enumerate(choices[: len(LETTERS)]):
        key = wording(text)
        places[key] = -1 if key in places else place
    return places
