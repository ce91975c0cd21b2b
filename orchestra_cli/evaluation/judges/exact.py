"""The judge of texts: the answer is one of the accepted ones, however it is dressed.

Letter case, accents, punctuation, articles, Markdown, LaTeX and a sentence around the answer do not
count. What would change the meaning does: the signs of C++, -5 and x = 3, and every character of a
reference that is written as a Python literal ('a b', [1, 2]).

Where the task has `tags["within_words"]`, an answer of at most so many words that holds the
reference is right too: a look-up is answered in many a sentence, but not by the whole document.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from typing import Any

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.judges.expression import final_expression, notation
from orchestra_cli.evaluation.judges.numeric import is_within_words, reference_texts, same_number
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.experts.answer_text import final_answer, normalised, plain

_MAX_LITERAL_CHARS = 2_000
_MAX_CHARS = 2_000
"""Of what is compared as words."""
_IS = re.compile(r"\b(?:is|was|are|were) ", re.IGNORECASE)
_SIGNS = re.compile(r"[+#=<>√∞%]|(?<![\w.])-(?=[\d.])")
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_SAYS_YES_NO = re.compile(r"\b(?:yes|no|true|false)\b")
_NOTHING = object()
_normalised = functools.lru_cache(maxsize=8192)(normalised)


class ExactJudge:
    """A rule."""

    name = "exact"

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Right where any of the accepted texts is met."""
        accepted = reference_texts(task.answer)
        if not accepted:
            return Grade(None, "the task has no text to compare with")
        said = final_answer(answer)
        for reference in accepted:
            if _meets(said, reference, answer, task.question):
                return Grade(True)
            if _holds(answer, reference, task):
                return Grade(True)
        return Grade(False, f"{said[:80]!r} is not {accepted[0][:80]!r}")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether each would pass as the reference of the other."""
        first, second = final_answer(one), final_answer(other)
        if not (first and second):
            return False
        if first == second:
            return True
        asked = task.question
        if normalised(first) in _YES_NO:
            return _meets(second, first, other, asked)
        if normalised(second) in _YES_NO:
            return _meets(first, second, one, asked)
        return _meets(first, second, one, asked) and _meets(second, first, other, asked)


def wording(text: str) -> tuple[str, ...]:
    """The words without their dress, and the signs that would change what they mean.

    Where nothing but punctuation stands, it is what counts.
    """
    text = plain(text)
    words = _normalised(text)
    return (words, *_SIGNS.findall(text)) if words else ("", *text.split())


def _meets(said: str, reference: str, answer: str, question: str) -> bool:
    """`answer` is the whole text that ends in what was `said`."""
    literal = _literal(reference)
    if literal is not _NOTHING:
        return _is_literal(said, literal, answer)
    wanted = _normalised(reference)
    if wanted in _YES_NO:
        return _yes_or_no(said) == _YES_NO[wanted]
    number = same_number(said, reference, question=question)
    if number is not None:
        return number
    said = said[-_MAX_CHARS:]
    if _ends_in(said, wording(reference)):
        return True
    return "\\" in reference and final_expression(said) == notation(plain(reference))


def _holds(answer: str, reference: str, task: EvalTask) -> bool:
    """Whether the words stand in a text that is as short as the task wants it."""
    wanted = _normalised(reference)
    if not wanted or wanted in _YES_NO or not is_within_words(answer, task):
        return False
    return f" {wanted} " in f" {normalised(answer)} "


def _ends_in(said: str, sought: tuple[str, ...]) -> bool:
    """Whether it is worded so, or is a sentence that ends in `is` or `was` and these words."""
    given = wording(said)
    if given == sought:
        return True
    if not sought[0] or not given[0].endswith(sought[0]):
        return False
    text = plain(said)
    return any(wording(text[found.end() :]) == sought for found in _IS.finditer(text))


def _yes_or_no(said: str) -> str | None:
    """What it says first, where it says that before anything else, or says nothing else."""
    words = normalised(said)
    found = _SAYS_YES_NO.findall(words)
    if not found:
        return None
    is_first = re.match(rf"\W*{found[0]}\b\W*(?:[,.;:!—–-]|$)", plain(said), re.IGNORECASE)
    is_alone = len({_YES_NO[each] for each in found}) == 1
    return _YES_NO[found[0]] if is_first or is_alone else None


@functools.lru_cache(maxsize=4096)
def _literal(text: str) -> Any:
    """The value of a Python literal with quotes or brackets; `_NOTHING` for any other text."""
    text = text.strip()
    if text[:1] + text[-1:] not in ("''", "[]", "()", "{}") or len(text) > _MAX_LITERAL_CHARS:
        return _NOTHING
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _NOTHING


def _is_literal(said: str, wanted: object, answer: str) -> bool:
    """Whether it is this value as Python writes it; a text may stand without its quotes."""
    code = said.strip("`*$ ")
    if not isinstance(wanted, str):
        code = code[code.rfind(" is ") + 4 if " is " in code else 0 :].strip("`*$. ")
    if isinstance(wanted, str) and {said, answer, code} & {wanted, repr(wanted)[1:-1]}:
        return True
    double = code[:1] == code[-1:] == '"' and len(code) > 1
    value = _literal(_requoted(code) if double else code)
    if value is _NOTHING:
        return False
    return type(value) is type(wanted) and bool(value == wanted)


def _requoted(code: str) -> str:
    """A text in double quotes as Python shows it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return repr(ast.literal_eval(code[:_MAX_LITERAL_CHARS]))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return code
