"""A change of a profile, as `orchestra prefs set` makes it: values in, an edited table out.

A preset replaces the three weights and adds its hard rules; weights given beside it win over it. A
hard rule goes away only when it is named (`allow`), never because another preset is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from prefs.presets import load_presets
from prefs.profile import DEFAULT
from prefs.profile_file import Document


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """None, or nothing, leaves a key as it is."""

    preset: str | None = None
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """By the key of the profile's table: accuracy, beta, text …"""
    tools: Mapping[str, float | None] = field(default_factory=lambda: MappingProxyType({}))
    """None takes the weight away."""
    never: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.preset or self.values or self.tools or self.never or self.allow)

    def apply(self, table: dict[str, Any]) -> None:
        """Edit a profile's table."""
        preset = load_presets()[self.preset] if self.preset else None
        if preset:
            table.update({key: getattr(preset, key) for key in ("accuracy", "cost", "latency")})
        table.update(self.values)
        rules = [*table.get("never", []), *(preset.never if preset else ()), *self.never]
        table["never"] = [rule for rule in dict.fromkeys(rules) if rule not in self.allow]
        tools = {**table.get("tools", {}), **self.tools}
        table["tools"] = {name: weight for name, weight in tools.items() if weight is not None}
        for key in ("never", "tools", "text"):
            if not table.get(key):
                table.pop(key, None)  # as the default is


def profile_table(document: Document, name: str | None = None) -> dict[str, Any]:
    """The table of that profile, or of the active one; a new one where there is none."""
    wanted = name or document.get("active", DEFAULT)
    table: dict[str, Any] = document.setdefault("profiles", {}).setdefault(wanted, {})
    return table
