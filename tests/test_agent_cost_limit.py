"""The cost limit through the real loop, over real HTTP: shortened, withheld, stopped in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from agent_runs import ANSWER, Run, noting, played
from openai_server import OpenAIServer, streamed, tool_call
from orchestra_command import orchestra, validate, write_config
from scripted import call

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.engines.base import Sampling
from orchestra_cli.engines.remote import RemoteEngine
from orchestra_cli.events import TurnStarted
from orchestra_cli.policy import ModelPolicy, Task
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.trajectory import Orchestrator, StopReason
from tools.base import Tool
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import ExpertCard
from tools.metered_endpoint import Patience
from tools.prices import FREE, FlatPrice, Price
from tools.python import PythonTool
from tools.slots import AnswerSlot, ReasonSlot
from tools.toolbox import Toolbox

DEAR = FlatPrice(5.0, 25.0)
QUESTION = "Who wrote the opera that Verdi admired most?"


@pytest.fixture
def python() -> Iterator[Tool]:
    tool = PythonTool()
    yield tool
    tool.close()


def expert(server: OpenAIServer, name: str, price: Price | None) -> EndpointExpert:
    card = ExpertCard(name, "m", price=price, max_tokens=4000)
    at = Endpoint(server.base_url, name, stall_timeout_s=0.1)
    return EndpointExpert(card, at, patience=Patience(max_tries=2, first_wait_s=0.02))


def limited(cap_usd: float, *tools: Tool, script: Any = None) -> Run:
    return played(script or [ANSWER], *tools, limits=Limits(max_cost_usd=cap_usd))


def withheld(run: Run) -> list[tuple[str, ...]]:
    return [event.withheld for event in run.events if isinstance(event, TurnStarted)]


def test_the_reply_is_shortened_in_the_request_itself(server: OpenAIServer) -> None:
    server.script(streamed("Rossini", tokens=(200, 5)))
    slot = AnswerSlot([expert(server, "dear", DEAR)])
    assert limited(100.0, slot).trajectory.stop_reason is StopReason.ANSWERED
    run = limited(0.03, slot)
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.ANSWERED, "Rossini")
    whole, shortened = (request.body["max_tokens"] for request in server.requests)
    assert whole == 4000
    assert 64 < shortened < 0.03 / 25e-6
    assert run.trajectory.bill.cost_usd == pytest.approx((200 * 5 + 5 * 25) / 1e6)


def test_what_cannot_be_paid_for_is_not_offered(server: OpenAIServer) -> None:
    server.script(streamed("Rossini"))
    experts = [expert(server, "dear", DEAR), expert(server, "free", FREE)]
    run = limited(0.0001, AnswerSlot([*experts, expert(server, "unknown", None)]), script=CHEAPEST)
    assert withheld(run) == [("answer-1", "answer-3")]
    (function,) = run.policy.states[0].functions
    model = function["parameters"]["properties"]["model"]
    assert model["enum"] == ["answer-2"]
    assert "answer-1" not in model["description"]
    assert run.trajectory.turns[0].expert == "free", "an alias means the same expert throughout"
    assert run.trajectory.bill.cost_usd == 0.0


CHEAPEST = [call("answer", model="answer-2")]


def test_a_choice_that_was_withheld_cannot_be_called(server: OpenAIServer) -> None:
    server.script(streamed("Rossini"))
    slot = AnswerSlot([expert(server, "dear", DEAR), expert(server, "free", FREE)])
    run = limited(0.0001, slot, script=[ANSWER, *CHEAPEST])
    assert "answer-1" in run.format_errors[0].message
    assert run.trajectory.turns[0].expert == "free"
    assert {request.body["model"] for request in server.requests} == {"free"}


def test_the_run_stops_where_nobody_can_answer_any_more(server: OpenAIServer) -> None:
    """The dollars go for a reply that broke off; what is left is the best partial answer."""
    server.script(streamed("It was Ros", ending="cut"))
    slot = AnswerSlot([expert(server, "dear", DEAR)])
    run = limited(0.0085, noting(attempt="maybe Rossini"), slot, script=[call("note"), ANSWER])
    trajectory = run.trajectory
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.COST_LIMIT, "maybe Rossini")
    assert withheld(run) == [(), (), ("answer-1",)]
    assert len(server.requests) == 1, "there was no money for a retry either"
    assert (trajectory.bill.cost_usd or 0) <= 0.0085
    assert trajectory.turns[-1].observation and "broke off" in trajectory.turns[-1].observation.text


def test_a_programs_output_is_the_best_partial_answer(server: OpenAIServer, python: Tool) -> None:
    server.script(streamed("```python\nprint(6 * 7)\n```", tokens=(900, 200)))
    reasoner = expert(server, "dear", DEAR)
    dearer = expert(server, "dearer", FlatPrice(30.0, 120.0))
    slots = (ReasonSlot([reasoner], python), AnswerSlot([dearer]))
    run = limited(0.02, *slots, script=[call("enhance_reasoning", model="reasoner-1")])
    assert (run.trajectory.stop_reason, run.trajectory.answer) == (StopReason.COST_LIMIT, "42\n")
    assert run.trajectory.bill.cost_usd == pytest.approx(2 * (900 * 5 + 200 * 25) / 1e6)
    assert withheld(run) == [(), ("answer-1",), ("answer-1",)]


def test_an_orchestrator_that_runs_out_of_money_stops(server: OpenAIServer) -> None:
    """Its own thinking is paid from the same purse, and reserved before it is asked."""
    thinking = streamed(calls=[tool_call("note", "{}")], tokens=(400, 300))
    server.script(thinking)
    engine = RemoteEngine(Endpoint(server.base_url, "m"), name="m", price=DEAR)
    agent = Agent(
        ModelPolicy(engine, ChatStyle(), sampling=Sampling(), max_tokens=1000),
        Toolbox([noting(attempt="maybe Rossini")]),
        orchestrator=Orchestrator("m", "model", "chat"),
        limits=Limits(max_cost_usd=0.05, max_turns=20),
    )
    trajectory = agent.run(Task(QUESTION))
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.COST_LIMIT, "maybe Rossini")
    assert trajectory.error and "it may cost more than the $0.0" in trajectory.error
    assert 1 < len(server.requests) < 6
    assert trajectory.bill.lines[0].who == "orchestrator"
    assert trajectory.bill.cost_usd == pytest.approx(
        len(server.requests) * (400 * 5 + 300 * 25) / 1e6
    )
    assert (trajectory.bill.cost_usd or 1) <= 0.05
    lengths = [request.body["max_tokens"] for request in server.requests]
    assert lengths == sorted(lengths, reverse=True) and lengths[-1] < 1000


# The command


def configure(server: OpenAIServer, **settings: str) -> None:
    lines = [
        "[orchestrator]",
        'policy = "rule"',
        f'model = "{server.base_url}#conductor"',
        *(f"{name} = {value}" for name, value in settings.items()),
        "[tools.python]",
        "enabled = false",
        "[tools.web_search]",
        "enabled = false",
    ]
    for name, price in (("dear", 500), ("cheap", 1)):
        lines += [
            f"[experts.{name}]",
            f'base_url = "{server.base_url}"',
            f'model = "{name}"',
            f"price_in_usd_per_mtok = {price}",
            f"price_out_usd_per_mtok = {price}",
        ]
    write_config("\n".join(lines))


def asked(*arguments: str) -> tuple[int, dict[str, Any], str]:
    done = orchestra("ask", "--json", *arguments, QUESTION)
    document = json.loads(done.stdout)
    validate(document, "trajectory")
    return done.returncode, document, done.stderr


def test_the_command_keeps_to_the_limit(server: OpenAIServer) -> None:
    server.script(streamed("Rossini", tokens=(300, 20)))
    configure(server)
    code, document, told = asked("--max-cost", "0.005")
    assert (code, document["answer"], document["stop_reason"]) == (0, "Rossini", "answered")
    assert document["turns"][0]["expert"] == "cheap"
    assert document["bill"]["cost_usd"] == pytest.approx(320e-6)
    assert "withheld, may cost more than is left: answer-1" in told
    (request,) = server.requests
    assert request.body["model"] == "cheap" and 64 < request.body["max_tokens"] < 5000


@pytest.mark.parametrize("where", ["flag", "file"])
def test_the_command_ends_with_6_where_the_money_is_spent(server: OpenAIServer, where: str) -> None:
    server.script(streamed("Rossini"))
    configure(server, **({"max_cost_usd": "0.0001"} if where == "file" else {}))
    code, document, told = asked(*(["--max-cost", "0.0001"] if where == "flag" else []))
    assert (code, document["stop_reason"], document["answer"]) == (6, "cost_limit", None)
    assert document["bill"]["cost_usd"] in (0, 0.0)
    assert "cost limit reached" in told
    assert server.requests == []


def test_the_command_ends_with_6_where_replies_that_broke_off_may_have_cost_it(
    server: OpenAIServer,
) -> None:
    server.script(streamed("Rossini, I th", ending="cut"))
    configure(server)
    code, document, told = asked("--max-cost", "0.004")
    assert (code, document["stop_reason"]) == (6, "cost_limit")
    assert "broke off" in document["turns"][0]["observation"]["text"]
    assert 0 < document["bill"]["cost_usd"] <= 0.004
    assert all(line["estimated"] for line in document["bill"]["lines"] if line["cost_usd"])
    assert "~$" in told


def test_a_limit_of_nothing_allows_what_is_free(server: OpenAIServer) -> None:
    server.script(streamed("Rossini"))
    free = f'[experts.free]\nbase_url = "{server.base_url}"\nmodel = "m"\n'
    write_config(f'[orchestrator]\nmodel = "{server.base_url}#m"\npolicy = "rule"\n{free}')
    code, document, _ = asked("--max-cost", "0", "--offline")
    assert (code, document["answer"], document["bill"]["cost_usd"]) == (0, "Rossini", 0)


@pytest.mark.parametrize("limit", ["-1", "nan", "much"])
def test_a_limit_that_is_none_is_refused(server: OpenAIServer, limit: str) -> None:
    configure(server)
    done = orchestra("ask", f"--max-cost={limit}", QUESTION)
    assert done.returncode == 2
    assert "--max-cost" in done.stderr
    assert server.requests == []
