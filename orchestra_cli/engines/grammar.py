"""The grammar of one legal call, in llama.cpp's GBNF: under it a model can write nothing else.

It holds what a grammar can hold of a JSON schema: names, required and optional properties in their
order, enums, types, lengths, small ranges, alternatives and references. The rest (patterns,
formats, other bounds) is left to the toolbox, which checks every call; what is not understood may
be any JSON value. Spaces stand where `json.dumps` puts them, as models were trained to write calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tools.base import JsonObject

_MAX_REPEATS = 256
"""llama.cpp refuses a grammar with far longer repetitions; a longer limit is left to the check."""
_JSON_RULES = r"""
value ::= object | array | string | number | boolean | null
object ::= "{" (string ": " value (", " string ": " value)*)? "}"
array ::= "[" (value (", " value)*)? "]"
string ::= "\"" char* "\""
char ::= [^"\\\x00-\x1f\x7f] | "\\" ["\\/bfnrt]
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
boolean ::= "true" | "false"
null ::= "null"
"""
"""No \\u escapes: half a surrogate pair would pass, and characters can stand for themselves."""
_PLAIN_TYPES = ("number", "boolean", "null")


def call_grammar(functions: Sequence[JsonObject]) -> str:
    """A grammar of one `{"name": …, "arguments": …}` that passes some function's schema."""
    rules: dict[str, str] = {}
    calls = [f"{_literal(call_head(f))} {_rest_of_call(f, rules)}" for f in functions]
    return _grammar(_one_of(calls), rules)


def arguments_grammar(function: JsonObject) -> str:
    """A grammar of what follows `call_head` in a legal call of the function."""
    rules: dict[str, str] = {}
    return _grammar(_rest_of_call(function, rules), rules)


def call_head(function: JsonObject) -> str:
    """How every call of the function begins.

    Without the space before the arguments: tokenizers join it with what follows it.
    """
    return f'{{"name": {json.dumps(function["name"], ensure_ascii=False)}, "arguments":'


def _rest_of_call(function: JsonObject, rules: dict[str, str]) -> str:
    return f'" " {_Schema(function["parameters"], rules).expression()} "}}"'


def _grammar(root: str, rules: dict[str, str]) -> str:
    lines = [f"root ::= {root}", *(f"{name} ::= {body}" for name, body in rules.items())]
    return "\n".join(lines) + _JSON_RULES


class _Schema:
    """One function's parameters: the root that its references start from."""

    def __init__(self, root: Any, rules: dict[str, str]) -> None:
        self._root = root
        self._rules = rules
        self._references: dict[str, str] = {}

    def expression(self) -> str:
        """What the schema allows; an object in any case."""
        allowed = self._visit(self._root)
        return "object" if allowed == "value" else allowed

    def _visit(self, schema: Any) -> str:
        if not isinstance(schema, dict):
            return "value"
        if "$ref" in schema:
            return self._reference(schema["$ref"])
        if "const" in schema or schema.get("enum"):
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return _one_of(_literal(json.dumps(value, ensure_ascii=False)) for value in values)
        for key in ("anyOf", "oneOf", "allOf"):
            if schema.get(key) and (key != "allOf" or len(schema[key]) == 1):
                return _one_of(self._visit(part) for part in schema[key])
        if isinstance(schema.get("type"), list):
            return _one_of(self._visit(schema | {"type": kind}) for kind in schema["type"])
        return self._typed(schema)

    def _typed(self, schema: JsonObject) -> str:
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema)
        if kind == "string":
            return _string(schema)
        if kind == "integer":
            return _integer(schema)
        return kind if kind in _PLAIN_TYPES else "value"

    def _object(self, schema: JsonObject) -> str:
        required = schema.get("required", [])
        properties = dict(schema.get("properties", {}))
        for name in required:
            properties.setdefault(name, True)
        if not properties:
            return self._free_object(schema.get("additionalProperties", True))
        first = more = ""  # how it may go on where nothing, or something, has been written
        for name, part in reversed(properties.items()):
            key = _literal(json.dumps(name, ensure_ascii=False))
            member = self._rule(f'{key} ": " {self._visit(part)}')
            if name in required:
                first, more = f"{member} {more}", f'", " {member} {more}'
            else:
                first, more = f"({member} {more} | {first})", f'(", " {member})? {more}'
        return f'"{{" {first} "}}"'

    def _free_object(self, values: Any) -> str:
        if values is False:
            return '"{}"'
        member = f'string ": " {self._visit(values)}'
        return f'"{{" ({member} (", " {member})*)? "}}"'

    def _array(self, schema: JsonObject) -> str:
        item = self._rule(self._visit(schema.get("items", True)))
        fewest, most = schema.get("minItems", 0), schema.get("maxItems")
        if most == 0:
            return '"[]"'
        more = _repeat(max(0, fewest - 1), None if most is None else most - 1)
        items = f'{item} (", " {item}){more}'
        return f'"[" {items} "]"' if fewest else f'"[" ({items})? "]"'

    def _reference(self, reference: str) -> str:
        target = _target(self._root, reference)
        if target is True:
            return "value"
        if reference not in self._references:
            name = self._references[reference] = self._rule("")  # it may hold itself
            self._rules[name] = self._visit(target)
        return self._references[reference]

    def _rule(self, body: str) -> str:
        name = f"r{len(self._rules)}"
        self._rules[name] = body
        return name


def _string(schema: JsonObject) -> str:
    fewest, most = schema.get("minLength", 0), schema.get("maxLength")
    if not fewest and most is None:
        return "string"
    return f'"\\"" char{_repeat(fewest, most)} "\\""'


def _integer(schema: JsonObject) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(low, int) and isinstance(high, int) and 0 <= high - low < _MAX_REPEATS:
        return _one_of(_literal(str(number)) for number in range(low, high + 1))
    return "integer"


def _repeat(fewest: int, most: int | None) -> str:
    if most is None or most > _MAX_REPEATS:
        return f"{{{min(fewest, _MAX_REPEATS)},}}"
    return f"{{{fewest},{most}}}"


def _one_of(expressions: Iterable[str]) -> str:
    return f"({' | '.join(expressions)})"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _target(root: Any, reference: str) -> Any:
    """What a JSON pointer into the schema finds; True, which allows anything, where nothing."""
    if not reference.startswith("#"):
        return True
    found = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            return True
        found = found[key]
    return found
