"""The calls that an answer writes, in any of the usual forms; nothing is ever run.

Python's syntax (`f(a=1)`, `[f(a=1), m.g(b="x")]`), JSON (`{"name": …, "arguments": {…}}`, OpenAI's
`tool_calls`, `{"f": {"a": 1}}`, a name with its object on the next line), each also in a fence or
after a `<tool_call>` mark. Prose may stand around calls that have lines of their own, and around a
list in brackets; a call in the middle of a sentence is only spoken of. Where marks or fences are
cut short or hold anything else, nothing is called.
"""

from __future__ import annotations

import ast
import json
import keyword
import operator
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_MAX_CHARS = 20_000
_MAX_BITS = 4_096
"""Of a number: a longer one cannot even be written in decimal."""
_FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_MARKED = re.compile(
    r"<(?:tool|function)_?call>(.*?)(?=</?(?:tool|function)_?call>|\Z)", re.DOTALL | re.IGNORECASE
)
_BRACKETED = re.compile(r"\[\s*[A-Za-z_][\w.]*\(.{0,2000}?\)\s*\]", re.DOTALL)
_NAMED = re.compile(r"([\w.-]+)[ \t]*\n\s*(\{.*\})", re.DOTALL)
_BETWEEN = re.compile(r"[\s;,]*")
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}
_RESERVED = "|".join(word for word in keyword.kwlist if word.islower())
_FOREIGN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    rf"|(?P<word>\b(?:{_RESERVED})(?=\s*=(?!=))|(?<=\.)(?:{_RESERVED})\b)"
    r"|(?P<number>\b\d+(?:\.\d+)?)[lLfFdD]\b"
)
"""What Java and JavaScript may write and Python may not: `from=1`, `A.class`, `5L`."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function's name and its arguments; one without a name stands under its place: `0`."""

    name: str
    arguments: dict[str, Any]


def parse_calls(text: str) -> tuple[Call, ...]:
    """Every call in its order; none where the text is anything else. It never raises."""
    text = text.strip()[:_MAX_CHARS].replace("\\_", "_")  # as Markdown escapes it
    if pieces := _MARKED.findall(text) or _FENCE.findall(text):
        return _all_calls(pieces)
    if found := _all_calls([text]):
        return found
    for pieces in (re.split(r"\n\s*\n", text), _BRACKETED.findall(text), text.splitlines()):
        if found := tuple(call for piece in pieces for call in _read(piece.strip())):
            return found
    return ()


def parse_value(text: str) -> Any:
    """What a value written as text stands for: `5L` is 5; the text itself where nothing else."""
    try:
        return _value(ast.parse(_FOREIGN.sub(_made_python, text.strip()), mode="eval").body)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def looks_cut(text: str) -> bool:
    """Whether it begins as calls do and yet cannot be read as such."""
    begins = re.match(r"\s*(?:```\w*\s*)?(?:<\w+>|\[\s*[\w{'\"]|\{|[A-Za-z_][\w.]*\()", text)
    return begins is not None and not parse_calls(text)


def _all_calls(pieces: list[str]) -> tuple[Call, ...]:
    """None of them where one piece cannot be read."""
    found = [_read(piece.strip()) for piece in pieces]
    return tuple(call for calls in found for call in calls) if all(found) else ()


def _read(text: str) -> list[Call]:
    for reader in _READERS:
        try:
            if found := list(reader(text)):
                return found
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return []


def _from_json(text: str) -> Iterator[Call]:
    """JSON values one after the other; anything else raises ValueError, as in every reader."""
    if not text.startswith(("{", "[")):
        return
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield from _calls(value)
        if after := _BETWEEN.match(text, at):
            at = after.end()


def _calls(value: Any) -> Iterator[Call]:
    if isinstance(value, list):
        for each in value:
            yield from _calls(each)
    elif isinstance(value, str):  # a call in quotes
        yield from _from_python(value)
    elif not isinstance(value, dict):
        raise ValueError("no call")
    elif "tool_calls" in value:
        yield from _calls(value["tool_calls"])
    elif isinstance(value.get("function"), dict):
        yield from _calls(value["function"])
    elif isinstance(value.get("name"), str) and (
        value.keys() & {"arguments", "parameters"} or len(value) == 1
    ):
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


def _from_named(text: str) -> Iterator[Call]:
    if found := _NAMED.fullmatch(text):
        yield Call(found[1], _arguments(found[2]))


def _from_python(text: str) -> Iterator[Call]:
    with warnings.catch_warnings():  # an answer's own invalid escape
        warnings.simplefilter("ignore")
        try:
            body = ast.parse(text).body
        except SyntaxError:
            body = ast.parse(_FOREIGN.sub(_made_python, text)).body
    for statement in body:
        if not isinstance(statement, ast.Expr):  # an import, an assignment
            raise ValueError("no call")
        value = statement.value
        for node in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
            yield from _node_calls(node)


def _made_python(found: re.Match[str]) -> str:
    if word := found["word"]:
        # Python reads a mathematical letter as the plain one, but sees no reserved word in it
        return chr(ord("𝐚") + ord(word[0]) - ord("a")) + word[1:]
    return found["text"] or found["number"]


def _node_calls(node: ast.expr) -> Iterator[Call]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        named = {each.arg or "**": _value(each.value) for each in node.keywords}
        placed = {str(at): _value(each) for at, each in enumerate(node.args)}
        yield Call(ast.unparse(node.func), {**placed, **named})
    elif isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Constant):
        yield from _calls(_value(node))
    else:
        raise ValueError("no call")


def _value(node: ast.expr) -> Any:
    """A literal; anything else as it is written, as a variable of the caller's is."""
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(each) for each in node.elts]
    if isinstance(node, ast.Dict):
        keys = [_value(key) if key else "**" for key in node.keys]
        return dict(zip(map(str, keys), map(_value, node.values), strict=True))
    try:
        value = _sum(node)
    except (ValueError, TypeError, ArithmeticError):
        value = ...
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise ValueError("the number is too long")
    if value is None or isinstance(value, str | int | float):
        return value
    text = ast.unparse(node)
    return _CONSTANTS.get(text, text)


def _sum(node: ast.expr) -> Any:
    """A constant, or what is reckoned from numbers: `5 / 100`."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        sides = _sum(node.left), _sum(node.right)
        if not all(isinstance(side, int | float) for side in sides):
            raise ValueError("no numbers")
        return _ARITHMETIC[type(node.op)](*sides)
    return ast.literal_eval(node)


_READERS: tuple[Callable[[str], Iterator[Call]], ...] = (_from_json, _from_python, _from_named)
