"""Questions put to the rules and to the real python tool, as a run does it."""

from __future__ import annotations

from datetime import date

from orchestra_cli.rules.calculation import find_calculation
from tools.base import CallContext
from tools.python import PythonTool

TODAY = date(2025, 5, 14)


def answer(tool: PythonTool, question: str) -> str | None:
    """The sentence that the user would read; None where the question is not claimed."""
    calculation = find_calculation(question, today=TODAY)
    if calculation is None:
        return None
    seen = tool.run({"code": calculation.code}, CallContext(question=question))
    return calculation.answer(seen.text)


def result(tool: PythonTool, question: str) -> str:
    """The number alone."""
    calculation = find_calculation(question, today=TODAY)
    assert calculation is not None, question
    before, after = calculation.sentence.split("{result}")
    sentence = answer(tool, question)
    assert sentence is not None
    return sentence[len(before) : len(sentence) - len(after)]
