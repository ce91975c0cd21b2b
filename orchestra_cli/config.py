"""config.toml: the orchestrator, the experts and the tools. The user's file: never written by us.

Precedence is flag > environment > file > default. Flags and environment are Typer's options in
`commands/ask.py`; below that everything receives values and nobody reads the environment, but for
the API keys, whose variables' names the file gives.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestra_cli.errors import ConfigError
from orchestra_cli.folders import config_folder
from prefs.profile import Profile, load_profile
from prefs.strict_toml import TomlError, load_toml
from tools.experts import Role


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ConfiguredPrice(_Table):
    """What a model costs, where the price book does not know or is wrong: both, or neither."""

    price_in_usd_per_mtok: Annotated[float, Field(ge=0)] | None = None
    price_out_usd_per_mtok: Annotated[float, Field(ge=0)] | None = None
    price_cached_in_usd_per_mtok: Annotated[float, Field(ge=0)] | None = None
    """For input tokens that the provider reads from its cache; None costs as much as others."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        given = {name for name, value in dict(self).items() if value is not None}
        prices = {"price_in_usd_per_mtok", "price_out_usd_per_mtok"}
        some = given & {*prices, "price_cached_in_usd_per_mtok"}
        if some and not prices <= given:
            raise ValueError("give price_in_usd_per_mtok and price_out_usd_per_mtok, or neither")
        return self


class OrchestratorTable(ConfiguredPrice):
    """[orchestrator]"""

    model: str = "embedded"
    """A catalogue name, the path of a .gguf, hf:owner/repo/file.gguf, or http://host/v1#model-id."""
    adapter: Annotated[Path, Field(strict=False)] | None = None
    """A LoRA adapter (GGUF) loaded beside the model; None takes the catalogue's, "none" or "" takes
    none at all."""
    gpu_layers: Literal["auto"] | Annotated[int, Field(ge=0)] = "auto"
    context: Literal["auto"] | Annotated[int, Field(ge=512)] = "auto"
    prompt_style: Literal["chat", "toolorchestra", "brief"] | None = None
    """None takes the catalogue's, or chat for a model that it does not know."""
    policy: Literal["rule", "model"] | None = None
    """None takes the catalogue's, or model for a model that it does not know."""
    checks_answers: bool | None = None
    """Whether the model may check an expert's answer before it accepts one; None takes the
    catalogue's, or false for a model that it does not know."""
    api_key_env: str | None = None
    max_turns: Annotated[int, Field(ge=1, le=100)] = 12
    max_time_s: Annotated[float, Field(gt=0)] = 600.0
    max_cost_usd: Annotated[float, Field(ge=0)] | None = None
    """No call is made whose worst case may exceed it; None is no limit."""


class ExpertTable(ConfiguredPrice):
    """[experts.NAME]"""

    base_url: str
    model: str
    api_key_env: str | None = None
    roles: list[Role] = ["search", "reason", "answer"]
    skills: str = ""
    latency_s: Annotated[float, Field(gt=0)] | None = None
    success_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    """The share of right answers, until `orchestra experts cards` has measured it."""
    max_tokens: Annotated[int, Field(ge=16)] = 8_192
    """For the longest reply, unseen thinking included."""
    max_concurrent: Annotated[int, Field(ge=1)] = 8
    """Calls at a time to this provider."""


class LocalSearchTable(_Table):
    """[tools.local_search]"""

    enabled: bool = True


class WebSearchTable(_Table):
    """[tools.web_search]"""

    enabled: bool = True
    backend: Literal["duckduckgo", "tavily", "brave", "searxng"] = "duckduckgo"
    api_key_env: str | None = None
    base_url: str | None = None
    price_usd_per_call: Annotated[float, Field(ge=0)] | None = None
    """What a search costs; None is nothing where the backend needs no key, else unknown."""


class WebPageTable(_Table):
    """[tools.web_page]"""

    enabled: bool = True
    allow_private: bool = False
    """Also pages of this machine and of the local network."""


class PythonTable(_Table):
    """[tools.python]"""

    enabled: bool = True
    backend: Literal["monty", "bubblewrap"] = "monty"
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 10.0


class AskUserTable(_Table):
    """[tools.ask_user]"""

    enabled: bool = True


class ToolTables(_Table):
    """[tools]"""

    local_search: LocalSearchTable = LocalSearchTable()
    web_search: WebSearchTable = WebSearchTable()
    web_page: WebPageTable = WebPageTable()
    python: PythonTable = PythonTable()
    ask_user: AskUserTable = AskUserTable()


class Config(_Table):
    """The whole file."""

    orchestrator: OrchestratorTable = OrchestratorTable()
    experts: dict[str, ExpertTable] = {}
    tools: ToolTables = ToolTables()

    def with_orchestrator(self, **given: object) -> Self:
        """The same with these keys of [orchestrator]; None leaves what the file says."""
        known = {name: value for name, value in given.items() if value is not None}
        return self.model_copy(update={"orchestrator": self.orchestrator.model_copy(update=known)})


def config_path() -> Path:
    """Where the file is, or would be."""
    return config_folder() / "config.toml"


def profile_path() -> Path:
    """Where profile.toml is, or would be."""
    return config_folder() / "profile.toml"


def load_user_profile(name: str | None) -> Profile:
    """The named profile, or the active one. Raises `ConfigError`."""
    try:
        return load_profile(profile_path(), name)
    except TomlError as error:
        raise ConfigError(str(error)) from None


def load_config(path: Path) -> Config:
    """The file's settings, or the defaults where there is no file. Raises `ConfigError`."""
    try:
        return load_toml(path, Config)
    except TomlError as error:
        raise ConfigError(str(error)) from None


def read_key(variable: str | None, *, needed_by: str) -> str | None:
    """The API key in that environment variable. Raises `ConfigError` where it is not set.

    `needed_by` is the key of config.toml that names the variable.
    """
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ConfigError(
            f"{config_path()}: {needed_by}: the environment variable {variable} is not set: "
            "export it"
        )
    return key
