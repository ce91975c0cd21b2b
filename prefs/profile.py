"""profile.toml: named preference vectors with their hard rules. Read here, never written.

active = "work"
[profiles.work]
cost = 0.8
never = ["web_search", "@remote"]
text = "confidential data: prefer what runs here"
[profiles.work.tools]
local_search = 1.0
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from prefs.strict_toml import TomlError, load_toml
from prefs.vector import PreferenceVector

REMOTE = "@remote"
"""In `never`: anything that sends something off this machine."""

Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _check_rule(pattern: str) -> str:
    """A misspelt @remote must not be a rule that forbids nothing."""
    if not pattern or (pattern.startswith("@") and pattern != REMOTE):
        raise ValueError(f'a name, a glob such as "gpt-*", or "{REMOTE}"')
    return pattern


@dataclass(frozen=True, slots=True)
class HardRules:
    """What must not be called, whatever the policy would like."""

    never: tuple[str, ...] = ()
    """Names of tools and experts, globs, or `@remote`."""

    def forbid(self, name: str, *, leaves_machine: bool) -> bool:
        """Whether a tool or expert of this name is ruled out."""
        if leaves_machine and REMOTE in self.never:
            return True
        return any(fnmatchcase(name, pattern) for pattern in self.never)


@dataclass(frozen=True, slots=True)
class Profile:
    """One named profile."""

    name: str = "default"
    preference: PreferenceVector = PreferenceVector()
    rules: HardRules = HardRules()
    text: str = ""
    """The user's own words, passed on to the policy as they are."""

    def to_json(self) -> dict[str, Any]:
        """As the trajectory's `preference` holds it."""
        return {
            "profile": self.name,
            **self.preference.to_json(),
            "never": list(self.rules.never),
            "text": self.text,
        }


class _ProfileTable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    accuracy: Weight = 1.0
    cost: Weight = 0.3
    latency: Weight = 0.1
    never: list[Annotated[str, AfterValidator(_check_rule)]] = []
    text: str = ""
    tools: dict[str, Weight] = {}


class _ProfileFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    active: str = "default"
    profiles: dict[str, _ProfileTable] = {}


def load_profile(path: Path, name: str | None = None) -> Profile:
    """The profile of that name, or the active one. Raises `TomlError`.

    A file that is not there, or says nothing of `default`, means the default weights.
    """
    file = load_toml(path, _ProfileFile)
    wanted = name or file.active
    table = file.profiles.get(wanted)
    if table is None:
        if wanted != "default":
            raise TomlError(f"{path}: {_unknown(wanted, sorted(file.profiles))}")
        table = _ProfileTable()
    return Profile(
        name=wanted,
        preference=PreferenceVector(table.accuracy, table.cost, table.latency, table.tools),
        rules=HardRules(tuple(table.never)),
        text=table.text,
    )


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"no profile {name!r}: did you mean {near[0]}?"
    return f"no profile {name!r}: it has {', '.join(known)}" if known else f"no profile {name!r}"
