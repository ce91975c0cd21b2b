"""The words of a text as the local search index has them, and those of a query.

SQLite parts words at spaces. Scripts written without spaces are indexed a character at a time, and
a query asks for each two that stand together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from unicodedata import category

_UNSPACED = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_MAX_TERMS = 32
_STOP_WORDS = frozenset(
    # ruff: noqa: SIM905
    "a about all also an and any are as at be been but by can could d did do does for from had has "
    "have he her his how i if in into is it its just ll me my no not of on or our s she should so "
    "some t than that the their them then there these they this to us ve was we were what when "
    "where which who whom why will with would you your".split()
)


def match_expression(query: str) -> str:
    """The words of any text as an FTS5 expression, joined by OR; empty where it has none."""
    terms = list(dict.fromkeys(_terms(query.lower())))
    telling = [term for term in terms if term not in _STOP_WORDS] or terms
    return " OR ".join(f'"{term}"' for term in islice(telling, _MAX_TERMS))


def index_text(text: str) -> str:
    """The text with spaces around each character that is a word of its own."""
    return _unspaced_char().sub(r" \g<0> ", text)


def _terms(query: str) -> Iterator[str]:
    kept = "".join(char if _is_of_word(char) else " " for char in query)
    for word in _word().findall(kept):
        if _unspaced_char().match(word):
            yield from (f"{a} {b}" for a, b in pairwise(word)) if len(word) > 1 else word
        else:
            yield word
            if "_" in word:
                yield from filter(None, word.split("_"))


def _is_of_word(char: str) -> bool:
    return char.isalnum() or char == "_" or category(char).startswith("M")


# Not at import: patterns with so many characters take milliseconds to compile.
@cache
def _unspaced_char() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
