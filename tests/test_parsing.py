"""What a model writes, and what is read from it; no text makes the parser raise or dawdle."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestra_cli.engines.base import RawCall
from orchestra_cli.parsing import Reply, parse_reply
from tools.base import JsonObject, ToolCall

NO_OBJECT = "the text inside <tool_call> is not one JSON object"
NO_ARGUMENTS = "f: the arguments are not a JSON object"
CALL = '<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>'
F = ToolCall("f", {"x": 1})


def rendered(name: str, arguments: object) -> str:
    """A call as the model's template writes it."""
    text = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{text}\n</tool_call>"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        pytest.param("", Reply(), id="empty"),
        pytest.param(" \n", Reply(), id="white space"),
        pytest.param("Paris.\n", Reply(text="Paris."), id="an answer"),
        pytest.param("<think>hm</think>\n\nParis.", Reply("hm", text="Paris."), id="thought"),
        pytest.param("hm</think>Paris.", Reply("hm", text="Paris."), id="opened in the prompt"),
        pytest.param("<think>hm", Reply("hm"), id="thought never closed"),
        pytest.param("Paris.<think>hm", Reply("hm", text="Paris."), id="thought after the answer"),
        pytest.param("<think></think>Paris.", Reply(text="Paris."), id="empty thought"),
        pytest.param("<think>a<think>b</think>c", Reply("ab", text="c"), id="opened twice"),
        pytest.param(CALL, Reply("", (F,)), id="call"),
        pytest.param(f"<think>hm</think>\n{CALL}", Reply("hm", (F,)), id="thought and call"),
        pytest.param(f"<think>hm\n{CALL}", Reply("hm", (F,)), id="a call ends the thought"),
        pytest.param(f"<think>hm{CALL}</think>", Reply("hm", (F,)), id="closed after the call"),
        pytest.param(f"<think>{CALL}</think>", Reply("", (F,)), id="call inside the thought"),
        pytest.param(f"<think>a</think>b{CALL}c", Reply("a", (F,), "bc"), id="text around"),
        pytest.param(CALL.removesuffix("</tool_call>"), Reply("", (F,)), id="closing tag missing"),
        pytest.param(CALL.removesuffix("\n</tool_call>"), Reply("", (F,)), id="ends at the brace"),
        pytest.param(f"{CALL}\n{CALL}", Reply("", (F, F)), id="two calls"),
        pytest.param(
            f"{CALL.removesuffix('</tool_call>')}{CALL}", Reply("", (F, F)), id="one not closed"
        ),
        pytest.param(f"{CALL}</tool_call>", Reply("", (F,), "</tool_call>"), id="closed twice"),
        pytest.param(f"<tool_call>{CALL}", Reply(error=NO_OBJECT), id="opened twice, one empty"),
        pytest.param("<tool_call>", Reply(error=NO_OBJECT), id="nothing in it"),
        pytest.param(
            "a<tool_call></tool_call>b", Reply(text="a", error=NO_OBJECT), id="empty call"
        ),
        pytest.param("<tool_call>f(x=1)</tool_call>", Reply(error=NO_OBJECT), id="no JSON"),
        pytest.param("<tool_call>[]</tool_call>", Reply(error=NO_OBJECT), id="no object"),
        pytest.param("<tool_call>null</tool_call>", Reply(error=NO_OBJECT), id="null"),
        pytest.param('<tool_call>{"name": "f"', Reply(error=NO_OBJECT), id="cut off"),
        pytest.param('<tool_call>{"name": "f"} {}</tool_call>', Reply(error=NO_OBJECT), id="two"),
        pytest.param('<tool_call>{"name": "f"} so</tool_call>', Reply(error=NO_OBJECT), id="tail"),
        pytest.param(f"{CALL}<tool_call>{{", Reply("", (F,), error=NO_OBJECT), id="second cut"),
        pytest.param(
            "<think>call <tool_call> now</think>4", Reply("call", error=NO_OBJECT), id="mentioned"
        ),
    ],
)
def test_replies(text: str, reply: Reply) -> None:
    assert parse_reply(text) == reply


