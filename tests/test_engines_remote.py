"""The engine behind an endpoint, against a real loopback server."""

from __future__ import annotations

import threading
import time

import pytest
from openai_server import OpenAIServer, refused, streamed, tool_call

from orchestra_cli.engines.base import (
    Completion,
    ContextOverflowError,
    Engine,
    EngineError,
    RawCall,
    Request,
    Sampling,
)
from orchestra_cli.engines.remote import RemoteEngine, parse_model_url
from orchestra_cli.errors import UsageError
from tools.endpoint import Endpoint
from tools.prices import FlatPrice

MESSAGES = ({"role": "user", "content": "hello"},)
FUNCTION = {"name": "answer", "description": "Answers.", "parameters": {"type": "object"}}
KEY = "sk-test-0123456789abcdef"


def engine_at(server: OpenAIServer) -> RemoteEngine:
    return RemoteEngine(Endpoint(server.base_url, "m", KEY), name="remote m")


def drain(engine: Engine, request: Request) -> tuple[str, Completion]:
    stream, shown = engine.stream(request), ""
    while True:
        try:
            shown += next(stream)
        except StopIteration as end:
            return shown, end.value


def test_thought_and_text_come_back_as_one_text(server: OpenAIServer) -> None:
    server.script(streamed("Hi", "!", thought="greet", tokens=(9, 4)))
    shown, completion = drain(engine_at(server), Request(MESSAGES))
    assert shown == completion.text == "<think>greet</think>Hi!"
    assert (completion.calls, completion.truncated) == ((), False)
    usage = completion.usage
    assert (usage.who, usage.calls) == ("orchestrator", 1)
    assert (usage.input_tokens, usage.output_tokens) == (9, 4)
    assert usage.latency_s > 0


def test_structured_calls_come_back(server: OpenAIServer) -> None:
    server.script(streamed(thought="hm", calls=[tool_call("answer", '{"model": "answer-1"}')]))
    _, completion = drain(engine_at(server), Request(MESSAGES, functions=(FUNCTION,)))
    assert completion.calls == (RawCall("answer", '{"model": "answer-1"}'),)
    assert completion.text == "<think>hm</think>"


def test_calls_in_the_text_stay_there(server: OpenAIServer) -> None:
    text = '<tool_call>{"name": "answer", "arguments": {}}</tool_call>'
    server.script(streamed(text[:15], text[15:]))
    _, completion = drain(engine_at(server), Request(MESSAGES, functions=(FUNCTION,)))
    assert (completion.text, completion.calls) == (text, ())


def test_the_request_is_passed_on(server: OpenAIServer) -> None:
    server.script(streamed("ok"))
    sampling = Sampling(temperature=1.0, top_k=20, seed=7)
    request = Request(MESSAGES, functions=(FUNCTION,), max_tokens=33, sampling=sampling)
    drain(engine_at(server), request)
    body = server.requests[0].body
    assert body["tools"] == [{"type": "function", "function": FUNCTION}]
    assert (body["max_tokens"], body["temperature"], body["top_k"]) == (33, 1.0, 20)
    assert (body["top_p"], body["min_p"], body["seed"]) == (1.0, 0.0, 7)
    assert "tool_choice" not in body


def test_a_forced_call(server: OpenAIServer) -> None:
    server.script(refused(400, "tool_choice 'required' is not supported"), streamed("ok"))
    request = Request(MESSAGES, functions=(FUNCTION,), force_call=True)
    assert drain(engine_at(server), request)[0] == "ok"
    assert [each.body.get("tool_choice") for each in server.requests] == ["required", None]


def test_the_deadline_and_a_cancel_cut_the_reply(server: OpenAIServer) -> None:
    server.script(streamed("Hi", ending="hang"))
    began = time.monotonic()
    _, completion = drain(engine_at(server), Request(MESSAGES, deadline=began + 0.2))
    assert (completion.text, completion.truncated) == ("Hi", True)
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    _, completion = drain(engine_at(server), Request(MESSAGES, cancelled=cancelled))
    assert completion.truncated
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000",
        "the request exceeds the available context size. try increasing it",
        "prompt is too long: 210000 tokens > 200000 maximum",
    ],
)
def test_a_prompt_that_is_too_long(server: OpenAIServer, message: str) -> None:
    server.script(refused(400, message))
    with pytest.raises(ContextOverflowError):
        drain(engine_at(server), Request(MESSAGES))


@pytest.mark.parametrize("status", [400, 401, 500])
def test_an_endpoint_that_fails(server: OpenAIServer, status: int) -> None:
    server.script(refused(status, f"no: {KEY}"))
    with pytest.raises(EngineError, match=f"HTTP {status}.*no: ") as caught:
        drain(engine_at(server), Request(MESSAGES))
    assert not isinstance(caught.value, ContextOverflowError)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "price", "cost_usd"),
    [
        ("127.0.0.1", None, 0.0),
        ("127.0.0.1", FlatPrice(1.0, 2.0), 0.02),
        ("model.invalid", FlatPrice(1.0, 2.0), 0.02),
        ("model.invalid", None, None),
    ],
)
def test_cost(
    server: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    price: FlatPrice | None,
    cost_usd: float | None,
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    server.script(streamed("ok", tokens=(10_000, 5_000)))
    engine = RemoteEngine(
        Endpoint(f"http://{host}:{server.port}/v1", "m"),
        name="m",
        price=price,
    )
    assert drain(engine, Request(MESSAGES))[1].usage.cost_usd == cost_usd


def test_tokens_are_estimated() -> None:
    engine = RemoteEngine(Endpoint("http://127.0.0.1:9/v1", "m"), name="m")
    assert [engine.count_tokens("x" * n) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]
    assert engine.context_tokens == 32_768


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("http://host:8000/v1#qwen3", ("http://host:8000/v1", "qwen3")),
        ("https://host/v1/#owner/model:q4", ("https://host/v1/", "owner/model:q4")),
        ("http://[::1]:80#a#b", ("http://[::1]:80", "a#b")),
    ],
)
def test_model_url(url: str, parsed: tuple[str, str]) -> None:
    assert parse_model_url(url) == parsed


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://host/v1", "names no model: write it as http://host/v1#model-id"),
        ("http://host/v1# ", "names no model"),
        ("ftp://host/v1#m", "is no model address"),
        ("http://#m", "is no model address"),
        ("http://[::1#m", "is no model address"),
        ("qwen3", "is no model address"),
    ],
)
def test_a_model_url_that_is_none(url: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_model_url(url)
    assert words in str(caught.value)
