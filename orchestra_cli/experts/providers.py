"""Who serves experts: providers with keys, and the programs that serve models on a machine.

All of it is data (`providers.toml`), with the date as of which it is known. Nothing here looks
anywhere: `orchestra_cli.experts.discovery` does.
"""

from __future__ import annotations

import tomllib
from importlib import resources

from pydantic import BaseModel, ConfigDict

from tools.experts import Role


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HostedModel(_Table):
    """A model worth having of a provider's many."""

    model: str
    roles: tuple[Role, ...]
    skills: str


class HostedProvider(_Table):
    """An OpenAI-compatible service that wants a key."""

    title: str
    base_url: str
    key_variables: tuple[str, ...]
    """Environment variables that may hold the key, in the order of preference."""
    models: tuple[HostedModel, ...]


class LocalProgram(_Table):
    """A program that serves models on this machine."""

    title: str
    base_url: str
    """Where it listens unless it is told otherwise."""
    owned_by: str
    """What its list of models calls their owner: tells the programs apart, whatever their port."""


class Providers(_Table):
    """The whole of `providers.toml`. Its keys are short names, for experts too."""

    known_as_of: str
    not_chat: tuple[str, ...]
    """Parts of the names of models that cannot chat."""
    not_local: tuple[str, ...]
    """Ends of the names of models that a local server passes on to its maker's machines."""
    hosted: dict[str, HostedProvider]
    local: dict[str, LocalProgram]


def load_providers() -> Providers:
    """What this version knows."""
    text = resources.files(__package__).joinpath("providers.toml").read_text(encoding="utf-8")
    return parse_providers(text)


def parse_providers(text: str) -> Providers:
    """The data in a TOML text; an unknown key or a wrong value is a `ValidationError`."""
    return Providers.model_validate(tomllib.loads(text))
