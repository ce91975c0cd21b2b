"""The seam to what says whether an answer is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from orchestra_cli.evaluation.tasks import EvalTask
from tools.base import Usage


@dataclass(frozen=True, slots=True)
class Grade:
    """What a judge says of an answer."""

    right: bool | None
    """None where it could not be judged: such a row counts neither way and is counted apart."""
    why: str = ""
    """One line."""
    usage: tuple[Usage, ...] = ()
    """What judging cost; it is never on the bill of the run that is judged."""


class Judge(Protocol):
    """A rule, or a model."""

    name: str

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Whether the answer is right. It never raises, whatever a model wrote."""
        ...

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether two answers say the same, for policies that compare them."""
        ...
