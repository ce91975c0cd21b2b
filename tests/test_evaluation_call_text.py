"""Calls out of an answer's text: every usual form, and nothing out of prose."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.evaluation.judges.call_text import (
    Call,
    looks_cut,
    parse_calls,
    parse_value,
)

F = Call("f", {"a": 1, "b": "x"})


@pytest.mark.parametrize(
    "text",
    [
        'f(a=1, b="x")',
        "[f(a=1, b='x')]",
        "f(a=1, b='x');",
        "```python\n[f(a=1, b='x')]\n```",
        '{"name": "f", "arguments": {"a": 1, "b": "x"}}',
        '[{"name": "f", "arguments": "{\\"a\\": 1, \\"b\\": \\"x\\"}"}]',
        '{"function": {"name": "f", "arguments": {"a": 1, "b": "x"}}}',
        '{"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1, "b": "x"}}}]}',
        '[{"f": "{\\"a\\": 1, \\"b\\": \\"x\\"}"}]',
        '{"f": {"a": 1, "b": "x"}}',
        '<tool_call>\n{"name": "f", "arguments": {"a": 1, "b": "x"}}\n</tool_call>',
        '<tool_call>{"name": "f", "arguments": {"a": 1, "b": "x"}}',
        '```json\n{"name": "f", "parameters": {"a": 1, "b": "x"}}\n```',
        '<function_call> {"name": "f", "arguments": {"a": 1, "b": "x"}}',
        "<tool_call>{\"arguments\": {'a': 1, 'b': 'x'}, \"name\": 'f'}</tool_call>",
        'f\n{"a": 1, "b": "x"}',
        "['f(a=1, b=\"x\")']",
        "[\"f(a=1, b='x')\"]",
        "Here it is: [f(a=1, b='x')]",
        "[f(a=1, b='x')]\n\nThis calls f.",
        "[f(a=1, b='x')]()\n\nThis calls f.",
        "I call:\nf(a=1, b='x');\nand wait.",
        "Sure:\n```\nf(a=1, b='x')\n```\nThat is all.",
    ],
)
def test_a_call_is_read_in_every_form(text: str) -> None:
    assert parse_calls(text) == (F,)


def test_several_calls_keep_their_order() -> None:
    expected = (Call("m.g", {"x": [1, 2]}), Call("f", {}))
    assert parse_calls("[m.g(x=[1, 2]), f()]") == expected
    assert parse_calls("m.g(x=(1, 2)); f()") == expected
    assert parse_calls("[m.g(x=[1, 2])]\n[f()]") == expected
    assert parse_calls("Both:\n\n[m.g(x=[1, 2]),\n f()]\n```python") == expected
    one, other = '{"name": "m.g", "arguments": {"x": [1, 2]}}', '{"name": "f", "arguments": {}}'
    for between in ("\n", "; ", ","):
        assert parse_calls(one + between + other) == expected
    assert parse_calls(f"<tool_call>{one}</tool_call>\n<tool_call>{other}") == expected
    assert parse_calls(f"<function_call> {one} <function_call> {other}") == expected


def test_values_of_other_languages_are_kept_as_written() -> None:
    (call,) = parse_calls("[g(a=true, b=null, c=someVariable, d=-2.5, e={'k': [1]}, f=a.b())]")
    assert call.arguments == {
        "a": True,
        "b": None,
        "c": "someVariable",
        "d": -2.5,
        "e": {"k": [1]},
        "f": "a.b()",
    }


def test_words_that_python_reserves_are_names_elsewhere() -> None:
    (call,) = parse_calls("[g(from=1, t=A.class, n=5L, f=1.5f, s='x.class from=5L')]")
    assert call.arguments == {"from": 1, "t": "A.class", "n": 5, "f": 1.5, "s": "x.class from=5L"}


def test_what_is_reckoned_from_numbers_is_a_number() -> None:
    (call,) = parse_calls("f(a=5/100, b=(12*2), c=-3+1, d='5/100', e=1/0, g=x*2)")
    expected = {"a": 0.05, "b": 24, "c": -2, "d": "5/100", "e": "1 / 0", "g": "x * 2"}
    assert call.arguments == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("50L", 50), ("true", True), ("{on: true}", {"on": True}), ("'x'", "x")]
    + [(text, text) for text in ("new int[]{1, 2}", "", "(" * 3000)],
)
def test_a_value_that_is_written_as_text_is_read(text: str, value: Any) -> None:
    assert parse_value(text) == value


def test_an_argument_without_a_name_stands_under_its_place() -> None:
    assert parse_calls("f(3, a=1)") == (Call("f", {"0": 3, "a": 1}),)


def test_an_escaped_underscore_is_an_underscore() -> None:
    assert parse_calls("[my\\_f(some\\_arg=1)]") == (Call("my_f", {"some_arg": 1}),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "None of these functions fits.",
        "I would call f(a=1) here.",
        "import os",
        "x = f(a=1)",
        "f(a=1",
        "3 + 4",
        "x",
        "f(a=1)()",
        '{"name": "Ada Lovelace", "born": 1815}',
        '<tool_call>{"name": "f", "arguments": {}}</tool_call><tool_call>{"name": "f", "argu',
        "```\nf(a=1)\n```\n```\nprint the rest\n```",
        f"f(a=0x{'f' * 6000})",
        "[1, 2]",
        '{"name": "f", "arguments": 3}',
        '["f"]',
    ],
)
def test_anything_else_calls_nothing(text: str) -> None:
    assert parse_calls(text) == ()


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("[f(a=1), f(a", True),
        ('<tool_call>\n{"name": "f", "argu', True),
        ("```json\n[f(a=", True),
        ("[f(a=1)]", False),
        ("None of these functions fits.", False),
        ("[]", False),
    ],
)
def test_calls_that_are_cut_short_are_told_from_prose(text: str, is_cut: bool) -> None:
    assert looks_cut(text) is is_cut


@given(st.text(max_size=300) | st.text(alphabet="f(){}[]\"'=,:;<tool_call>/\\\n`5L.*", max_size=80))
def test_no_text_raises(text: str) -> None:
    assert isinstance(parse_calls(text), tuple)
    assert isinstance(looks_cut(text), bool)
    parse_value(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.from_regex(r"[a-z]\w{0,8}", fullmatch=True), st.dictionaries(st.text(), _JSON, max_size=3)
)
def test_what_is_written_as_json_is_read_back(name: str, arguments: dict[str, Any]) -> None:
    text = json.dumps([{"name": name, "arguments": arguments}])
    assert parse_calls(text) == (Call(name, json.loads(json.dumps(arguments))),)


@given(_JSON)
def test_no_json_raises(value: Any) -> None:
    parse_calls(json.dumps(value))


def test_deep_nesting_and_length_do_no_harm() -> None:
    assert parse_calls("[" * 50_000) == ()
    assert parse_calls("f(a=" + "(" * 5_000 + ")" * 5_000 + ")") in ((), parse_calls("f(a=())"))
