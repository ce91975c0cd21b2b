"""A question's wordings, the program that answers it and what is said then, all with gaps.

Wordings stand one a line. `[what is|find] {a}` has a choice and a gap; choices may hold choices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from random import Random

from orchestra_cli.training.tool_tasks.slots import Said

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_GAP = re.compile(r"\{(\w+)\}")
Values = Mapping[str, float]

PLAIN = "{out}\nIt is {out}.\nThat is {out}.\n[The answer|The result] is {out}."
MONEY = "{cash}\nIt is {cash}.\nThat [comes to|makes|is] {cash}.\n[The answer|It] is {cash}."


@dataclass(frozen=True, slots=True)
class Template:
    """Many tasks of one structure."""

    slots: str
    """Such as `a=2..40 item=item`."""
    asks: str
    code: str | tuple[str, ...]
    """One way to write it, or several."""
    answers: str = PLAIN
    """`{out}` is what the program printed; `{cash}` is that as money."""
    when: Callable[[Values], bool] | None = None
    """Which values will do."""
    unit: str = ""
    """What stands after the figure in the reference, where the judge must know it."""
    is_verbatim: bool = False
    """The question quotes text that may not be changed."""
    is_text: bool = False
    """The answer is words, not a number."""


def spun(text: str, rng: Random) -> str:
    """One of the lines, each choice made."""
    text = rng.choice([line for line in text.strip().splitlines() if line.strip()]).strip()
    while found := _CHOICE.search(text):
        chosen = rng.choice(found[1].split("|"))
        text = text[: found.start()] + chosen + text[found.end() :]
    return " ".join(text.split())


def first_choice(text: str) -> str:
    """The line with the first of each choice."""
    return " ".join(_CHOICE.sub(lambda found: found[1].split("|")[0], text).split())


def every(text: str) -> tuple[str, ...]:
    """All that `spun` may give, for texts whose choices hold no choices."""
    found: list[str] = []
    for line in text.strip().splitlines():
        parts = re.split(r"\[([^\[\]]*)\]", line)
        choices = [part.split("|") if n % 2 else [part] for n, part in enumerate(parts)]
        found += [" ".join("".join(each).split()) for each in product(*choices)]
    return tuple(dict.fromkeys(found))


def filled(text: str, values: Mapping[str, str]) -> str:
    """With its gaps filled; braces around anything else stay."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), text)


def question_of(text: str, said: Mapping[str, Said]) -> str:
    """A spun wording with what fills its gaps."""
    question = filled(text, {name: each.text for name, each in said.items()})
    return question.replace(" ?", "?").replace(" .", ".")


def program_of(text: str, said: Mapping[str, Said]) -> str:
    """The program with its values."""
    return filled(text.strip(), {name: each.code for name, each in said.items()})