@pytest.mark.parametrize(
    ("body", "read"),
    [
        pytest.param('{"name": "f"}', {}, id="no arguments"),
        pytest.param('{"name": "f", "arguments": {}}', {}, id="empty"),
        pytest.param('{"arguments": {"x": 1}, "name": "f"}', {"x": 1}, id="name last"),
        pytest.param('{"name": "f", "parameters": {"x": 1}}', {"x": 1}, id="parameters"),
        pytest.param('{"name": "f", "arguments": "{\\"x\\": 1}"}', {"x": 1}, id="a string"),
        pytest.param(
            json.dumps({"name": "f", "arguments": json.dumps(json.dumps({"x": 1}))}),
            {"x": 1},
            id="a string of a string",
        ),
        pytest.param('{"name": "f", "arguments": ""}', {}, id="empty string"),
        pytest.param('{"name": "f", "arguments": {"x": "a\nb\tc"}}', {"x": "a\nb\tc"}, id="raw"),
        pytest.param(
            '{"name": "f", "arguments": "{\\"x\\": \\"a\nb\\"}"}', {"x": "a\nb"}, id="raw 2"
        ),
        pytest.param(
            '{"name": "f", "arguments": {"x": "\\ud83d\\ude00"}}', {"x": "😀"}, id="emoji"
        ),
        pytest.param('{"name": "f", "arguments": [1]}', NO_ARGUMENTS, id="list"),
        pytest.param('{"name": "f", "arguments": "x=1"}', NO_ARGUMENTS, id="no JSON in the string"),
        pytest.param('{"name": "f", "arguments": null}', NO_ARGUMENTS, id="null"),
        pytest.param('{"name": "f", "arguments": 4}', NO_ARGUMENTS, id="number"),
        pytest.param('{"arguments": {}}', 'the call has no "name"', id="no name"),
        pytest.param('{"name": "", "arguments": {}}', 'the call has no "name"', id="empty name"),
        pytest.param('{"name": 4, "arguments": {}}', 'the call has no "name"', id="name a number"),
    ],
)
def test_arguments(body: str, read: JsonObject | str) -> None:
    reply = parse_reply(f"<tool_call>{body}</tool_call>")
    if isinstance(read, str):
        assert (reply.calls, reply.error) == ((), read)
    else:
        assert (reply.calls, reply.error) == ((ToolCall("f", read),), None)


@pytest.mark.parametrize(
    "code",
    [
        "print('</tool_call>')",
        "print('<tool_call>{}</tool_call>')",
        "tags = ['<think>', '</think>']\nprint({'a': {'b': tags}})",
        'print("}}")  # "\\"',
        "</think>",
    ],
)
@pytest.mark.parametrize("before", ["", "<think>let me see", "<think>hm</think>", "hm</think>"])
@pytest.mark.parametrize("after", ["", "</tool_call>"])
def test_a_tag_or_brace_inside_a_string_is_part_of_the_string(
    code: str, before: str, after: str
) -> None:
    call = json.dumps({"name": "python", "arguments": {"code": code}})
    reply = parse_reply(f"{before}<tool_call>{call}{after}")
    assert reply.calls == (ToolCall("python", {"code": code}),)
    assert (reply.text, reply.error) == ("", None)


def test_structured_calls_need_no_text() -> None:
    calls = (RawCall("f", '{"x": 1}'), RawCall("g", ""))
    assert parse_reply("", calls).calls == (F, ToolCall("g", {}))
    reply = parse_reply("<think>hm</think>Wait.", calls)
    assert (reply.thought, reply.text, len(reply.calls)) == ("hm", "Wait.", 2)
    assert parse_reply(CALL, calls[1:]).calls == (F, ToolCall("g", {}))


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (RawCall("f", '{"x": 1'), NO_ARGUMENTS),
        (RawCall("f", "[]"), NO_ARGUMENTS),
        (RawCall("", "{}"), 'the call has no "name"'),
    ],
)
def test_a_malformed_structured_call_is_an_error(raw: RawCall, error: str) -> None:
    assert parse_reply("", (raw,)).error == error
    assert parse_reply(CALL, (raw,)).calls == (F,)


