"""The rules that say whether an expert's answer to a card's task is right.

A rule takes any text at all and says yes or no: it never raises, whatever a model wrote. Each has
the sentence that asks for the form it reads. How an answer is worded is not what is measured, so
the rules are lenient: Markdown, LaTeX, units and separators do not count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestra_cli.experts.answer_text import (
    MAX_CHARS,
    final_answer,
    last_number,
    normalised,
    plain,
    program_of,
)
from tools.base import CallContext, ToolError

_PROGRAM_TIMEOUT_S = 2.0
_PASSED = "every test passed"

_LAST_LINE = "End with one line that has only the answer: Answer: …"
_CHOSEN = re.compile(
    r"^\W{0,20}(?:option|choice|answer|box)?\W{0,20}([A-H])(?![\w'])(?!\W*(?:(?:or|and)\W+)?[A-H]\b)",
    re.IGNORECASE,
)
_LETTER = re.compile(r"(?<![\w'])([B-H]|A(?=\W*$|\)))(?![\w'])")


class _Check(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @property
    def form(self) -> str:
        """Asks for the form that the rule reads; empty where the task says it all."""
        return _LAST_LINE


class NumberCheck(_Check):
    """A number, however it is written."""

    kind: Literal["number"]
    value: float | int
    tolerance: float = 1e-6

    def passes(self, answer: str) -> bool:
        """Whether the answer's last number is near enough."""
        number = last_number(final_answer(answer))
        return number is not None and abs(number - self.value) <= self.tolerance


class TextCheck(_Check):
    """A name or a word."""

    kind: Literal["text"]
    accepts: tuple[str, ...] = Field(min_length=1, strict=False)

    def passes(self, answer: str) -> bool:
        """Whether the answer is one of these, or a sentence that ends in `is` or `was` and one."""
        given = normalised(final_answer(answer))
        before = re.compile(r"\A.*\b(?:is|was)(?: the| an?)? ")
        return before.sub("", given) in map(normalised, self.accepts)


class ListCheck(_Check):
    """Names or words in an order."""

    kind: Literal["list"]
    items: tuple[str, ...] = Field(min_length=2, strict=False)

    def passes(self, answer: str) -> bool:
        """Whether the answer has these and no others; a word may stand before one (room 3.07)."""
        given = [normalised(part) for part in re.split(r"[,;]|\band\b", final_answer(answer))]
        given = [part for part in given if part]
        wanted = [normalised(item) for item in self.items]
        return len(given) == len(wanted) and all(
            has == want or has.endswith(f" {want}") for has, want in zip(given, wanted, strict=True)
        )


class ChoiceCheck(_Check):
    """One of the lettered choices."""

    kind: Literal["choice"]
    letter: Annotated[str, Field(pattern="^[A-H]$")]

    def passes(self, answer: str) -> bool:
        """Whether the answer names this letter and no other."""
        said = plain(final_answer(answer))
        if found := _CHOSEN.match(said):
            return found[1].upper() == self.letter
        return set(_LETTER.findall(said)) == {self.letter}


class CodeCheck(_Check):
    """A Python function that passes tests."""

    kind: Literal["code"]
    function: str
    tests: str

    @property
    def form(self) -> str:
        """One block, in the Python that the sandbox runs."""
        return (
            "Reply with one Python code block that defines the function and nothing else. "
            "Use plain Python: no yield, and no imports but collections, functools, itertools, "
            "math and re."
        )

    def passes(self, answer: str) -> bool:
        """Run it with the tests in the sandbox of the `python` tool."""
        from tools.python import PythonTool

        code = program_of(answer[:MAX_CHARS], self.function)
        tool = PythonTool(backend="monty", timeout_s=_PROGRAM_TIMEOUT_S)
        try:
            shown = tool.run({"code": f"{code}\n{self.tests}\nprint('{_PASSED}')"}, CallContext(""))
        except (ToolError, ValueError):  # ValueError: text that the sandbox cannot even take
            return False
        finally:
            tool.close()
        return shown.text.endswith(_PASSED)


class WordsCheck(_Check):
    """A text with given words, of a given length."""

    kind: Literal["words"]
    min_words: int = 1
    max_words: int
    lines: int | None = None
    line_start: str = ""
    max_words_a_line: int | None = None
    all: tuple[str, ...] = Field(default=(), strict=False)
    none: tuple[str, ...] = Field(default=(), strict=False)

    @property
    def form(self) -> str:
        """The task says it all."""
        return ""

    def passes(self, answer: str) -> bool:
        """Whether every demand on the text is met."""
        lines = [line.strip() for line in answer[:MAX_CHARS].splitlines() if line.strip()]
        text = normalised(" ".join(lines))
        words = _words(lines)
        return (
            self.min_words <= len(words) <= self.max_words
            and (self.lines is None or len(lines) == self.lines)
            and all(line.startswith(self.line_start) for line in lines)
            and not any(len(_words([line])) > (self.max_words_a_line or math.inf) for line in lines)
            and all(normalised(word) in text for word in self.all)
            and not any(f" {normalised(word)} " in f" {text} " for word in self.none)
        )


Check = Annotated[
    NumberCheck | TextCheck | ListCheck | ChoiceCheck | CodeCheck | WordsCheck,
    Field(discriminator="kind"),
]


def _words(lines: Sequence[str]) -> list[str]:
    """What has a letter or a digit: a dash alone is no word."""
    return [word for line in lines for word in line.split() if re.search(r"\w", word)]
