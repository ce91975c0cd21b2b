"""Whether a model that nobody vouches for can call: asked once, and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openai_server import OpenAIServer, Reply, streamed, tool_call

from orchestra_cli.config import OrchestratorTable
from orchestra_cli.engines.base import Engine, Sampling
from orchestra_cli.engines.remote import RemoteEngine
from orchestra_cli.models import probe as probe_module
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.probe import Verdict, probe
from orchestra_cli.orchestrator import LoadedOrchestrator, load_orchestrator
from tools.endpoint import Endpoint


@pytest.fixture
def unknown(gguf: Path, tmp_path: Path) -> Path:
    """The real embedded model as a file that the catalogue does not know."""
    path = tmp_path / "mine.gguf"
    path.symlink_to(gguf)
    return path


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """As short as it takes to see what the embedded model does, on a busy machine too."""
    monkeypatch.setattr(probe_module, "_MAX_TOKENS", 40)
    monkeypatch.setattr(probe_module, "_LIMIT_S", 60.0)


def engine_at(server: OpenAIServer) -> Engine:
    return RemoteEngine(Endpoint(server.base_url, "m"), name="m")


def load(path: Path) -> LoadedOrchestrator:
    table = OrchestratorTable(model=str(path), context=2048)
    loaded = load_orchestrator(table, fetch=never_fetched)
    loaded.engine.close()
    return loaded


def never_fetched(entry: CatalogEntry) -> Path:
    raise AssertionError(entry.name)


def call_text(name: str, model: str) -> str:
    call = {"name": name, "arguments": {"model": model}}
    return f"<tool_call>\n{json.dumps(call)}\n</tool_call>"


REASON = call_text("enhance_reasoning", model="reasoner-1")


@pytest.mark.parametrize(
    ("reply", "calls"),
    [
        (streamed(f"<think>Compute.</think>{REASON}"), True),
        (streamed(calls=[tool_call("answer", '{"model": "answer-1"}')]), True),
        (streamed("The sum is 3167."), False),
        (streamed(call_text("enhance_reasoning", model="gpt-9")), False),
        (streamed(call_text("launch", model="reasoner-1")), False),
        (streamed("<tool_call>{"), False),
        (streamed("prose without end", finish="length"), False),
        (streamed("<think>Let me see. Primes", finish="length"), None),
    ],
    ids=[
        "a call",
        "a structured call",
        "prose",
        "no such choice",
        "no such function",
        "half a call",
        "long prose",
        "long thought",
    ],
)
def test_a_legal_call_is_what_counts(
    server: OpenAIServer, reply: Reply, calls: bool | None
) -> None:
    server.script(reply)
    assert probe(engine_at(server), "toolorchestra", Sampling()) == Verdict(calls)


def test_it_is_one_short_request_in_the_models_own_style(server: OpenAIServer) -> None:
    server.script(streamed("x"))
    probe(engine_at(server), "toolorchestra", Sampling(temperature=1.0))
    (request,) = server.requests
    assert request.body["max_tokens"] == 40
    assert "tool_choice" not in request.body
    assert request.body["messages"][0]["content"] == "You are good at using tools."
    names = [tool["function"]["name"] for tool in request.body["tools"]]
    assert names == ["enhance_reasoning", "answer"]


def test_a_probe_that_time_has_cut_is_no_verdict(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "_LIMIT_S", 0.2)
    server.script(streamed("Well", ",", " then", pause_s=0.15, ending="hang"))
    assert probe(engine_at(server), "chat", Sampling()) is None


def test_the_embedded_model_is_no_orchestrator_and_is_asked_once(
    unknown: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(unknown)
    assert len(first.notes) == 2
    assert "mine.gguf is no orchestrator" in first.notes[1]
    assert "a grammar forces its calls" in first.notes[1]
    (kept,) = (home / "cache" / "probes").iterdir()
    note = json.loads(kept.read_text())
    assert note == {"file": str(unknown), "style": "chat", "calls": False}
    monkeypatch.setattr(probe_module, "probe", lambda *_: pytest.fail("asked again"))
    assert load(unknown).notes == first.notes


def test_a_probe_without_a_verdict_warns_of_nothing_and_is_not_kept(
    unknown: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "_LIMIT_S", 0.0)
    assert len(load(unknown).notes) == 1
    assert not (home / "cache" / "probes").exists()


def test_a_file_that_has_changed_is_asked_again(
    unknown: Path, home: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "probe", lambda *_: Verdict(calls=True))
    assert len(load(unknown).notes) == 1
    unknown.unlink()
    unknown.write_bytes(gguf.read_bytes())
    load(unknown)
    assert len(list((home / "cache" / "probes").iterdir())) == 2


def test_a_catalogue_model_is_not_asked(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "probe", lambda *_: pytest.fail("asked"))
    table = OrchestratorTable(prompt_style="chat", adapter=Path("none"), context=2048)
    loaded = load_orchestrator(table, fetch=lambda entry: embedded)
    loaded.engine.close()
    assert len(loaded.notes) == 1
