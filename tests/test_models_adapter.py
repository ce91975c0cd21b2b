"""The adapter that comes with a model of the catalogue: part of it, unless it is switched off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from adapter_gguf import write_adapter
from pydantic import ValidationError

from orchestra_cli.config import OrchestratorTable, load_config
from orchestra_cli.doctor.model_files import describe_model, resolve_model
from orchestra_cli.doctor.row import Status
from orchestra_cli.engines.base import Request
from orchestra_cli.errors import ModelError
from orchestra_cli.models import catalog
from orchestra_cli.models.adapter import adapter_of
from orchestra_cli.models.catalog import CatalogEntry, load_catalog, parse_catalog
from orchestra_cli.models.info import facts_of_entry
from orchestra_cli.orchestrator import load_orchestrator

TOML = Path(catalog.__file__).with_name("catalog.toml").read_text(encoding="utf-8")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CatalogEntry:
    """The embedded model as if it came with an adapter; the file is not written yet."""
    monkeypatch.setattr(catalog, "_ADAPTERS", tmp_path)
    entry = replace(load_catalog()["embedded"], adapter="embedded.gguf")
    monkeypatch.setattr(catalog, "load_catalog", lambda: {entry.name: entry})
    return entry


def reply(path: Path, adapter: Path | None = None) -> str:
    """The first tokens that the embedded model says when it is loaded for a run."""
    table = OrchestratorTable(model="embedded", adapter=adapter, context=512)
    engine = load_orchestrator(table, fetch=lambda entry: path).engine
    request = Request(({"role": "user", "content": "Count to five."},), max_tokens=3)
    return "".join(engine.stream(request))


def test_it_is_loaded_unless_it_is_switched_off(
    shipped: CatalogEntry, gguf: Path, tmp_path: Path
) -> None:
    write_adapter(tmp_path / "embedded.gguf", scale=0.5)
    with_it = reply(gguf)
    bare = reply(gguf, Path("none"))
    assert with_it != bare
    assert with_it == reply(gguf, tmp_path / "embedded.gguf")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "embedded.gguf"),
        ('adapter = ""', None),
        ('adapter = "none"', None),
        ('adapter = "own.gguf"', "own.gguf"),
    ],
)
def test_the_configuration_has_the_last_word(
    line: str, expected: str | None, shipped: CatalogEntry, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[orchestrator]\n{line}\n")
    found = adapter_of(load_config(path).orchestrator, shipped)
    assert (found and found.name) == expected


def test_no_other_model_takes_it(shipped: CatalogEntry) -> None:
    assert adapter_of(OrchestratorTable(), None) is None
    assert adapter_of(OrchestratorTable(), replace(shipped, adapter=None)) is None


def test_a_missing_one_is_one_line(shipped: CatalogEntry, gguf: Path) -> None:
    with pytest.raises(ModelError, match=r"embedded\.gguf: no such model file") as raised:
        reply(gguf)
    assert "\n" not in str(raised.value)


def test_models_info_and_the_doctor_show_it(
    shipped: CatalogEntry, embedded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "embedded.gguf"
    assert facts_of_entry(shipped)["adapter"] == str(path)
    model = replace(resolve_model("embedded"), adapter=path)
    missing = describe_model(model)
    assert (missing.status, 'or to "none"' in missing.fix) == (Status.FAILED, True)
    write_adapter(path)
    found = describe_model(model)
    assert (found.status, f"with adapter {path}" in found.found) == (Status.OK, True)


def test_an_entry_names_a_file_of_the_package() -> None:
    path = load_catalog()["embedded"].adapter_path
    assert path is not None and path.parts[-3:] == ("models", "adapters", "embedded.gguf")
    with pytest.raises(ValidationError):
        parse_catalog(TOML.replace('"embedded.gguf"', '"../embedded.gguf"'))
