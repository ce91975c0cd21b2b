"""The calls that an answer writes, in any of the usual forms; nothing is ever run.

Python's syntax (`f(a=1)`, `[f(a=1), m.g(b="x")]`), JSON (`{"name": …, "arguments": {…}}`, OpenAI's
`tool_calls`, `{"f": {"a": 1}}`), each also in a fence or in `<tool_call>` marks. The whole answer
must be calls: prose that mentions one calls nothing.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MAX_CHARS = 20_000
_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_MARKED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


@dataclass(frozen=True, slots=True)
class Call:
    """A function's name and its arguments; one without a name stands under its place: `0`."""

    name: str
    arguments: dict[str, Any]


def parse_calls(text: str) -> tuple[Call, ...]:
    """Every call in its order; none where the text is anything else. It never raises."""
    text = text.strip()[:_MAX_CHARS].replace("\\_", "_")  # as Markdown escapes it
    pieces = _MARKED.findall(text) or _FENCE.findall(text) or [text]
    calls: list[Call] = []
    for piece in pieces:
        found = _from_json(piece.strip()) or _from_python(piece.strip())
        if not found:
            return ()
        calls += found
    return tuple(calls)


def _from_json(text: str) -> list[Call]:
    if not text.startswith(("{", "[")):
        return []
    try:
        return list(_calls(json.loads(text)))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []


def _calls(value: Any) -> Iterator[Call]:
    """Raises ValueError where the value is no call."""
    if isinstance(value, list):
        for each in value:
            yield from _calls(each)
    elif not isinstance(value, dict):
        raise ValueError("no call")
    elif "tool_calls" in value:
        yield from _calls(value["tool_calls"])
    elif isinstance(value.get("function"), dict):
        yield from _calls(value["function"])
    elif isinstance(value.get("name"), str):
        yield Call(value["name"], _arguments(value.get("arguments", value.get("parameters", {}))))
    else:
        for name, arguments in value.items():
            yield Call(name, _arguments(arguments))


def _arguments(value: Any) -> dict[str, Any]:
    """An object, or one written as a string."""
    if isinstance(value, str):
        value = json.loads(value or "{}")
    if not isinstance(value, dict):
        raise ValueError("arguments are an object")
    return value


def _from_python(text: str) -> list[Call]:
    try:
        with warnings.catch_warnings():  # an answer's own invalid escape
            warnings.simplefilter("ignore")
            statements = ast.parse(text).body
        return [_call(node) for each in statements for node in _expressions(each)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _expressions(statement: ast.stmt) -> list[ast.expr]:
    """Raises ValueError where it is none: an import, an assignment."""
    if not isinstance(statement, ast.Expr):
        raise ValueError("no call")
    value = statement.value
    return value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def _call(node: ast.expr) -> Call:
    if not isinstance(node, ast.Call):
        raise ValueError("no call")
    named = {keyword.arg or "**": _value(keyword.value) for keyword in node.keywords}
    placed = {str(at): _value(each) for at, each in enumerate(node.args)}
    return Call(ast.unparse(node.func), {**placed, **named})


def _value(node: ast.expr) -> Any:
    """A literal; anything else as it is written, as a variable of the caller's is."""
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(each) for each in node.elts]
    if isinstance(node, ast.Dict):
        keys = [_value(key) if key else "**" for key in node.keys]
        return dict(zip(map(str, keys), map(_value, node.values), strict=True))
    try:
        return ast.literal_eval(node)
    except ValueError:
        text = ast.unparse(node)
        return _CONSTANTS.get(text, text)
