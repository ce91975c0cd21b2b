"""A domain's seed: the tools and policy of a domain file, and how its rows and tasks are drawn.

A seed that loads has no loose ends that can be seen without drawing from it (`seed_problems`);
docs/synthesis.md shows the form.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.database import Row
from orchestra_cli.evaluation.domains.domain_file import ToolFile
from orchestra_cli.evaluation.domains.values import Condition
from prefs.strict_toml import TomlError, parse_toml

_STRICT = ConfigDict(extra="forbid", frozen=True)
_NAME = r"^[A-Za-z_]\w*$"


class Entries(BaseModel):
    """How a table's rows are drawn."""

    model_config = _STRICT
    count: tuple[int, int]
    """At least and at most."""
    key: str
    """`M-####`: # a digit, @ a capital letter; or made of the row's fields: `{member}/{book}`."""
    row: dict[str, Any]
    unique: list[str] = []
    """Fields in which no two rows agree."""
    lookalike: list[str] = []
    """Fields that a distracting row shares with a real one; without them there are none."""

    @model_validator(mode="after")
    def _ordered(self) -> Entries:
        if not 1 <= self.count[0] <= self.count[1]:
            raise ValueError("count is [at least, at most], and at least 1")
        return self


class Call(BaseModel):
    """A golden call; its result can be referred to by the name in `as`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    name: str
    arguments: dict[str, Any] = {}
    named: str | None = Field(default=None, alias="as", pattern=_NAME)


class Mention(BaseModel):
    """How an instruction names something that was bound."""

    model_config = _STRICT
    direct: list[str] = []
    """With its id."""
    indirect: list[str] = []
    """In words from which `find` leads to the id."""
    find: list[Call] = []


class Case(BaseModel):
    """What is right where `when` holds and no case before it does."""

    model_config = _STRICT
    when: list[Condition] = []
    calls: list[Call] = []
    say: list[Any] = []


class Intent(BaseModel):
    """A wish, what it is about, and the calls that fulfil it."""

    model_config = _STRICT
    bind: dict[str, dict[str, Any]] = {}
    """In this order: a row of a table, or a drawn value."""
    calls: list[Call] = []
    say: list[Any] = []
    cases: list[Case] = []
    instructions: list[str] = Field(min_length=1)
    combine: bool = True
    """Whether it may be one of several wishes."""


class SeedFile(BaseModel):
    """The whole file."""

    model_config = _STRICT
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    policy: str
    who: str | None = None
    """The binding that stands for whoever writes; several wishes are one person's."""
    introductions: list[str] = []
    closings: list[str] = [""]
    asides: list[str] = []
    """Sentences that have nothing to do with the wish."""
    words: dict[str, list[str]] = {}
    tables: dict[str, dict[str, Row]] = {}
    """Rows that are always there."""
    entries: dict[str, Entries] = {}
    tools: list[ToolFile] = Field(min_length=1)
    mentions: dict[str, Mention] = {}
    intents: dict[str, Intent] = Field(min_length=1)

    @property
    def table_names(self) -> tuple[str, ...]:
        """Drawn ones after fixed ones."""
        return tuple(dict.fromkeys((*self.tables, *self.entries)))


def load_seed(path: Path) -> SeedFile:
    """The seed, checked. Raises UsageError."""
    from orchestra_cli.synthesis.seed_problems import problems_with_seed

    try:
        seed = parse_toml(path, path.read_bytes(), SeedFile)
    except TomlError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    for problem in problems_with_seed(seed):
        raise UsageError(f"{path}: {problem}")
    return seed


def seed_paths() -> dict[str, Path]:
    """The built-in seeds by name."""
    folder = Path(str(resources.files(__package__).joinpath("seeds")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


@cache
def shared_words() -> dict[str, list[str]]:
    """Names, cities and streets that every seed may draw from."""
    text = resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
