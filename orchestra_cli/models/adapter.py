"""Which LoRA adapter is laid over a model: the configured one, or the one that comes with it."""

from __future__ import annotations

from pathlib import Path

from orchestra_cli.config import OrchestratorTable
from orchestra_cli.models.catalog import CatalogEntry

_NONE = (Path("none"), Path())


def adapter_of(table: OrchestratorTable, entry: CatalogEntry | None) -> Path | None:
    """Its file; None where the model has none, or where `adapter = "none"` (or "") says so."""
    if table.adapter is None:
        return entry.adapter_path if entry else None
    return None if table.adapter in _NONE else table.adapter.expanduser()
