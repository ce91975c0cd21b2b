"""Calls out of an answer's text: every usual form, and nothing out of prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.evaluation.judges.call_text import Call, parse_calls

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
    ],
)
def test_a_call_is_read_in_every_form(text: str) -> None:
    assert parse_calls(text) == (F,)


def test_several_calls_keep_their_order() -> None:
    expected = (Call("m.g", {"x": [1, 2]}), Call("f", {}))
    assert parse_calls("[m.g(x=[1, 2]), f()]") == expected
    assert parse_calls("m.g(x=(1, 2)); f()") == expected
    assert parse_calls("[m.g(x=[1, 2])]\n[f()]") == expected


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
        "[1, 2]",
        '{"name": "f", "arguments": 3}',
        '["f"]',
    ],
)
def test_anything_else_calls_nothing(text: str) -> None:
    assert parse_calls(text) == ()


@given(st.text(max_size=300) | st.text(alphabet="f(){}[]\"'=,:;<tool_call>/\\\n`", max_size=80))
def test_no_text_raises(text: str) -> None:
    assert isinstance(parse_calls(text), tuple)


def test_deep_nesting_and_length_do_no_harm() -> None:
    assert parse_calls("[" * 50_000) == ()
    assert parse_calls("f(a=" + "(" * 5_000 + ")" * 5_000 + ")") in ((), parse_calls("f(a=())"))
