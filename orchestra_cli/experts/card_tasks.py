"""The tasks that cards are measured on (`card_tasks.toml`): our own, checked by rules."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from operator import attrgetter

from pydantic import BaseModel, ConfigDict

from orchestra_cli.experts.cards import Domain
from orchestra_cli.experts.checks import Check
from tools.base import JsonObject


class CardTask(BaseModel):
    """A question, and the rule that knows a right answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    domain: Domain
    prompt: str
    check: Check

    @property
    def messages(self) -> list[JsonObject]:
        """What the expert is sent."""
        text = f"{self.prompt}\n\n{self.check.form}".rstrip()
        return [{"role": "user", "content": text}]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    task: tuple[CardTask, ...]


@dataclass(frozen=True, slots=True)
class TaskSet:
    """Tasks grouped by domain, and what tells this set from another."""

    tasks: tuple[CardTask, ...]
    digest: str

    def first(self, per_domain: int | None) -> tuple[CardTask, ...]:
        """At most so many tasks of each domain; None is all."""
        by_domain = groupby(self.tasks, key=attrgetter("domain"))
        return tuple(task for _, group in by_domain for task in list(group)[:per_domain])


def load_task_set() -> TaskSet:
    """The tasks of this version."""
    text = resources.files(__package__).joinpath("card_tasks.toml").read_text(encoding="utf-8")
    tasks = _File.model_validate(tomllib.loads(text)).task
    content = "\n".join(task.model_dump_json() for task in tasks)
    return TaskSet(tasks, hashlib.sha256(content.encode()).hexdigest()[:16])
