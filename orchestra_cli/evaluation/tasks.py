"""A task of an evaluation: the question, what answers it rightly, and who judges that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from orchestra_cli.policy import Task
from tools.base import JsonObject

JudgeName = Literal["exact", "numeric", "choice", "code", "call", "state", "model", "reply"]
JUDGE_NAMES: tuple[JudgeName, ...] = (
    "exact",
    "numeric",
    "choice",
    "code",
    "call",
    "state",
    "model",
    "reply",
)
Json = JsonObject | list["Json"] | str | int | float | bool | None
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class EvalTask:
    """One question with its reference answer; docs/tasks.md has the JSONL form."""

    id: str
    question: str
    answer: Json = None
    """The reference, in the judge's form: a text or a list of accepted ones (exact, model), a
    number or several (numeric), a letter (choice), tests and entry point (code), the golden calls
    (call), those and what must be said (state), an example (reply)."""
    judge: JudgeName = "exact"
    choices: tuple[str, ...] = ()
    domain: str = ""
    tools: tuple[str, ...] | None = None
    """What may be used; None is everything that is configured."""
    functions: tuple[JsonObject, ...] = ()
    """For `call`: what the answer may call, as JSON functions."""
    attachment: str = ""
    split: str = ""
    """train, dev or test, where the file tells them apart."""
    tags: JsonObject = field(default_factory=dict)
    """What a judge needs besides: the domain of `state`, the tolerance of `numeric`, how long the
    sentence around the words may be (`exact`)."""
    right_tools: tuple[str, ...] | None = None
    """The tools that a good run calls, all of them and no others; None where nobody says. Experts
    that answer do not count."""

    @property
    def problem(self) -> str:
        """The question with its choices, lettered."""
        if not self.choices:
            return self.question
        lettered = zip(LETTERS, self.choices, strict=False)
        return "\n".join([self.question, *(f"{letter}. {text}" for letter, text in lettered)])

    def as_task(self, *, preference: str = "") -> Task:
        """What the run is asked. The reference answer is not in it."""
        return Task(
            self.problem,
            attachment=self.attachment,
            preference=preference,
            id=self.id,
            domain=self.domain,
        )
