"""Whether a text says what it must: whatever the case, the separators and the form of numbers.

    1,126.04   $1126.04   1126.04 dollars      the same number
    64GB  64 gb     20 hours  20-hour          the same words
Whole words and numbers are compared: 10 is not said by 2010, nor `full` by `successfully`.
"""

from __future__ import annotations

import re
import unicodedata

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|%")
_SHORTEST_PLURAL_CHARS = 4


def says(text: str, needed: str) -> bool:
    """Whether the needed words stand together in the text."""
    words, wanted = tokens(text), tokens(needed)
    if not wanted:
        return needed.strip() in text
    starts = range(len(words) - len(wanted) + 1)
    return any(words[start : start + len(wanted)] == wanted for start in starts)


def tokens(text: str) -> list[str]:
    """Words and numbers in one form each."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), plain)
    return [_token(found) for found in _TOKEN.findall(plain)]


def _token(token: str) -> str:
    if "." in token:
        return token.rstrip("0").rstrip(".")
    if token == "%":
        return "percent"
    if len(token) >= _SHORTEST_PLURAL_CHARS and token.endswith("s"):
        return token[:-1]
    return token
