"""Checks of config.toml and profile.toml; what could be read of them serves the other checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from orchestra_cli.config import (
    Config,
    config_path,
    load_config,
    load_user_profile,
    profile_path,
)
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ConfigError, ExitCode
from prefs.profile import Profile

GROUP = "settings"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the two files say; None for one that cannot be used."""

    config: Config | None
    profile: Profile | None
    rows: tuple[Row, ...]


def read_settings() -> Settings:
    """Both files, and a row for each."""
    config = _read(config_path(), lambda: load_config(config_path()), _describe_config)
    profile = _read(profile_path(), lambda: load_user_profile(None), _describe_profile)
    return Settings(config[0], profile[0], (config[1], profile[1]))


def _read(
    path: Path, load: Callable[[], _T], describe: Callable[[_T], str]
) -> tuple[_T | None, Row]:
    try:
        loaded = load()
    except ConfigError as error:
        reason = str(error).removeprefix(f"{path}: ")
        fix = f"correct it in {path}, as the message says"
        return None, Row(GROUP, path.name, Status.FAILED, reason, fix, ExitCode.CONFIG)
    if not path.exists():
        return loaded, Row(GROUP, path.name, Status.OK, f"{path} is not there: defaults hold")
    return loaded, Row(GROUP, path.name, Status.OK, f"{path}: {describe(loaded)}")


def _describe_config(config: Config) -> str:
    experts = len(config.experts)
    return (
        f"orchestrator {_shown(config.orchestrator.model)}, {experts} expert{'s' * (experts != 1)}"
    )


def _shown(model: str) -> str:
    """A model's address may carry a password."""
    return "at an endpoint" if model.startswith(("http://", "https://")) else model


def _describe_profile(profile: Profile) -> str:
    never = ", ".join(profile.rules.never)
    return f"profile {profile.name}" + (f", never {never}" if never else "")
