"""The client against a real loopback server: what servers really send, and how they fail."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai_server import (
    OpenAIServer,
    Reply,
    delta,
    event,
    events,
    plain,
    raw,
    refused,
    silence,
    streamed,
    tool_call,
    usage,
)

from tools.base import ToolError
from tools.endpoint import Endpoint, EndpointError, EndpointReply

KEY = "sk-test-0123456789abcdef"
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]
FUNCTION = {"name": "search", "description": "Finds.", "parameters": {"type": "object"}}


@pytest.fixture(scope="module")
def shared() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def server(shared: OpenAIServer) -> OpenAIServer:
    shared.requests.clear()
    shared.hung_up.clear()
    return shared


def drain(
    stream: Generator[str, None, EndpointReply],
) -> tuple[str, EndpointReply]:
    """What was shown, and the reply."""
    shown: list[str] = []
    while True:
        try:
            shown.append(next(stream))
        except StopIteration as end:
            return "".join(shown), end.value


def ask(server: OpenAIServer, *replies: Reply, **how: Any) -> tuple[str, EndpointReply]:
    server.script(*replies)
    return drain(Endpoint(server.base_url, "m").stream(MESSAGES, **{"max_tokens": 64} | how))


def failure(server: OpenAIServer, *replies: Reply, **how: Any) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        ask(server, *replies, **how)
    assert "\n" not in str(caught.value)
    return caught.value


def test_streamed_text_comes_piece_by_piece(server: OpenAIServer) -> None:
    server.script(streamed("Par", "is", ".", tokens=(17, 3)))
    stream = Endpoint(server.base_url, "m").stream(MESSAGES, max_tokens=64)
    assert next(stream) == "Par"
    shown, reply = drain(stream)
    assert shown == "is."
    assert reply == EndpointReply("Paris.", input_tokens=17, output_tokens=3)


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


@pytest.mark.parametrize("suffix", ["/v1", "/v1/", "", "/", "/openai/v1?api-version=3"])
def test_base_url_is_used_as_given(server: OpenAIServer, suffix: str) -> None:
    server.script(streamed("ok"))
    endpoint = Endpoint(f"http://127.0.0.1:{server.port}{suffix}", "m")
    drain(endpoint.stream(MESSAGES, max_tokens=9))
    path, question_mark, query = suffix.partition("?")
    expected = f"{path.rstrip('/')}/chat/completions{question_mark}{query}"
    assert server.requests[0].path == expected


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thought_is_told_from_text(server: OpenAIServer, field: str) -> None:
    chunks = (delta(**{field: "Fra"}), delta(**{field: "nce"}), delta(content="Paris"))
    shown, reply = ask(server, events(*chunks, delta("stop"), "[DONE]"))
    assert shown == "<think>France</think>Paris"
    assert (reply.thought, reply.text) == ("France", "Paris")


def test_thought_alone_is_closed(server: OpenAIServer) -> None:
    shown, reply = ask(server, streamed(thought="hm", finish="length"))
    assert shown == "<think>hm</think>"
    assert reply.truncated and reply.text == ""


@pytest.mark.parametrize(
    ("parts", "calls"),
    [
        pytest.param(
            [
                tool_call("search", "", id="a"),
                {"index": 0, "function": {"arguments": '{"q": '}},
                {"index": 0, "function": {"arguments": '"x"}'}},
            ],
            [("search", '{"q": "x"}')],
            id="streamed by index",
        ),
        pytest.param(
            [
                tool_call("a", "{", id="1"),
                tool_call("b", "[", index=1, id="2"),
                {"index": 0, "function": {"arguments": "}"}},
                {"index": 1, "function": {"arguments": "]"}},
            ],
            [("a", "{}"), ("b", "[]")],
            id="interleaved",
        ),
        pytest.param([tool_call("a", {"q": "é"})], [("a", '{"q": "é"}')], id="object"),
        pytest.param([tool_call("a", '{"q": 1}')], [("a", '{"q": 1}')], id="whole at once"),
        pytest.param([tool_call("a", None)], [("a", "")], id="no arguments"),
        pytest.param(
            [tool_call("a", "{}", id="1"), tool_call("b", "{}", id="2")],
            [("a", "{}"), ("b", "{}")],
            id="index repeated",
        ),
        pytest.param(
            [tool_call("a", "{}", index=None), tool_call("b", "{}", index=None)],
            [("a", "{}"), ("b", "{}")],
            id="no index",
        ),
        pytest.param(
            [tool_call("a", "{", id="1"), tool_call("a", "}", id="1")],
            [("a", "{}")],
            id="name repeated",
        ),
    ],
)
def test_calls_are_put_together(
    server: OpenAIServer, parts: list[dict[str, Any]], calls: list[tuple[str, str]]
) -> None:
    _, reply = ask(server, streamed(calls=parts, finish="tool_calls"))
    assert list(reply.calls) == calls


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
def test_plain_json_where_a_stream_was_asked(server: OpenAIServer, content_type: str) -> None:
    answer = plain("Paris", calls=[tool_call("a", {})], tokens=(5, 2), content_type=content_type)
    shown, reply = ask(server, answer)
    assert shown == "Paris"
    assert reply == EndpointReply("Paris", calls=(("a", "{}"),), input_tokens=5, output_tokens=2)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b": ping\r\n\r\ndata:{}\r\n\r\ndata: [DONE]\r\n", id="CRLF and comments"),
        pytest.param(b"event: message\nid: 7\nretry: 10\ndata: {}\ndata: [DONE]", id="fields"),
        pytest.param(b"data: {}\n\ndata: [DONE]\n\nnonsense {", id="after the end"),
    ],
)
def test_other_ways_to_write_events(server: OpenAIServer, body: bytes) -> None:
    body = body.replace(b"{}", json.dumps(delta(content="Paris")).encode())
    assert ask(server, raw(body))[0] == "Paris"


def test_characters_split_between_reads(server: OpenAIServer) -> None:
    body = b"data: " + json.dumps(delta("stop", content="café 東京"), ensure_ascii=False).encode()
    pieces = [bytes([byte]) for byte in body + b"\n\ndata: [DONE]\n\n"]
    assert ask(server, raw(*pieces))[0] == "café 東京"


def test_content_in_parts_and_half_a_surrogate(server: OpenAIServer) -> None:
    parts = [{"type": "text", "text": "Pa"}, {"type": "image"}, {"type": "text", "text": "ris"}]
    _, reply = ask(server, events(delta("stop", content=parts)))
    assert reply.text == "Paris"
    _, reply = ask(server, events(delta("stop", content="\ud83d")))
    assert reply.text == "?"


def test_tokens_are_estimated_where_the_server_does_not_count(server: OpenAIServer) -> None:
    _, reply = ask(server, streamed("x" * 40))
    assert reply.usage_estimated
    assert reply.output_tokens == 10
    assert len(MESSAGES[0]["content"]) / 4 < reply.input_tokens < 40


def test_the_last_count_holds(server: OpenAIServer) -> None:
    running = delta(content="a") | {"usage": usage(5, 1)}
    last = {"choices": [], "usage": usage(5, 2)}
    _, reply = ask(server, events(running, delta("stop", content="b") | {"usage": None}, last))
    assert (reply.output_tokens, reply.usage_estimated) == (2, False)


def test_cut_by_max_tokens(server: OpenAIServer) -> None:
    assert ask(server, streamed("Par", finish="length"))[1].truncated


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


@pytest.mark.parametrize("key", ["sk-secrét-key", "sk-secret\x00key", "sk-secret\nkey"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(EndpointError, match=r"API key in \$MY_KEY") as caught:
        Endpoint("http://127.0.0.1:9/v1", "m", key, api_key_env="MY_KEY")
    assert "sk-" not in str(caught.value)


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


def test_cut_after_the_last_word_is_whole(server: OpenAIServer) -> None:
    _, reply = ask(server, events(delta("stop", content="Paris"), ending="cut"))
    assert (reply.text, reply.truncated, reply.usage_estimated) == ("Paris", False, True)


def test_a_server_that_falls_silent(server: OpenAIServer) -> None:
    server.script(streamed("Par", ending="hang"))
    stream = Endpoint(server.base_url, "m", stall_timeout_s=0.2).stream(MESSAGES, max_tokens=9)
    began = time.monotonic()
    with pytest.raises(EndpointError, match=r"sent nothing for 0\.2 s") as caught:
        drain(stream)
    assert time.monotonic() - began < 2
    assert caught.value.partial is not None and caught.value.partial.text == "Par"
    assert server.hung_up.wait(2)


def test_the_first_bytes_may_take_longer(server: OpenAIServer) -> None:
    slow = Reply(streamed("Paris").pieces, pause_s=0.3)
    server.script(Reply((b"".join(slow.pieces),), pause_s=0.4))
    endpoint = Endpoint(server.base_url, "m", stall_timeout_s=0.2)
    assert drain(endpoint.stream(MESSAGES, max_tokens=9))[0] == "Paris"
    server.script(silence())
    with pytest.raises(EndpointError, match="sent nothing for 1 s"):
        drain(endpoint.stream(MESSAGES, max_tokens=9))


def test_a_reader_that_takes_its_time_is_no_stall(server: OpenAIServer) -> None:
    server.script(streamed("Par", "is", pause_s=0.05))
    stream = Endpoint(server.base_url, "m", stall_timeout_s=0.15).stream(MESSAGES, max_tokens=9)
    next(stream)
    time.sleep(0.4)
    assert drain(stream)[0] == "is"


@pytest.mark.parametrize("reply", [streamed("Par", ending="hang"), silence()], ids=["late", "mute"])
def test_the_deadline_ends_it_with_what_has_come(server: OpenAIServer, reply: Reply) -> None:
    began = time.monotonic()
    _, got = ask(server, reply, deadline=began + 0.3)
    assert 0.25 < time.monotonic() - began < 2
    assert got.truncated
    assert got.text == ("Par" if reply.pieces else "")
    assert server.hung_up.wait(2)


def test_the_deadline_holds_for_a_trickle(server: OpenAIServer) -> None:
    trickle = Reply(tuple(b": ping\n" for _ in range(100)), pause_s=0.05)
    began = time.monotonic()
    assert ask(server, trickle, deadline=began + 0.3)[1].truncated
    assert time.monotonic() - began < 2


def test_a_deadline_in_the_past_asks_nothing(server: OpenAIServer) -> None:
    _, reply = ask(server, streamed("Paris"), deadline=time.monotonic() - 1)
    assert reply.truncated
    assert server.requests == []


@pytest.mark.parametrize("reply", [streamed("Par", ending="hang"), silence()], ids=["late", "mute"])
def test_a_cancel_ends_it_and_the_server_hears_of_it(server: OpenAIServer, reply: Reply) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    began = time.monotonic()
    _, got = ask(server, reply, cancelled=cancelled)
    assert time.monotonic() - began < 2
    assert got.truncated
    assert server.hung_up.wait(2)


def test_a_reader_that_goes_away_closes_the_connection(server: OpenAIServer) -> None:
    server.script(streamed("Par", ending="hang"))
    stream = Endpoint(server.base_url, "m").stream(MESSAGES, max_tokens=9)
    assert next(stream) == "Par"
    stream.close()
    assert server.hung_up.wait(2)
    assert not [each for each in threading.enumerate() if each.name == "endpoint-watch"]


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


def test_text_that_is_no_unicode_is_still_sent(server: OpenAIServer) -> None:
    server.script(streamed("ok"))
    messages = [{"role": "user", "content": "half \ud83d"}]
    drain(Endpoint(server.base_url, "m").stream(messages, max_tokens=9))
    assert server.requests[0].body["messages"][0]["content"] == "half ?"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
names = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "reasoning",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "index",
        "id",
        "usage",
        "prompt_tokens",
        "completion_tokens",
        "error",
        "code",
        "finish_reason",
        "text",
    ]
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
chunks = st.builds(
    lambda choice, more: more | {"choices": [choice]},
    st.fixed_dictionaries(
        {"delta": documents | st.fixed_dictionaries({"tool_calls": st.lists(documents)})},
        optional={"finish_reason": scalars},
    ),
    st.dictionaries(names, documents, max_size=2),
)
lines = st.one_of(
    st.binary(max_size=30),
    (documents | chunks).map(lambda value: b"data: " + json.dumps(value).encode()),
    st.sampled_from([b"data: [DONE]", b"data:", b": ping", b"event: x", b"{", b"", b"\r"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.lists(lines, max_size=6).map(b"\n".join),
    cuts=st.lists(st.integers(0, 200), max_size=3),
    ending=st.sampled_from(["whole", "cut", "close"]),
)
def test_any_bytes_are_a_reply_or_an_endpoint_error(
    shared: OpenAIServer, body: bytes, cuts: list[int], ending: Any
) -> None:
    edges = [0, *sorted(cuts), max(len(body), *cuts, 0)]
    pieces = [body[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    shared.script(raw(*(piece for piece in pieces if piece), ending=ending))
    try:
        shown, reply = drain(Endpoint(shared.base_url, "m").stream(MESSAGES, max_tokens=9))
    except EndpointError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert isinstance(reply, EndpointReply)
    assert len(shown.encode()) >= len((reply.thought + reply.text).encode())
    assert all(isinstance(part, str) for call in reply.calls for part in call)
