"""The remote engine on a server that is not ours: the one that llama-cpp-python ships.

It streams no usage, gives tools to the template alone, and takes tool_choice="required" without
obeying it: what that means for a run is pinned here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runs import check_events
from expert_calls import expert
from llama_requests import CAT, CAT_REPLY, drain, user
from llama_server import llama_server
from openai_server import OpenAIServer, streamed
from orchestra_command import contacts, orchestra, validate
from qwen3_gguf import call_text, write_reciting

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.engines.base import EngineError, Sampling
from orchestra_cli.engines.remote import RemoteEngine
from orchestra_cli.events import RunFinished
from orchestra_cli.policy import ModelPolicy, Task
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from tools.base import JsonObject
from tools.endpoint import Endpoint
from tools.metered_endpoint import Patience
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

CONTEXT_TOKENS = 1024
TRAINED = Sampling(temperature=1.0)
ANSWERS = f"<think>\n\nI know enough.</think>{call_text('answer', 'answer-1')}"
FUNCTION: JsonObject = {
    "name": "answer",
    "description": "Answers.",
    "parameters": {"type": "object", "properties": {"model": {"enum": ["answer-1"]}}},
}


@pytest.fixture(scope="module")
def smollm(gguf: Path) -> Iterator[str]:
    """The address of the embedded model."""
    with llama_server(gguf, alias="smollm", context_tokens=CONTEXT_TOKENS) as base_url:
        yield base_url


@pytest.fixture(scope="module")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a model of Qwen3's architecture that says `ANSWERS`."""
    path = write_reciting(tmp_path_factory.mktemp("qwen3") / "model.gguf", ANSWERS)
    with llama_server(path, alias="qwen3", context_tokens=CONTEXT_TOKENS) as base_url:
        yield base_url


def engine_at(base_url: str, model: str) -> RemoteEngine:
    return RemoteEngine(
        Endpoint(base_url, model),
        name=model,
        context_tokens=CONTEXT_TOKENS,
        patience=Patience(max_tries=1),
    )


def test_a_reply_streams_in_pieces_and_is_billed_by_estimate(smollm: str) -> None:
    pieces, completion = drain(engine_at(smollm, "smollm"), user(CAT, max_tokens=20))
    assert len(pieces) > 3
    assert completion.text == "".join(pieces) == CAT_REPLY
    assert (completion.calls, completion.truncated) == ((), False)
    usage = completion.usage
    assert (usage.calls, usage.cost_usd, usage.estimated) == (1, 0.0, True)
    assert usage.input_tokens > 5 and usage.output_tokens > 3 and usage.latency_s > 0


def test_max_tokens_cut_the_reply(smollm: str) -> None:
    _, completion = drain(engine_at(smollm, "smollm"), user(CAT, max_tokens=3))
    assert (completion.text, completion.truncated) == ("The cat sat", True)


def test_a_cancel_ends_the_reply_and_the_server_goes_on(smollm: str) -> None:
    engine, cancelled = engine_at(smollm, "smollm"), threading.Event()
    stream = engine.stream(user("Count to a thousand.", max_tokens=800, cancelled=cancelled))
    next(stream)
    cancelled.set()
    with pytest.raises(StopIteration) as end:
        while True:
            next(stream)
    assert end.value.value.truncated
    assert len(end.value.value.text) < 100
    assert drain(engine, user(CAT, max_tokens=20))[1].text == CAT_REPLY


def test_a_prompt_that_is_too_long_is_an_error_of_one_line(smollm: str) -> None:
    engine = engine_at(smollm, "smollm")
    with pytest.raises(EngineError) as raised:
        drain(engine, user("word " * 3 * CONTEXT_TOKENS, max_tokens=20))
    assert "\n" not in str(raised.value)
    assert drain(engine, user(CAT, max_tokens=20))[1].text == CAT_REPLY


def test_functions_reach_a_template_that_knows_them(qwen3: str) -> None:
    """The server's own rendering of Qwen3's form; special tokens come back as text."""
    request = user("hi", functions=(FUNCTION,), max_tokens=64, sampling=TRAINED)
    _, completion = drain(engine_at(qwen3, "qwen3"), request)
    assert completion.text == ANSWERS
    assert (completion.calls, completion.truncated) == ((), False)


def test_a_required_call_is_asked_for_by_name_in_the_end(smollm: str) -> None:
    """This server takes "required" and ignores it."""
    request = user(CAT, functions=(FUNCTION,), max_tokens=100, force_call=True)
    _, completion = drain(engine_at(smollm, "smollm"), request)
    (call,) = completion.calls
    assert call.name == FUNCTION["name"]
    assert json.loads(call.arguments)
    assert completion.usage.calls == 2


def conducted(engine: RemoteEngine, server: OpenAIServer, *, max_tokens: int = 64) -> Trajectory:
    """A run of the published model's style whose only function is `answer`."""
    policy = ModelPolicy(engine, ToolOrchestraStyle(), sampling=TRAINED, max_tokens=max_tokens)
    agent = Agent(
        policy,
        Toolbox([AnswerSlot([expert(server, name="oracle")])]),
        orchestrator=Orchestrator(engine.name, "model", "toolorchestra"),
        limits=Limits(max_turns=2),
    )
    events = list(agent.stream(Task("How far is the Moon?")))
    check_events(events)
    assert isinstance(events[-1], RunFinished)
    return events[-1].trajectory


def test_a_model_behind_the_server_conducts_a_run(qwen3: str) -> None:
    with OpenAIServer() as server:
        server.script(streamed("384,400 km.", tokens=(50, 6)))
        run = conducted(engine_at(qwen3, "qwen3"), server)
    assert (run.stop_reason, run.answer) == (StopReason.ANSWERED, "384,400 km.")
    (turn,) = run.turns
    assert (turn.thought, turn.tool, turn.slot) == ("I know enough.", "answer", "answer-1")
    assert run.usage[0].who == "orchestrator"
    assert run.usage[0].output_tokens > 0


def test_a_model_that_never_calls_is_made_to(smollm: str) -> None:
    with OpenAIServer() as server:
        server.script(streamed("384,400 km.", tokens=(50, 6)))
        run = conducted(engine_at(smollm, "smollm"), server, max_tokens=100)
    assert (run.stop_reason, run.answer) == (StopReason.ANSWERED, "384,400 km.")


def test_ask_takes_the_server_as_its_model(smollm: str) -> None:
    done = orchestra("ask", "--json", "--offline", "--model", f"{smollm}#smollm", CAT)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    validate(document, "trajectory")
    assert document["orchestrator"]["model"] == "smollm"
    assert document["answer"] == CAT_REPLY
    assert contacts() == []
