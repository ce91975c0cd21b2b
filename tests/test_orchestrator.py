"""What a name becomes: a file in the process, or a model that a server runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from loopback_server import LoopbackServer

from orchestra_cli.config import OrchestratorTable
from orchestra_cli.engines.base import Sampling
from orchestra_cli.errors import ExitCode, ModelError, UsageError
from orchestra_cli.models import catalog, probe
from orchestra_cli.models.catalog import CatalogEntry, load_catalog
from orchestra_cli.models.probe import Verdict
from orchestra_cli.models.sources import ServedSource
from orchestra_cli.orchestrator import LoadedOrchestrator, load_orchestrator

AWQ = "cyankiwi/Nemotron-Orchestrator-8B-AWQ-4bit"
AS_TRAINED = Sampling(temperature=1.0)


def never_fetched(entry: CatalogEntry) -> Path:
    raise AssertionError(entry.name)


def load(model: str) -> LoadedOrchestrator:
    return load_orchestrator(OrchestratorTable(model=model), fetch=never_fetched)


class Vllm(LoopbackServer):
    """Lists models as vLLM does; None where it knows no listing."""

    def __init__(self) -> None:
        super().__init__(type("Handler", (_Handler,), {"owner": self}))
        self.models: list[str] | None = [AWQ]

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"


class _Handler(BaseHTTPRequestHandler):
    owner: Vllm

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        models = self.owner.models
        found = models is not None and self.path == "/v1/models"
        listed = {"object": "list", "data": [{"id": name} for name in models or ()]}
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(json.dumps(listed if found else {"error": "?"}).encode())


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vllm]:
    """The catalogue's AWQ model, served on a port of the test's."""
    entry = load_catalog()["nemotron-8b-awq4"]
    assert isinstance(entry.source, ServedSource)
    with Vllm() as running:
        entry = replace(entry, source=replace(entry.source, base_url=running.base_url))
        monkeypatch.setattr(catalog, "load_catalog", lambda: {entry.name: entry})
        yield running


def test_a_served_model_is_found_where_it_is_served(vllm: Vllm) -> None:
    loaded = load("nemotron-8b-awq4")
    assert (loaded.prompt_style, loaded.policy) == ("toolorchestra", "model")
    assert loaded.sampling == AS_TRAINED
    assert loaded.engine.context_tokens == 32_768
    assert loaded.engine.name == AWQ
    assert not loaded.leaves_machine


def test_its_licence_is_noted_once(vllm: Vllm) -> None:
    first, second = load("nemotron-8b-awq4"), load("nemotron-8b-awq4")
    assert "research and development only" in first.notes[-1]
    assert len(second.notes) == len(first.notes) - 1


def test_another_model_at_that_address_is_named(vllm: Vllm) -> None:
    vllm.models = ["qwen/other"]
    with pytest.raises(ModelError) as error:
        load("nemotron-8b-awq4")
    assert "serves qwen/other, not" in str(error.value)
    assert f"`vllm serve {AWQ}" in str(error.value)


def test_where_nobody_serves_the_command_is_given(vllm: Vllm) -> None:
    port = vllm.server_port
    vllm.stop()
    with pytest.raises(ModelError) as error:
        load("nemotron-8b-awq4")
    assert error.value.exit_code == ExitCode.MODEL
    text = str(error.value)
    assert "\n" not in text
    assert f"nothing answers at http://127.0.0.1:{port}/v1" in text
    assert f"`vllm serve {AWQ} --host 127.0.0.1 --port {port} --max-model-len 32768 " in text


def test_the_catalogues_weights_behind_an_address_are_prompted_as_trained() -> None:
    loaded = load(f"http://127.0.0.1:9/v1#{AWQ}")
    assert (loaded.prompt_style, loaded.sampling) == ("toolorchestra", AS_TRAINED)


def test_any_other_model_behind_an_address_chats() -> None:
    loaded = load("http://127.0.0.1:9/v1#some-model")
    assert (loaded.prompt_style, loaded.sampling) == ("chat", Sampling())


def test_the_config_wins_over_the_catalogue() -> None:
    table = OrchestratorTable(
        model=f"http://127.0.0.1:9/v1#{AWQ}", prompt_style="chat", context=4096
    )
    loaded = load_orchestrator(table, fetch=never_fetched)
    assert loaded.prompt_style == "chat"
    assert loaded.engine.context_tokens == 4096


def test_a_hub_name_is_fetched_and_probed(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def fetch(entry: CatalogEntry) -> Path:
        asked.append(entry.name)
        return gguf

    monkeypatch.setattr(probe, "probe", lambda *_: Verdict(calls=False))
    table = OrchestratorTable(model="hf:someone/Tiny-GGUF:Q8_0", context=2048)
    loaded = load_orchestrator(table, fetch=fetch)
    loaded.engine.close()
    assert asked == ["hf:someone/Tiny-GGUF:Q8_0"]
    assert "is no orchestrator" in loaded.notes[-1]


def test_an_unknown_file_has_the_window_of_its_own(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "probe", lambda *_: None)
    loaded = load_orchestrator(OrchestratorTable(model=str(gguf)), fetch=never_fetched)
    loaded.engine.close()
    assert loaded.engine.context_tokens == 8192


def test_a_hub_name_that_is_none_says_how_it_is_written() -> None:
    with pytest.raises(UsageError, match="hf:owner/repo/file.gguf"):
        load("hf:someone")


def test_a_name_near_a_served_model_is_corrected() -> None:
    with pytest.raises(ModelError, match="did you mean nemotron-8b-nvfp4"):
        load("nemotron-8b-nvfp")


def test_a_server_that_lists_no_models_is_taken_at_its_word(
    vllm: Vllm,
) -> None:
    vllm.models = None
    assert load("nemotron-8b-awq4").engine.name == AWQ
