"""profile.toml: named preference vectors with their hard rules, and what a run makes of one.

active = "work"
[profiles.work]
cost = 0.8
never = ["web_search", "@remote"]
text = "confidential data: prefer what runs here"
right_answer_usd = 0.50
[profiles.work.tools]
local_search = 1.0

The form of the file is here, and reading it; `prefs.profile_file` writes it. What a run adds to a
profile (`Overrides`) may add hard rules, and never takes one away.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from prefs.language import describe, parse_preference
from prefs.presets import Preset, load_presets
from prefs.rules import REMOTE, HardRules, check_rule
from prefs.steering import Worth
from prefs.strict_toml import TomlError, load_toml
from prefs.vector import PreferenceVector

__all__ = [
    "DEFAULT",
    "REMOTE",
    "HardRules",
    "Overrides",
    "Profile",
    "ProfileFile",
    "ProfileTable",
    "load_profile",
    "pick_profile",
]

DEFAULT = "default"
"""The profile that needs no table."""
_WORTH = Worth()
_BETA = 20.0

Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What one run wants otherwise. A weight wins over a preset, a preset over words."""

    preset: str | None = None
    """A name of `load_presets`."""
    accuracy: float | None = None
    cost: float | None = None
    latency: float | None = None
    prefer: str = ""
    """In the user's own words."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One named profile."""

    name: str = DEFAULT
    preference: PreferenceVector = PreferenceVector()
    rules: HardRules = HardRules()
    text: str = ""
    """The user's own words, passed on to the policy as they are."""
    worth: Worth = _WORTH
    beta: float = _BETA
    """How much the preference counts against the policy's own choice; 0 leaves it alone."""

    @property
    def words(self) -> str:
        """For the task text: the vector and the rules in plain sentences, then the user's words."""
        said = describe(self.preference, self.rules, self.worth)
        return "\n".join(part for part in (said, self.text) if part)

    def overridden(self, overrides: Overrides, known_names: Collection[str] = ()) -> Profile:
        """The profile of one run; `known_names` are the tools and experts that words may name."""
        wish = parse_preference(overrides.prefer, known_names)
        profile = self
        for preset in (wish.preset, overrides.preset):
            if preset is not None:
                profile = profile._with_preset(load_presets()[preset])
        given = {key: getattr(overrides, key) for key in ("accuracy", "cost", "latency")}
        weights = {key: weight for key, weight in given.items() if weight is not None}
        tools = {**profile.preference.tools, **wish.tools}
        return replace(
            profile,
            preference=replace(profile.preference, **weights, tools=tools),
            rules=profile.rules.and_never(wish.never),
            text="\n".join(part for part in (self.text, overrides.prefer) if part),
        )

    def _with_preset(self, preset: Preset) -> Profile:
        weights = {name: getattr(preset, name) for name in ("accuracy", "cost", "latency")}
        return replace(
            self,
            preference=replace(self.preference, **weights),
            rules=self.rules.and_never(preset.never),
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Profile:
        """Back from `to_json`."""
        return cls(
            name=values["profile"],
            preference=PreferenceVector(
                values["accuracy"], values["cost"], values["latency"], values["tools"]
            ),
            rules=HardRules(tuple(values["never"])),
            text=values["text"],
            worth=Worth(values["right_answer_usd"], values["hour_usd"]),
            beta=values["beta"],
        )

    def to_json(self) -> dict[str, Any]:
        """As the trajectory's `preference` holds it."""
        return {
            "profile": self.name,
            **self.preference.to_json(),
            "never": list(self.rules.never),
            "text": self.text,
            "right_answer_usd": self.worth.right_answer_usd,
            "hour_usd": self.worth.hour_usd,
            "beta": self.beta,
        }


class ProfileTable(BaseModel):
    """[profiles.NAME]"""

    model_config = ConfigDict(extra="forbid", strict=True)
    accuracy: Weight = 1.0
    cost: Weight = 0.3
    latency: Weight = 0.1
    never: list[Annotated[str, AfterValidator(check_rule)]] = []
    text: str = ""
    tools: dict[str, Weight] = {}
    right_answer_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] = _WORTH.right_answer_usd
    hour_usd: NotNegative = _WORTH.hour_usd
    beta: NotNegative = _BETA


class ProfileFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", strict=True)
    active: str = DEFAULT
    profiles: dict[str, ProfileTable] = {}


def load_profile(path: Path, name: str | None = None) -> Profile:
    """The profile of that name, or the active one. Raises `TomlError`.

    A file that is not there, or says nothing of `default`, means the default weights.
    """
    return pick_profile(load_toml(path, ProfileFile), path, name)


def pick_profile(file: ProfileFile, path: Path, name: str | None = None) -> Profile:
    """The same of a file that has been read."""
    wanted = name or file.active
    table = file.profiles.get(wanted)
    if table is None:
        if wanted != DEFAULT:
            raise TomlError(f"{path}: {_unknown(wanted, sorted(file.profiles))}")
        table = ProfileTable()
    return Profile(
        name=wanted,
        preference=PreferenceVector(table.accuracy, table.cost, table.latency, table.tools),
        rules=HardRules(tuple(table.never)),
        text=table.text,
        worth=Worth(table.right_answer_usd, table.hour_usd),
        beta=table.beta,
    )


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"no profile {name!r}: did you mean {near[0]}?"
    return f"no profile {name!r}: it has {', '.join(known)}" if known else f"no profile {name!r}"
