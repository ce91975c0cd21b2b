"""Which base weights a name stands for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestra_cli.errors import ModelError


@dataclass(frozen=True, slots=True)
class Base:
    """Base weights: a GGUF, or what transformers finds in a folder or under a name."""

    name: str
    """As it was asked for."""
    gguf: Path | None
    folder: str = ""
    """A folder, or a name on the Hugging Face hub; "" for a GGUF."""


def find_base(base: str | Path) -> Base:
    """A catalogue name, a .gguf, or a Hugging Face folder or name. Raises ModelError."""
    from orchestra_cli.models.catalog import load_catalog
    from orchestra_cli.models.fetch import fetch
    from orchestra_cli.models.sources import ServedSource

    name = str(base)
    entry = load_catalog().get(name)
    if entry is None:
        return _of_path(Path(name).expanduser(), name)
    if isinstance(entry.source, ServedSource):
        return Base(name, None, entry.source.repo)
    return Base(name, fetch(entry, progress=lambda _: None, offline=True))


def _of_path(path: Path, name: str) -> Base:
    if path.suffix == ".gguf":
        if not path.is_file():
            raise ModelError(f"{name}: no such model file: check the path")
        return Base(name, path)
    if path.is_dir() or (name.count("/") == 1 and not path.is_absolute()):
        return Base(name, None, str(path) if path.is_dir() else name)
    raise ModelError(
        f"{name}: no such base model: give a name of `orchestra models list`, a .gguf, or a folder "
        "with config.json and safetensors"
    )
