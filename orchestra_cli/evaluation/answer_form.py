"""The reference answer of a task, in the form that its judge reads.

Each judge has one form; what a person may write instead (an option's text for its letter) becomes
that form here. Anything else is a ValueError that says what to write.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from orchestra_cli.evaluation.tasks import LETTERS, Json, JudgeName
from tools.base import JsonObject

MAX_CHOICES = len(LETTERS)
_MAX_SHOWN_CHARS = 60
_CODE_KEYS = ("tests", "entry_point", "prelude")
_STATE_KEYS = ("actions", "communicate", "touch")
_PLAIN_NUMBER = re.compile(
    r"[-+]?[$€£]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]*)?(?:\.[0-9]+)?%?"
)
_MAX_EXACT_WORDS = 5


def infer_judge(answer: Json, choices: Sequence[str]) -> JudgeName:
    """Who judges where the task does not say."""
    if choices:
        return "choice"
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        return "numeric"
    return "exact"


def judge_of_text(reference: str) -> JudgeName:
    """Who judges a benchmark's reference: a rule where it is short, a model where it is prose."""
    if re.search("[0-9]", reference) and _PLAIN_NUMBER.fullmatch(reference.strip()):
        return "numeric"
    return "exact" if len(reference.split()) <= _MAX_EXACT_WORDS else "model"


def parse_answer(answer: Json, judge: JudgeName, choices: Sequence[str] = ()) -> Json:
    """The answer in this judge's form. Raises ValueError."""
    if judge == "choice":
        return parse_letter(answer, choices)
    if judge == "numeric":
        return _number(answer)
    if judge == "code":
        return _program(answer)
    if judge == "call":
        return _calls(answer)
    if judge == "state":
        return _final_state(answer)
    return _texts(answer)


def parse_letter(answer: Json, choices: Sequence[str]) -> str:
    """The letter of a choice that is given as its letter, its text, or its place from 0 on.

    A letter in capitals is a letter, whatever the options are. Where there are no choices, the
    question lists them itself.
    """
    letters = LETTERS[: len(choices)] if choices else LETTERS
    if isinstance(answer, str):
        given = answer.strip()
        if len(given) == 1 and given in letters:
            return given
        places = [place for place, text in enumerate(choices) if text.strip() == given]
        if len(places) == 1:
            return letters[places[0]]
        if len(given) == 1 and given.upper() in letters and not places:
            return given.upper()
    elif isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(choices):
        return letters[answer]
    raise ValueError(
        f"{shown(answer)} is none of the choices: write a letter from A to {letters[-1]}"
    )


def shown(value: object) -> str:
    """A value on one line, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"


def nearest(key: str, known: Sequence[str]) -> str:
    """What the unknown key may have meant."""
    near = difflib.get_close_matches(key[:_MAX_SHOWN_CHARS], known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}"


def _number(answer: Json) -> Json:
    """A number, a text with one, or a list of accepted ones."""
    numbers = answer if isinstance(answer, list) else [answer]
    if numbers and all(map(_has_number, numbers)):
        return answer
    raise ValueError(
        f'{shown(answer)} has no number: write one such as 12.5 or "12.5 km", or set '
        '"judge": "exact"'
    )


def _has_number(value: Json) -> bool:
    if isinstance(value, str):
        return re.search(r"\d", value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _texts(answer: Json) -> Json:
    """A text, or a list of accepted ones."""
    texts = answer if isinstance(answer, list) else [answer]
    if texts and all(isinstance(text, str) and text.strip() for text in texts):
        return answer
    raise ValueError(f"{shown(answer)} is no text: write a text, or a list of accepted ones")


def _program(answer: Json) -> Json:
    """The tests that a program must pass: {"tests", "entry_point"?, "prelude"?}."""
    values = _object(answer, _CODE_KEYS, wanted='{"tests": "assert f(2) == 4"}')
    try:
        _texts(values.get("tests"))
    except ValueError:
        given = shown(values.get("tests"))
        raise ValueError(f"tests: {given} is no test: write Python, or a list of asserts") from None
    entry_point = values.get("entry_point", "f")
    if not (isinstance(entry_point, str) and entry_point.isidentifier()):
        raise ValueError(f"entry_point: {shown(entry_point)} is no name of a function: write one")
    if not isinstance(values.get("prelude", ""), str):
        raise ValueError(f"prelude: {shown(values['prelude'])} is no text: write Python")
    return answer


def _final_state(answer: Json) -> Json:
    """What a right run does and says: {"actions", "communicate"?, "touch"?}, or the actions."""
    if isinstance(answer, list):
        return _calls(answer)
    values = _object(answer, _STATE_KEYS, wanted='{"actions": [{"name": "book"}]}')
    try:
        _calls(values.get("actions"))
    except ValueError as error:
        raise ValueError(f"actions: {error}") from None
    said = values.get("communicate", [])
    if not (isinstance(said, list) and all(isinstance(text, str) for text in said)):
        raise ValueError(f"communicate: {shown(said)} is no list of texts: write what must be said")
    if not isinstance(values.get("touch", True), bool):
        raise ValueError(f"touch: {shown(values['touch'])} is neither true nor false")
    return answer


def _calls(answer: Json) -> Json:
    """The golden calls; an empty list where nothing is to be called."""
    if isinstance(answer, list) and all(isinstance(call, dict) and call for call in answer):
        return answer
    raise ValueError(
        f"{shown(answer)} is no list of calls: write one such as "
        '[{"name": "book", "arguments": {"seats": 2}}]'
    )


def _object(answer: Json, keys: Sequence[str], *, wanted: str) -> JsonObject:
    if not isinstance(answer, dict):
        raise ValueError(f"{shown(answer)} is no object: write {wanted}")
    if (unknown := next((key for key in answer if key not in keys), None)) is not None:
        raise ValueError(f"{shown(unknown)}: unknown key: {nearest(unknown, keys)}")
    return answer
