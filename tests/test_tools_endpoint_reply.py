"""Replies as servers really send them: streamed or not, whole or in any bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from endpoint_calls import MESSAGES, ask, drain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai_server import OpenAIServer, delta, events, plain, raw, streamed, tool_call, usage

from tools.endpoint import Endpoint, EndpointError, EndpointReply


def test_streamed_text_comes_piece_by_piece(server: OpenAIServer) -> None:
    server.script(streamed("Par", "is", ".", tokens=(17, 3)))
    stream = Endpoint(server.base_url, "m").stream(MESSAGES, max_tokens=64)
    assert next(stream) == "Par"
    shown, reply = drain(stream)
    assert shown == "is."
    assert reply == EndpointReply("Paris.", input_tokens=17, output_tokens=3)


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


def test_cut_after_the_last_word_is_whole(server: OpenAIServer) -> None:
    _, reply = ask(server, events(delta("stop", content="Paris"), ending="cut"))
    assert (reply.text, reply.truncated, reply.usage_estimated) == ("Paris", False, True)


# Any bytes


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
    server: OpenAIServer, body: bytes, cuts: list[int], ending: Any
) -> None:
    edges = [0, *sorted(cuts), max(len(body), *cuts, 0)]
    pieces = [body[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    server.script(raw(*(piece for piece in pieces if piece), ending=ending))
    try:
        shown, reply = drain(Endpoint(server.base_url, "m").stream(MESSAGES, max_tokens=9))
    except EndpointError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert isinstance(reply, EndpointReply)
    assert len(shown.encode()) >= len((reply.thought + reply.text).encode())
    assert all(isinstance(part, str) for call in reply.calls for part in call)
