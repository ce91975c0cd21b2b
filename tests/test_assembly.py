"""What the hard rules leave: tools, slots and experts that no policy sees, and no packet sent."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, streamed, tool_call
from refusing_network import contacted

from orchestra_cli.assembly import assemble
from orchestra_cli.config import Config, OrchestratorTable
from orchestra_cli.errors import ConfigError, RefusedError
from orchestra_cli.events import RunStarted
from orchestra_cli.folders import data_folder
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.orchestrator import LoadedOrchestrator, load_orchestrator
from orchestra_cli.policy import Task
from orchestra_cli.trajectory import StopReason
from prefs.profile import REMOTE, HardRules, Profile
from tools.index import Index
from tools.prices import FREE

__all__ = ["contacted"]

BASIC = {"python", "local_search", "web_search", "web_page", "ask_user"}
EXPERTS = """
[experts.near]
base_url = "{near}"
model = "near-model"
skills = "quick"
price_in_usd_per_mtok = 0.5
price_out_usd_per_mtok = 2.0
latency_s = 3

[experts.far]
base_url = "https://api.example.com/v1"
model = "gpt-far"
roles = ["reason", "answer"]
"""


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        server.script(streamed("Yes."))
        yield server


@pytest.fixture
def indexed(tmp_path: Path) -> None:
    """Something for local_search to find."""
    note = tmp_path / "boat.txt"
    note.write_text("The boat Marigold is moored at pier 9.\n")
    Index(data_folder() / "index.sqlite3").add([note])


def never_fetched(entry: CatalogEntry) -> Path:
    raise AssertionError(f"{entry.name} was fetched")


def played_by(server: OpenAIServer, style: str = "chat") -> LoadedOrchestrator:
    table = OrchestratorTable.model_validate(
        {"model": f"{server.base_url}#m", "prompt_style": style}
    )
    return load_orchestrator(table, fetch=never_fetched)


def config_of(server: OpenAIServer, more: str = "") -> Config:
    toml = EXPERTS.format(near=server.base_url) + more
    return Config.model_validate(tomllib.loads(toml))


def functions(
    server: OpenAIServer,
    *never: str,
    offline: bool = False,
    style: str = "chat",
    config: Config | None = None,
) -> dict[str, Any]:
    """What the model is offered in its first turn, by name."""
    agent = assemble(
        config or config_of(server),
        Profile(rules=HardRules(never)),
        played_by(server, style),
        offline=offline,
        ask_user=lambda question: "me",
    )
    for event in agent.stream(Task("Shall I?")):
        if server.requests and not isinstance(event, RunStarted):
            break
    agent.close()
    return {tool["function"]["name"]: tool["function"] for tool in server.requests[0].body["tools"]}


def choices(function: dict[str, Any]) -> str:
    """The experts that a slot lists."""
    description: str = function["parameters"]["properties"]["model"]["description"]
    return description


def test_everything_is_offered_where_nothing_is_ruled_out(
    server: OpenAIServer, indexed: None
) -> None:
    offered = functions(server)
    assert set(offered) == BASIC | {"enhance_reasoning", "answer"}
    assert offered["answer"]["parameters"]["properties"]["model"]["enum"] == [
        "answer-1",
        "answer-2",
    ]
    assert "answer-1 | $0.5 | $2 | 3s" in choices(offered["answer"])
    assert "answer-2 | ? | ? | ?" in choices(offered["answer"])


def test_the_trained_style_offers_slots_alone(server: OpenAIServer, indexed: None) -> None:
    offered = functions(server, style="toolorchestra")
    assert list(offered) == ["search", "enhance_reasoning", "answer"]
    assert "search-2" not in choices(offered["search"])  # far does not search
    assert "reasoner-2" in choices(offered["enhance_reasoning"])


def test_local_search_needs_an_index(server: OpenAIServer) -> None:
    assert "local_search" not in functions(server)


@pytest.mark.parametrize(
    ("never", "gone"),
    [
        (["python"], {"python", "enhance_reasoning"}),
        (["web_*"], {"web_search", "web_page"}),
        (["*_search", "ask_user"], {"local_search", "web_search", "ask_user"}),
        (["enhance_reasoning"], {"enhance_reasoning"}),
        (["answer"], {"answer"}),
        (["@remote"], {"web_search", "web_page"}),
        (["nothing-of-that-name"], set()),
    ],
    ids=lambda value: ",".join(sorted(value)) if value else "none",
)
def test_never_takes_tools_away(
    server: OpenAIServer, indexed: None, never: list[str], gone: set[str]
) -> None:
    everything = BASIC | {"enhance_reasoning", "answer"}
    assert set(functions(server, *never)) == everything - gone


@pytest.mark.parametrize("never", ["far", "gpt-far", "gpt-*", "@remote"])
def test_never_takes_experts_away(server: OpenAIServer, never: str) -> None:
    answer = functions(server, never)["answer"]
    assert answer["parameters"]["properties"]["model"]["enum"] == ["answer-1"]
    assert "quick" in choices(answer)


def test_the_last_expert_ruled_out_leaves_the_model_itself(server: OpenAIServer) -> None:
    answer = functions(server, "near", "far")["answer"]
    assert "answer-1: the orchestrator's own model" in choices(answer)


def test_a_model_ruled_out_as_its_own_expert_leaves_no_slot(server: OpenAIServer) -> None:
    assert set(functions(server, "near", "far", "m")) == BASIC - {"local_search"}


@pytest.mark.parametrize("style", ["chat", "toolorchestra"])
def test_offline_leaves_what_runs_here(server: OpenAIServer, indexed: None, style: str) -> None:
    offered = functions(server, offline=True, style=style)
    assert not {"web_search", "web_page"} & set(offered)
    assert "answer-2" not in choices(offered["answer"])
    if style == "toolorchestra":
        assert set(offered) == {"search", "enhance_reasoning", "answer"}


def test_offline_without_an_index_leaves_no_search_slot(server: OpenAIServer) -> None:
    assert "search" not in functions(server, offline=True, style="toolorchestra")


@pytest.mark.parametrize("tool", ["python", "local_search", "web_search", "web_page", "ask_user"])
def test_a_tool_can_be_switched_off(server: OpenAIServer, indexed: None, tool: str) -> None:
    offered = functions(server, config=config_of(server, f"[tools.{tool}]\nenabled = false\n"))
    assert BASIC - set(offered) == {tool}


def test_what_is_ruled_out_cannot_be_called(
    server: OpenAIServer, indexed: None, contacted: list[Any]
) -> None:
    """A model that asks for the web and for a remote expert all the same."""
    page = json.dumps({"url": "https://example.com/"})
    server.script(
        streamed(calls=[tool_call("web_search", '{"query": "secret"}')]),
        streamed(calls=[tool_call("web_page", page)]),
        streamed(calls=[tool_call("answer", '{"model": "answer-2"}')]),
        streamed(calls=[tool_call("answer", '{"model": "answer-1"}')]),
        streamed("Yes."),
    )
    agent = assemble(config_of(server), Profile(), played_by(server), offline=True, ask_user=None)
    trajectory = agent.run(Task("What is the latest?"))
    agent.close()
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "Yes.")
    assert [turn.expert for turn in trajectory.turns] == ["near"]
    assert not any(turn.leaves_machine for turn in trajectory.turns)
    assert contacted == []


def test_without_offline_a_remote_expert_is_tried(
    server: OpenAIServer, contacted: list[Any]
) -> None:
    """The guard of this file sees what it should see."""
    server.script(streamed(calls=[tool_call("answer", '{"model": "answer-2"}')]), streamed("No."))
    agent = assemble(config_of(server), Profile(), played_by(server), offline=False, ask_user=None)
    trajectory = agent.run(Task("What is the latest?"))
    agent.close()
    turn = trajectory.turns[0]
    assert (turn.expert, turn.leaves_machine) == ("far", True)
    assert turn.observation is not None
    assert (turn.observation.text, turn.observation.error) == ("No.", None)
    (note,) = turn.observation.notes
    assert note.startswith("far: cannot reach") and note.endswith(": near stands in")
    assert set(contacted) == {"api.example.com"}


def remote() -> LoadedOrchestrator:
    table = OrchestratorTable(model="https://api.example.com/v1#big")
    return load_orchestrator(table, fetch=never_fetched)


@pytest.mark.parametrize(
    ("never", "offline"), [((), True), (("@remote",), False), (("big",), False), (("b?g",), False)]
)
def test_a_remote_orchestrator_is_refused(
    never: tuple[str, ...], offline: bool, contacted: list[Any]
) -> None:
    with pytest.raises(RefusedError, match="the orchestrator big is off this machine"):
        assemble(
            Config(), Profile(rules=HardRules(never)), remote(), offline=offline, ask_user=None
        )
    assert contacted == []


def test_a_remote_orchestrator_is_named_in_the_notes() -> None:
    agent = assemble(Config(), Profile(), remote(), offline=False, ask_user=None)
    started = next(agent.stream(Task("Shall I?")))
    assert isinstance(started, RunStarted)
    assert "big at api.example.com:443, off this machine" in started.notes
    agent.close()


def test_an_unpriced_remote_model_costs_an_unknown_sum(server: OpenAIServer) -> None:
    assert remote().own_expert.card.price is None
    assert played_by(server).own_expert.card.price == FREE


def test_the_embedded_model_is_not_loaded_before_it_is_needed(embedded: Path) -> None:
    loaded = load_orchestrator(OrchestratorTable(policy="rule"), fetch=lambda entry: embedded)
    agent = assemble(Config(), Profile(), loaded, offline=True, ask_user=None)
    trajectory = agent.run(Task("What is 17% of 2,350?"))
    agent.close()
    assert trajectory.answer == "17% of 2,350 is 399.5."
    assert loaded.engine.context_tokens == 8192
    assert [line.who for line in trajectory.bill.lines] == ["orchestrator", "python"]


@pytest.mark.parametrize("address", ["api.example.com/v1", "ftp://api.example.com", "http://"])
def test_an_experts_address_is_checked(server: OpenAIServer, address: str) -> None:
    config = Config.model_validate({"experts": {"a": {"base_url": address, "model": "m"}}})
    with pytest.raises(ConfigError, match=r"config\.toml: \[experts\.a\]: base_url"):
        assemble(config, Profile(), played_by(server), offline=False, ask_user=None)


def test_a_rule_that_fits_nothing_is_said(embedded: Path) -> None:
    loaded = load_orchestrator(OrchestratorTable(policy="rule"), fetch=lambda entry: embedded)
    rules = HardRules(("web_serch", "web_*", REMOTE))
    agent = assemble(Config(), Profile(rules=rules), loaded, offline=False, ask_user=None)
    started = next(agent.stream(Task("Hello")))
    assert isinstance(started, RunStarted)
    idle = [note for note in started.notes if note.startswith("never")]
    assert idle == ["never 'web_serch' fits no tool and no expert: check its spelling"]
    agent.close()
