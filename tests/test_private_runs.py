"""A private run opens no socket beyond this machine, whatever is asked and whoever conducts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, streamed, tool_call
from refusing_network import contacted

from orchestra_cli.assembly import assemble
from orchestra_cli.config import Config, OrchestratorTable
from orchestra_cli.folders import data_folder
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.orchestrator import load_orchestrator
from orchestra_cli.policy import Task
from orchestra_cli.trajectory import StopReason
from prefs.profile import Overrides, Profile
from tools.index import Index

__all__ = ["contacted"]

PRIVATE = [
    Overrides(preset="private"),
    Overrides(preset="cheap", prefer="keep everything on this machine, nothing in the cloud"),
    Overrides(prefer="confidential, stay offline"),
]
QUESTIONS = [
    "What is the latest news about the boat Marigold?",
    "Read https://example.com/page and say what it tells.",
    "Who wrote Hamlet?",
]


@pytest.fixture
def indexed(tmp_path: Path) -> None:
    note = tmp_path / "boat.txt"
    note.write_text("The boat Marigold is moored at pier 9.\n")
    Index(data_folder() / "index.sqlite3").add([note])


def config_with(near: OpenAIServer) -> Config:
    return Config.model_validate(
        tomllib.loads(f"""
[experts.far]
base_url = "https://api.example.com/v1"
model = "gpt-far"
success_rate = 1.0
[experts.near]
base_url = "{near.base_url}"
model = "near-model"
success_rate = 0.1
""")
    )


@pytest.mark.parametrize("overrides", PRIVATE, ids=["preset", "words and preset", "words"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_rules_conduct(
    embedded: Path,
    indexed: None,
    server: OpenAIServer,
    contacted: list[Any],
    overrides: Overrides,
    question: str,
) -> None:
    server.script(streamed("Pier 9."))
    loaded = load_orchestrator(OrchestratorTable(policy="rule"), fetch=lambda entry: embedded)
    profile = Profile().overridden(overrides, ["far", "near"])
    agent = assemble(config_with(server), profile, loaded, offline=False, ask_user=None)
    trajectory = agent.run(Task(question, preference=profile.words))
    agent.close()
    loaded.engine.close()
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "Pier 9.")
    assert {turn.expert for turn in trajectory.turns} <= {"near", None}
    assert contacted == []


def test_a_model_that_wants_out_conducts(
    indexed: None, server: OpenAIServer, contacted: list[Any]
) -> None:
    def never_fetched(entry: CatalogEntry) -> Path:
        raise AssertionError(f"{entry.name} was fetched")

    server.script(
        streamed(calls=[tool_call("web_search", '{"query": "secret"}')]),
        streamed(calls=[tool_call("answer", '{"model": "answer-2"}')]),
        streamed(calls=[tool_call("answer", '{"model": "answer-1"}')]),
        streamed("Pier 9."),
    )
    table = OrchestratorTable(model=f"{server.base_url}#m")
    loaded = load_orchestrator(table, fetch=never_fetched)
    profile = Profile().overridden(Overrides(preset="private"))
    agent = assemble(config_with(server), profile, loaded, offline=False, ask_user=None)
    trajectory = agent.run(Task("Where is the boat?"))
    agent.close()
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "Pier 9.")
    assert [turn.expert for turn in trajectory.turns] == ["near"]
    assert contacted == []
