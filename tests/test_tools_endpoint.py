"""What is asked of an endpoint, and where: a real loopback server notes each request."""

from __future__ import annotations

from typing import Any

import pytest
from endpoint_calls import KEY, MESSAGES, ask, drain, failure
from openai_server import OpenAIServer, refused, streamed

from tools.endpoint import Endpoint, EndpointError

FUNCTION = {"name": "search", "description": "Finds.", "parameters": {"type": "object"}}


def test_the_request_says_what_was_asked(server: OpenAIServer) -> None:
    how = {"functions": [FUNCTION], "tool_choice": "required", "sampling": {"temperature": 0.5}}
    ask(server, streamed("ok"), **how)
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "m",
        "messages": MESSAGES,
        "max_tokens": 64,
        "temperature": 0.5,
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [{"type": "function", "function": FUNCTION}],
        "tool_choice": "required",
    }
    assert "authorization" not in request.headers


def test_the_key_goes_into_the_header(server: OpenAIServer) -> None:
    server.script(streamed("ok"))
    drain(Endpoint(server.base_url, "m", f" {KEY}\n").stream(MESSAGES, max_tokens=9))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["sk-secrét-key", "sk-secret\x00key", "sk-secret\nkey"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(EndpointError, match=r"API key in \$MY_KEY") as caught:
        Endpoint("http://127.0.0.1:9/v1", "m", key, api_key_env="MY_KEY")
    assert "sk-" not in str(caught.value)


def test_text_that_is_no_unicode_is_still_sent(server: OpenAIServer) -> None:
    server.script(streamed("ok"))
    messages = [{"role": "user", "content": "half \ud83d"}]
    drain(Endpoint(server.base_url, "m").stream(messages, max_tokens=9))
    assert server.requests[0].body["messages"][0]["content"] == "half ?"


# Where it goes


@pytest.mark.parametrize("suffix", ["/v1", "/v1/", "", "/", "/openai/v1?api-version=3"])
def test_base_url_is_used_as_given(server: OpenAIServer, suffix: str) -> None:
    server.script(streamed("ok"))
    endpoint = Endpoint(f"http://127.0.0.1:{server.port}{suffix}", "m")
    drain(endpoint.stream(MESSAGES, max_tokens=9))
    path, question_mark, query = suffix.partition("?")
    expected = f"{path.rstrip('/')}/chat/completions{question_mark}{query}"
    assert server.requests[0].path == expected


@pytest.mark.parametrize("url", ["", "127.0.0.1:80/v1", "ftp://host/v1", "http://", "http://h:x/"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(EndpointError, match="base_url"):
        Endpoint(url, "m")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.8.8.8/v1", True),
        ("http://[::1]:80/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://192.168.1.7/v1", False),
        ("http://localhost.example.com/v1", False),
    ],
)
def test_what_is_this_machine(url: str, loopback: bool) -> None:
    assert Endpoint(url, "m").is_loopback is loopback


def test_a_proxy_is_not_asked_for_this_machine(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(server, streamed("Paris"))[0] == "Paris"


def test_a_proxy_is_asked_for_another_machine(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.port}")
    server.script(streamed("by proxy"))
    shown, _ = drain(Endpoint("http://model.invalid/v1", "m").stream(MESSAGES, max_tokens=9))
    assert shown == "by proxy"
    assert server.requests[0].path == "http://model.invalid/v1/chat/completions"


# What is asked again


def test_a_server_that_wants_other_parameters(server: OpenAIServer) -> None:
    server.script(
        refused(400, "'max_tokens' is not supported. Use 'max_completion_tokens' instead."),
        refused(400, "'temperature' does not support 0.0. Only the default (1) value is supported"),
        refused(400, "Unrecognized request argument supplied: top_k"),
        streamed("Paris"),
    )
    endpoint = Endpoint(server.base_url, "m")
    how: dict[str, Any] = {"max_tokens": 64, "sampling": {"temperature": 0.0, "top_k": 0}}
    assert drain(endpoint.stream(MESSAGES, **how))[0] == "Paris"
    assert [len(server.requests), *sorted(server.requests[-1].body)] == [
        4,
        "max_completion_tokens",
        "messages",
        "model",
        "stream",
        "stream_options",
    ]
    assert server.requests[-1].body["max_completion_tokens"] == 64
    drain(endpoint.stream(MESSAGES, **how))
    assert server.requests[4].body == server.requests[3].body, "it remembers"


def test_a_server_that_refuses_tool_choice(server: OpenAIServer) -> None:
    how = {"functions": [FUNCTION], "tool_choice": "required"}
    _, reply = ask(server, refused(400, '"required" tool choice: no'), streamed("ok"), **how)
    assert reply.text == "ok"
    assert "tool_choice" not in server.requests[1].body
    assert "tools" in server.requests[1].body


def test_a_failure_is_not_tried_again(server: OpenAIServer) -> None:
    too_long = "'max_tokens' or 'max_completion_tokens' is too large: 9000. Maximum context: 4096"
    for reply in (refused(400, too_long), refused(500, "temperature"), refused(400, "top_p")):
        server.requests.clear()
        failure(server, reply, sampling={"temperature": 1.0})
        assert len(server.requests) == 1
