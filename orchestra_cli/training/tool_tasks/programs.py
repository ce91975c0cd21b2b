"""A task that one program answers, drawn from a template; what the program prints is real."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from orchestra_cli.evaluation.tasks import JudgeName
from orchestra_cli.training.tool_tasks.gaps import draw_slots
from orchestra_cli.training.tool_tasks.slots import Draw, Said, with_currency
from orchestra_cli.training.tool_tasks.template import (
    Template,
    filled,
    program_of,
    question_of,
    spun,
)
from tools.base import CallContext, JsonObject
from tools.python import PythonTool

_MOST_DRAWS = 2_000
_DATE = re.compile(r"(\d\d?) ([A-Z][a-z]+) (\d{4})")
_TOLERANCE = 0.01
"""No result is taken for right that is further off than this."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A question with the program that answers it and what it prints."""

    question: str
    code: str
    output: str
    answer: str
    judge: JudgeName
    accepted: tuple[str, ...]
    is_verbatim: bool = False

    @property
    def tags(self) -> JsonObject:
        """A result that was rounded may be rounded otherwise."""
        if self.judge != "numeric" or "." not in self.output:
            return {}
        size = abs(float(self.output)) or 1.0
        return {"tolerance": min(_TOLERANCE, max(1e-4, 0.0051 / size))}


def draw_program(template: Template, rng: Random) -> Worked:
    """Values that will do, worded and worked out."""
    draw, said = _drawn(template, rng)
    codes = (template.code,) if isinstance(template.code, str) else template.code
    code = program_of(rng.choice(codes), said)
    output = printed(code)
    return Worked(
        question=question_of(spun(template.asks, rng), said),
        code=code,
        output=output,
        answer=worded_answer(template.answers, output, said, draw),
        judge="exact" if template.is_text else "numeric",
        accepted=accepted_forms(output + template.unit),
        is_verbatim=template.is_verbatim,
    )


def worded_answer(answers: str, output: str, said: Mapping[str, Said], draw: Draw) -> str:
    """What is said at the end, the figure as the program printed it."""
    texts = {name: each.text for name, each in said.items()}
    texts |= {"out": shown(output)}
    chosen = spun(answers, draw.rng)
    if "{cash}" in chosen:
        texts["cash"] = with_currency(as_money(output), draw)
    answer = filled(chosen, texts)
    return answer[:1].upper() + answer[1:] if " " in answer else answer


def shown(output: str) -> str:
    """Without the zero that a whole float ends in."""
    return output[:-2] if re.fullmatch(r"-?\d+\.0", output) else output


def as_money(output: str) -> str:
    """With both digits of the cents where there are any."""
    return output + "0" if re.fullmatch(r"-?\d+\.\d", output) else output


def accepted_forms(output: str) -> tuple[str, ...]:
    """How else a right answer may be written."""
    if found := _DATE.fullmatch(output):
        day, month, year = found.groups()
        forms = (f"{int(day)} {month} {year}", f"{month} {int(day)}, {year}")
        return (output, *(form for form in forms if form != output))
    if found := re.fullmatch(r"0(\d:\d\d)", output):
        return (output, found[1])
    return (output,)


def printed(code: str) -> str:
    """What the real tool shows. A generated program that fails is a bug and raises."""
    return _tool(os.getpid()).run({"code": code}, CallContext(question="")).text


def close_interpreter() -> None:
    """End this process's interpreter; the next program starts another."""
    if _tool.cache_info().currsize:
        _tool(os.getpid()).close()
    _tool.cache_clear()


@cache
def _tool(process: int) -> PythonTool:
    """One for each process: to start one takes ten times as long as a program."""
    return PythonTool()


def _drawn(template: Template, rng: Random) -> tuple[Draw, dict[str, Said]]:
    for _ in range(_MOST_DRAWS):
        draw = Draw.of(rng)
        said = draw_slots(template.slots, draw)
        if template.when is None or template.when({k: v.value for k, v in said.items()}):
            return draw, said
    raise ValueError(f"{template.slots}: no values will do")
