"""A task of a kind, drawn: all of it comes from the generator that is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from random import Random

from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.training.environment import Golden
from orchestra_cli.training.tool_tasks.arithmetic import ARITHMETIC
from orchestra_cli.training.tool_tasks.calendar_sums import CALENDAR
from orchestra_cli.training.tool_tasks.clock_sums import CLOCK
from orchestra_cli.training.tool_tasks.hand_over import draw_question
from orchestra_cli.training.tool_tasks.lists import LISTS
from orchestra_cli.training.tool_tasks.look_ups import (
    draw_documents,
    draw_look_up,
    draw_look_up_sum,
)
from orchestra_cli.training.tool_tasks.number_words import NUMBER_WORDS
from orchestra_cli.training.tool_tasks.percent_shares import PERCENT_SHARES
from orchestra_cli.training.tool_tasks.percentages import PERCENTAGES
from orchestra_cli.training.tool_tasks.prices import PRICES
from orchestra_cli.training.tool_tasks.programs import draw_program
from orchestra_cli.training.tool_tasks.savings import SAVINGS
from orchestra_cli.training.tool_tasks.shopping import SHOPPING
from orchestra_cli.training.tool_tasks.small_talk import draw_talk
from orchestra_cli.training.tool_tasks.stories import STORIES
from orchestra_cli.training.tool_tasks.template import Template
from orchestra_cli.training.tool_tasks.texts import TEXTS
from orchestra_cli.training.tool_tasks.tool_task import ToolTask
from orchestra_cli.training.tool_tasks.travel import TRAVEL
from orchestra_cli.training.tool_tasks.units import UNITS
from orchestra_cli.training.tool_tasks.voice import voiced
from orchestra_cli.training.tool_tasks.web_look_ups import draw_web_look_up, draw_web_page
from orchestra_cli.training.tool_tasks.work_and_shapes import WORK_AND_SHAPES
from tools.base import ToolCall

PROGRAMS: Mapping[str, Sequence[Sequence[Template]]] = {
    "arithmetic": (ARITHMETIC, NUMBER_WORDS),
    "percentage": (PERCENTAGES, PERCENT_SHARES),
    "word problem": (SHOPPING, SAVINGS, STORIES, WORK_AND_SHAPES, TRAVEL),
    "units": UNITS,
    "dates": (CALENDAR,),
    "times": (CLOCK,),
    "lists": (LISTS,),
    "prices": (PRICES,),
    "text": (TEXTS,),
}
"""Groups of templates; each group of a kind is drawn as often as another."""
KINDS: Mapping[str, float] = {
    "arithmetic": 0.08,
    "percentage": 0.11,
    "word problem": 0.14,
    "units": 0.07,
    "dates": 0.06,
    "times": 0.04,
    "lists": 0.04,
    "prices": 0.04,
    "text": 0.03,
    "look-up": 0.11,
    "look-up sum": 0.06,
    "web look-up": 0.08,
    "web page": 0.03,
    "small talk": 0.05,
    "hand over": 0.06,
}
"""The share of each kind in training."""
_COPIED = ("units", "dates", "times")
"""Kinds of which the program holds words of the question."""
_WITH_FILES = 0.3
"""How often files that do not help are there all the same."""


def draw_tool_task(kind: str, rng: Random) -> ToolTask:
    """A task of this kind; raises KeyError for a kind that is none."""
    drawn = _OTHERS[kind](kind, rng) if kind in _OTHERS else _draw_program(kind, rng)
    named = f"{kind}/{drawn.task.question}".encode()
    task_id = f"{kind.replace(' ', '-')}-{blake2b(named, digest_size=6).hexdigest()}"
    return replace(drawn, task=replace(drawn.task, id=task_id))


def _draw_program(kind: str, rng: Random) -> ToolTask:
    worked = draw_program(rng.choice(rng.choice(PROGRAMS[kind])), rng)
    question = voiced(worked.question, rng, is_verbatim=worked.is_verbatim)
    code = as_asked(worked.code, question) if kind in _COPIED else worked.code
    task = EvalTask(
        id=kind,
        question=question,
        answer=list(worked.accepted),
        judge=worked.judge,
        domain=kind,
        tags=worked.tags,
    )
    return ToolTask(task, Golden((ToolCall("python", {"code": code}),), worked.answer), {})


def as_asked(code: str, question: str) -> str:
    """The program with its words in small letters where the question is all in small letters."""
    if not question.islower():
        return code

    def small(quoted: re.Match[str]) -> str:
        return quoted[0].lower() if quoted[1].lower() in question else quoted[0]

    return re.sub(r'"([^"{}]+)"', small, code)


def _draw_small_talk(kind: str, rng: Random) -> ToolTask:
    exchange = draw_talk(rng)
    task = EvalTask(id=kind, question=exchange.said, answer=list(exchange.accepted), domain=kind)
    return ToolTask(task, Golden((), exchange.reply), {})


def _draw_hand_over(kind: str, rng: Random) -> ToolTask:
    """Without a reference: that it is handed over is what is right."""
    task = EvalTask(id=kind, question=voiced(draw_question(rng), rng), judge="model", domain=kind)
    documents = draw_documents(rng) if rng.random() < _WITH_FILES else {}
    return ToolTask(task, Golden((ToolCall("answer", {"model": "answer-1"}),)), documents)


_OTHERS: Mapping[str, Callable[[str, Random], ToolTask]] = {
    "look-up": draw_look_up,
    "look-up sum": draw_look_up_sum,
    "web look-up": draw_web_look_up,
    "web page": draw_web_page,
    "small talk": _draw_small_talk,
    "hand over": _draw_hand_over,
}
