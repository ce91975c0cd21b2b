"""The judge of numbers: the answer's last number against the reference.

A reference that is no plain number (a root, a tuple, an interval) is compared as a formula in one
notation (`expression`). Units are converted where both sides have one, and a missing one is
forgiven. 12% is 0.12; where either the reference or the question speaks of percent, the sign may be
left out as well. A number is near enough within 0.01%, or within `tags["tolerance"]`, relative;
two whole numbers have to be equal unless the task states a tolerance.

Where the task has `tags["within_words"]`, any number of an answer of at most so many words may be
the one, but for those that stand in the question: "You need 700 g for 10 people."
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.judges.expression import final_expression, notation
from orchestra_cli.evaluation.judges.quantity import (
    Quantity,
    read_quantity,
    read_reference,
    same_value,
)
from orchestra_cli.evaluation.tasks import EvalTask, Json
from orchestra_cli.experts.answer_text import NUMBER, final_answer, number_value, plain_numbers

_SPEAKS_OF_PERCENT = re.compile(r"%|\bper ?cent", re.IGNORECASE)


class NumericJudge:
    """A rule."""

    name = "numeric"

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Right where any of the references is met."""
        references = reference_texts(task.answer)
        if not references:
            return Grade(None, "the task has no number to compare with")
        said = final_answer(answer)
        tolerance = _tolerance(task)
        asks_percent = _asks_percent(task.question, said)
        for reference in references:
            if _meets(said, reference, tolerance=tolerance, asks_percent=asks_percent):
                return Grade(True)
        for piece in _pieces(answer, task):
            for reference in references:
                if _meets(piece, reference, tolerance=tolerance, asks_percent="%" in piece):
                    return Grade(True)
        return Grade(False, f"{said[:80]!r} is not {references[0][:80]!r}")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether both end in the same number, else in the same formula."""
        said, also_said = final_answer(one), final_answer(other)
        first, second = read_quantity(said), read_quantity(also_said)
        if first is not None and second is not None:
            return _same_amount(first, second, tolerance=_tolerance(task), asks_percent=True)
        formula = final_expression(said)
        return bool(formula) and first == second and formula == final_expression(also_said)


def same_number(said: str, reference: str, *, question: str = "") -> bool | None:
    """Whether the words come to the reference; None where the reference is no number."""
    wanted = read_reference(reference, any_words=False)
    if wanted is None:
        return None
    found = read_quantity(said)
    asks_percent = wanted.is_percent or _asks_percent(question, said)
    return found is not None and _same_amount(
        found, wanted, tolerance=None, asks_percent=asks_percent
    )


def _asks_percent(question: str, said: str) -> bool:
    """Whether a percent sign in the answer may be all that sets it apart."""
    return "%" in said and bool(_SPEAKS_OF_PERCENT.search(question))


def reference_texts(answer: Json) -> tuple[str, ...]:
    """The accepted answers as texts; none where there is nothing to compare with."""
    accepted = answer if isinstance(answer, list) else [answer]
    return tuple(
        {True: "yes", False: "no"}[each] if isinstance(each, bool) else str(each)
        for each in accepted
        if isinstance(each, str | int | float) and str(each).strip()
    )


def _pieces(answer: str, task: EvalTask) -> Iterator[str]:
    """Each number that is not the question's, with what stands behind it; of a short text alone."""
    if not is_within_words(answer, task):
        return
    asked = {number_value(found) for found in NUMBER.findall(plain_numbers(task.question))}
    text = plain_numbers(answer)
    found = list(NUMBER.finditer(text))
    for match, following in zip(found, [*found[1:], None], strict=False):
        if number_value(match[0]) not in asked:
            yield text[match.start() : following.start() if following else None]


def is_within_words(answer: str, task: EvalTask) -> bool:
    """Whether it has no more words than the task's `within_words`, if the task says so at all."""
    most = task.tags.get("within_words")
    return type(most) is int and len(answer.split()) <= most


def _meets(said: str, reference: str, *, tolerance: float | None, asks_percent: bool) -> bool:
    wanted = read_reference(reference)
    if wanted is None:
        formula = final_expression(said)
        return bool(formula) and formula in (notation(reference), final_expression(reference))
    found = read_quantity(said)
    return found is not None and _same_amount(
        found, wanted, tolerance=tolerance, asks_percent=asks_percent or wanted.is_percent
    )


def _same_amount(
    found: Quantity, wanted: Quantity, *, tolerance: float | None, asks_percent: bool
) -> bool:
    if found.is_percent == wanted.is_percent:
        return same_value(found, wanted, tolerance=tolerance)
    as_written = asks_percent and same_value(found, wanted, tolerance=tolerance)
    return as_written or same_value(_share(found), _share(wanted), tolerance=tolerance)


def _share(quantity: Quantity) -> Quantity:
    """12% as 0.12."""
    if not quantity.is_percent:
        return quantity
    return replace(quantity, value=quantity.value / 100, is_percent=False, is_whole=False)


def _tolerance(task: EvalTask) -> float | None:
    """What the task allows; None where it says nothing that can be used."""
    stated = task.tags.get("tolerance")
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return None
    return float(stated) if 0 <= stated <= 1 else None
