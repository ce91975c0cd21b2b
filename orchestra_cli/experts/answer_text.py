"""What an answer says, whatever dresses it: Markdown, LaTeX, separators, words around it.

Every function takes any text at all and never raises. The checks of cards and the judges of an
evaluation read answers with these, so that both mean the same by an answer.
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 20_000
"""Nobody needs a longer answer."""

_ANSWER = re.compile(r"\banswer(?:\s+is\b)?[\s*_]*[:=]\s*(.+)", re.IGNORECASE)
_LATEX_WRAP = re.compile(r"\\(?:boxed|text|mathrm|textbf)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"(?:(\d)\s*)?\\[dt]?frac\s*(?:\{(-?\d{1,15})\}\s*\{(\d{1,15})\}|(\d)(\d))")
_MIXED = re.compile(r"(?<![\w./])(\d{1,9})\s+(\d{1,9})\s*/\s*(\d{1,9})(?![\w/]|\.\d)")
_TIMES_POWER = re.compile(r"(?<=\d)\s*(?:×|\\times|\*|x)\s*10\s*\^\s*\{?([-+]?\d{1,3})\}?")
NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:(?:\d{1,3}(?:[, ]\d{3})+(?!\d)|\d{1,30})(?:\.\d{1,30})?|\.\d{1,30})"
    r"(?:e[-+]?\d{1,3}\b|\s*/\s*\d{1,15}\b)?",
    re.IGNORECASE,
)
"""A number in what `plain_numbers` gives; `number_value` reads it."""
_BOXED = re.compile(r"\\boxed\s*\{")
_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
_NO_WORD = re.compile(r"[\W_]+")
_SPACE = re.compile(r"[^\S\n]")
_MARKUP = re.compile(r"\*(?!\s?\d)|(?<!\d)(?<!\d\s)\*|[_`$]|\\[][(),;! ]")
"""A star between two numbers is no markup."""


def final_answer(answer: str) -> str:
    """What stands after the last "Answer:", else in the last \\boxed{}, else the last line."""
    answer = answer[-MAX_CHARS:]
    lines = [line.strip() for line in answer.splitlines() if line.strip(" \t*_`#-")]
    for index in range(len(lines) - 1, -1, -1):
        if "answer" not in lines[index].casefold():
            continue
        if (found := _ANSWER.search(lines[index])) and re.search(r"\w", found[1]):
            return found[1]
        if re.fullmatch(r"\W*answer\W*", lines[index], re.IGNORECASE):
            return lines[index + 1] if index + 1 < len(lines) else ""
    return boxed(answer) or (lines[-1] if lines else "")


def boxed(text: str) -> str:
    """What the last \\boxed{} holds, braces and all; empty without any."""
    starts = [found.end() for found in _BOXED.finditer(text)] if "\\boxed" in text else []
    depth = 1
    for place in range(starts[-1], len(text)) if starts else ():
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[starts[-1] : place].strip()
    return ""


def last_number(text: str) -> float | None:
    """The last number of a text without what stands in brackets after it; None without any."""
    plain_text = plain_numbers(text)
    bare = re.sub(r"(?<=\S)\s*\([^()]*\)", "", plain_text)
    numbers = NUMBER.findall(bare) or NUMBER.findall(plain_text)
    return number_value(numbers[-1]) if numbers else None


def plain_numbers(text: str) -> str:
    """The plain text, its fractions, minus signs and powers of ten written as programs do."""
    text = plain(text).replace("\N{MINUS SIGN}", "-")
    if "frac" in text:
        text = _FRACTION.sub(_written_out, text)
    if "/" in text:
        text = _MIXED.sub(_as_decimal, text)
    return _TIMES_POWER.sub(r"e\1", text) if "10" in text else text


def number_value(number: str) -> float | None:
    """What a match of `NUMBER` is worth; None for a fraction of nothing."""
    top, _, bottom = re.sub(r"[, ]", "", number).partition("/")
    divisor = float(bottom or 1)
    return float(top) / divisor if divisor else None


def normalised(text: str) -> str:
    """Without letter case, accents, punctuation and a leading article."""
    text = plain(text).casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    words = _NO_WORD.sub(" ", text).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words)


def program_of(answer: str, function: str) -> str:
    """The code block that defines the function, else the last block, else the whole text."""
    blocks = _FENCED.findall(answer)
    defining = [block for block in blocks if f"def {function}" in block]
    return str((defining or blocks[-1:] or [answer])[0])


def plain(text: str) -> str:
    """Without what LaTeX and Markdown put around an answer."""
    if "\\" in text:
        text = _LATEX_WRAP.sub(r"\1", text)
    return _MARKUP.sub("", _SPACE.sub(" ", text.replace("{,}", ","))).strip()


def _written_out(fraction: re.Match[str]) -> str:
    """3/4, and 1 3/4 after a whole number."""
    before, *braced_or_not = fraction.groups()
    top, bottom = (part for part in braced_or_not if part is not None)
    return f"{before} {top}/{bottom}" if before else f"{top}/{bottom}"


def _as_decimal(mixed: re.Match[str]) -> str:
    """1 1/2 is 1.5; what is no proper fraction is left as it is."""
    whole, top, bottom = map(int, mixed.groups())
    return repr(whole + top / bottom) if top < bottom else mixed[0]
