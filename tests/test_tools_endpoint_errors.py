"""How endpoints fail: what the one line says, what it keeps to itself, and what is kept to bill."""

from __future__ import annotations

import socket
import traceback

import pytest
from endpoint_calls import KEY, MESSAGES, drain, failure
from openai_server import OpenAIServer, Reply, delta, event, events, raw, refused, streamed

from tools.base import ToolError
from tools.endpoint import Endpoint, EndpointError


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (refused(500, "kaputt"), 500, "HTTP 500: kaputt"),
        (refused(429, "slow\ndown"), 429, "HTTP 429: slow down"),
        (raw(b"<h1>Bad\x1b[31m gateway</h1>"), 502, "HTTP 502: <h1>Bad [31m gateway</h1>"),
        (raw(b'{"detail": "no such model"}'), 404, "HTTP 404: no such model"),
        (raw(b'{"error": "model not found"}'), 404, "HTTP 404: model not found"),
        (raw(b""), 503, "HTTP 503: Service Unavailable"),
    ],
)
def test_an_error_has_the_status_and_the_providers_words(
    server: OpenAIServer, reply: Reply, status: int, words: str
) -> None:
    error = failure(server, Reply(reply.pieces, status=status, ending=reply.ending))
    assert isinstance(error, ToolError)
    assert str(error) == f"127.0.0.1:{server.port}: {words}"
    assert (error.status, error.partial) == (status, None)


def test_the_providers_words_are_cut(server: OpenAIServer) -> None:
    assert len(str(failure(server, refused(500, "x" * 5000)))) == 300


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("key", "hint"), [(KEY, "check the API key in $MY_KEY"), (None, "set the API key in $MY_KEY")]
)
def test_a_wrong_key_names_its_variable(
    server: OpenAIServer, status: int, key: str | None, hint: str
) -> None:
    server.script(refused(status, "Incorrect API key"))
    endpoint = Endpoint(server.base_url, "m", key, api_key_env="MY_KEY")
    with pytest.raises(EndpointError) as caught:
        drain(endpoint.stream(MESSAGES, max_tokens=9))
    assert f"HTTP {status} ({hint}): Incorrect API key" in str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        refused(401, f"Incorrect API key provided: {KEY}"),
        refused(400, "x" * 250 + KEY),
        raw(f"data: {KEY}\n\n".encode()),
        raw(f'data: {{"error": "bad key {KEY}"}}\n\n'.encode()),
        raw(KEY.encode()),
    ],
)
def test_the_key_is_never_told(server: OpenAIServer, reply: Reply) -> None:
    endpoint = Endpoint(f"http://user:{KEY}@127.0.0.1:{server.port}/v1", "m", KEY)
    server.script(reply)
    with pytest.raises(EndpointError) as caught:
        drain(endpoint.stream(MESSAGES, max_tokens=9))
    told = "".join(traceback.format_exception(caught.value)) + repr(endpoint) + repr(caught.value)
    assert KEY not in told
    assert KEY[:12] not in told


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(EndpointError, match=f"cannot reach 127.0.0.1:{port}: "):
            drain(Endpoint(f"http://127.0.0.1:{port}/v1", "m").stream(MESSAGES, max_tokens=9))


def test_a_name_that_leads_nowhere() -> None:
    with pytest.raises(EndpointError, match="cannot reach nowhere.localhost:80"):
        drain(Endpoint("http://nowhere.localhost/v1", "m").stream(MESSAGES, max_tokens=9))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (streamed("Par", ending="cut"), "broke off"),
        (streamed("Par", ending="close"), "broke off"),
        (raw(event(delta(content="Par")), b'data: {"choices": [{"de'), "no chat completion"),
        (raw(b'{"choices": [{"mess', content_type="application/json"), "no chat completion"),
        (raw(b'{"object": "list"}', content_type="application/json"), "no chat completion"),
        (raw(b"<html>hello</html>", content_type="text/html"), "no chat completion"),
        (raw(b"data: [1]\n\n"), "no chat completion"),
        (raw(b"data: " + b"[" * 100_000 + b"\n\n"), "no chat completion"),
        (raw(b""), "broke off"),
        (events({"error": {"message": "overloaded", "code": 503}}), "overloaded"),
        (raw(b'error: {"code": 500, "message": "slot gone"}\n\n'), "slot gone"),
    ],
)
def test_a_reply_that_is_none(server: OpenAIServer, reply: Reply, words: str) -> None:
    assert words in str(failure(server, reply))


def test_what_had_come_is_kept_for_the_bill(server: OpenAIServer) -> None:
    error = failure(server, streamed("x" * 40, ending="cut"))
    assert error.partial is not None
    assert error.partial.output_tokens == 10
    late = events(delta(content="Par"), {"error": {"message": "overloaded", "code": 503}})
    error = failure(server, late)
    assert (error.status, error.partial and error.partial.text) == (503, "Par")
