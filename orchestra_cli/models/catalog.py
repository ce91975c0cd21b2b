"""The models known by name: what each is, how it is prompted and where it comes from.

The catalogue is data (`catalog.toml`). Where a source pins its bytes by sha256, any index, hub or
mirror may serve them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from orchestra_cli import folders
from orchestra_cli.engines.base import Sampling
from orchestra_cli.errors import ModelError
from orchestra_cli.models.licence import Licence
from orchestra_cli.models.served import vllm_command
from orchestra_cli.models.sources import FileName, HubSource, ServedSource, Source, WheelSource


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model that can be asked for by name."""

    name: str
    description: str
    licence: Licence
    prompt_style: Literal["chat", "toolorchestra", "brief"]
    policy: Literal["model", "rule"]
    """Who chooses the next turn; "rule" for a model too weak to conduct."""
    source: Source
    file: FileName | None = None
    """What the finished file is called in the cache; None for a model that is served."""
    context_tokens: int | None = None
    """The window that it was trained with; None where only the file can say."""
    kv_bytes_per_token: int | None = None
    """Of the KV cache, at f16."""
    store_as: Literal["Q8_0"] | None = None
    """The quantisation that the cache holds, where it is not the source's own."""
    stored_bytes: int | None = None
    """Of the file in the cache, where it is not the source's own."""
    sampling: Sampling = Sampling()
    """As it was trained."""
    adapter: FileName | None = None
    """A LoRA adapter that this package brings with it, which is part of the model by default."""
    checks_answers: bool = False
    """Whether it takes an expert's answer as an attempt, which it may accept or check."""
    is_vetted: bool = True
    """It is known whether it can call functions; else it is tried once."""

    def __post_init__(self) -> None:
        if (self.file is None) != isinstance(self.source, ServedSource):
            raise ValueError("a model has a file, unless it is served")

    @property
    def path(self) -> Path:
        """Where the finished file stands, or will stand."""
        if self.file is None:
            assert isinstance(self.source, ServedSource)
            raise ModelError(
                f"{self.name}: llama.cpp cannot read these weights, vLLM serves them: run "
                f"`{vllm_command(self.source, self.context_tokens)}`, then take --model {self.name}"
            )
        return folders.cache_folder() / "models" / self.file

    @property
    def adapter_path(self) -> Path | None:
        """Where the adapter that comes with the model stands; None where none does."""
        return _ADAPTERS / self.adapter if self.adapter else None

    @property
    def slug(self) -> str:
        """The name, fit for a folder."""
        return re.sub(r"[^\w.-]+", "--", self.name)

    @property
    def download_bytes(self) -> int | None:
        """What is to be fetched, as far as that is known."""
        if isinstance(self.source, WheelSource):
            return self.source.wheel_bytes
        return self.source.size_bytes

    @property
    def memory_bytes(self) -> int | None:
        """Weights and KV cache over the whole trained window."""
        weights_bytes = self.stored_bytes or self.source.size_bytes
        if self.kv_bytes_per_token is None or self.context_tokens is None or not weights_bytes:
            return None
        return weights_bytes + self.kv_bytes_per_token * self.context_tokens


_ADAPTERS = Path(__file__).parent / "adapters"
_CATALOG = TypeAdapter(dict[str, CatalogEntry], config=ConfigDict(extra="forbid"))


def load_catalog() -> dict[str, CatalogEntry]:
    """Every entry by its name."""
    text = resources.files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
    return parse_catalog(text)


def parse_catalog(text: str) -> dict[str, CatalogEntry]:
    """The entries in a TOML text; an unknown key or a wrong value is a `ValidationError`."""
    tables = tomllib.loads(text)
    licences = tables.pop("licences", {})
    return _CATALOG.validate_python(
        {name: {"name": name, **_with_licence(table, licences)} for name, table in tables.items()}
    )


def find_by_repo(catalogue: dict[str, CatalogEntry], repo: str) -> CatalogEntry | None:
    """The entry whose weights these are."""
    entries = catalogue.values()
    return next((e for e in entries if _repo_of(e) == repo), None)


def _repo_of(entry: CatalogEntry) -> str | None:
    return entry.source.repo if isinstance(entry.source, HubSource | ServedSource) else None


def _with_licence(table: dict[str, Any], licences: dict[str, Any]) -> dict[str, Any]:
    """An entry says a licence's name; its text stands once in the catalogue."""
    name = table.get("licence")
    return table | {"licence": licences[name]} if name in licences else table
