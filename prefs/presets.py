"""Presets: named weights and hard rules to start from. They are data: see `presets.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset sets."""

    accuracy: float
    cost: float
    latency: float
    never: tuple[str, ...] = ()
    """Added to the rules that there are."""


@cache
def load_presets() -> Mapping[str, Preset]:
    """The presets by name, in the order of the file."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: Preset(**table | {"never": tuple(table.get("never", ()))})
            for name, table in tables.items()
        }
    )