@pytest.mark.parametrize("depth", [63, 66, 300, 900, 50_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a": ', "}")])
def test_arguments_too_deep_to_walk_are_refused(depth: int, opens: str, closes: str) -> None:
    value = f'{{"x": {opens * depth}1{closes * depth}}}'
    for reply in (
        parse_reply(f'<tool_call>{{"name": "f", "arguments": {value}}}</tool_call>'),
        parse_reply("", (RawCall("f", value),)),
    ):
        assert (reply.error is None) is (depth < 64)
        assert len(reply.calls) == (depth < 64)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["<tool_call>", "</tool_call>", "<think>", "</think>", '{"name": "f"}']),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(min_size=1), st.dictionaries(st.text(), JSON, max_size=4), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_rendered_call_parses_back_to_itself(
    name: str, arguments: JsonObject, twice: bool
) -> None:
    call = ToolCall(name, arguments)
    told = json.dumps(arguments) if twice else arguments
    assert parse_reply(rendered(name, told)) == Reply("", (call,))
    assert parse_reply("", [RawCall(name, json.dumps(arguments))]) == Reply("", (call,))
    thinking = f"<think>hm</think>{rendered(name, told)}\n{rendered(name, told)}"
    assert parse_reply(thinking) == Reply("hm", (call, call))


FRAGMENTS = st.sampled_from(
    [
        *("<tool_call>", "</tool_call>", "<think>", "</think>", "{", "}", "[", "]", '"', "\\", ","),
        *('{"name": "f", "arguments": ', '{"name": "f"}', '"name"', ": ", "null", "NaN", "1e999"),
        *("<", "/", "\n", " ", "\ud800", "\x00", "é", "\\ud800", "<|im_end|>", "```json\n"),
        "9" * 5_000,
    ]
)


@given(st.text(st.characters(exclude_categories=())) | st.lists(FRAGMENTS).map("".join), st.data())
@settings(max_examples=400, deadline=None)
@example("<tool_call>" + "[" * 2_000, None)
def test_any_text_is_read(text: str, data: st.DataObject | None) -> None:
    raw = data.draw(st.lists(st.builds(RawCall, st.text(), st.just(text)))) if data else []
    reply = parse_reply(text, raw)
    assert all(call.name and isinstance(call.arguments, dict) for call in reply.calls)
    assert reply.text == reply.text.strip() and reply.thought == reply.thought.strip()
    if "<tool_call>" in text or raw:
        assert reply.calls or reply.error


ENDLESS = {
    "opening tags": "<tool_call>",
    "opening tags and a brace": "<tool_call>{",
    "opening tags and a quote": '<tool_call>{"',
    "opening tags and an escaped quote": '<tool_call>{"\\"',
    "arrays of strings": '<tool_call>["",',
    "closing tags": "</tool_call>",
    "calls": '<tool_call>{"name":"f"}</tool_call>',
    "calls that are not closed": '<tool_call>{"name":"f"}',
    "calls and white space": '<tool_call>{"name":"f"}' + " " * 500,
    "thoughts": "<think>",
    "closed thoughts": "<think></think>",
    "brackets": "[",
    "objects": '{"a":',
    "half tags": "<tool_cal",
    "white space": " \n",
    "quotes": '"',
}


@pytest.mark.parametrize("head", ["", "<tool_call>", '<tool_call>{"x": "', "<think>"])
@pytest.mark.parametrize("piece", ENDLESS.values(), ids=ENDLESS.keys())
def test_an_endless_reply_is_read_at_once(piece: str, head: str) -> None:
    text = head + piece * (200_000 // len(piece))
    began = time.perf_counter()
    parse_reply(text)
    assert time.perf_counter() - began < 2.0
