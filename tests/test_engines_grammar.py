"""The grammar of a forced call: what it lets through passes the schema, and it ends no process."""

from __future__ import annotations

import ctypes
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_requests import SEARCH, drain, engine_over, user, works

from orchestra_cli.engines.base import EngineError, Sampling
from orchestra_cli.engines.grammar import call_grammar
from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.sampler import Sampler
from orchestra_cli.engines.weights import Weights
from orchestra_cli.parsing import parse_reply
from tools.base import JsonObject


@pytest.fixture(scope="module")
def engine(gguf: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf, context=512) as engine:
        yield engine


class Reader:
    """Reads a text under a grammar, token by token, as a model would have to write it."""

    def __init__(self, gguf: Path) -> None:
        self._c = load_library()
        self._weights = Weights(gguf, context=512)

    def allows(self, grammar: str, text: str) -> bool:
        """Whether the text is a whole sentence of the grammar."""
        end = self._c.llama_vocab_eos(self._weights.vocab)
        with Sampler(self._weights.vocab, Sampling(), grammar=grammar) as sampler:
            chain = sampler._chain
            for token in self._weights.tokenize(text):
                if not self._allowed(chain, token):
                    return False
                self._c.llama_sampler_accept(chain, token)
            return self._allowed(chain, end)

    def _allowed(self, chain: Any, token: int) -> bool:
        data = self._c.llama_token_data(token, 1.0, 0.0)
        array = self._c.llama_token_data_array(ctypes.pointer(data), 1, -1, False)
        link = self._c.llama_sampler_chain_get(chain, 0)
        self._c.llama_sampler_apply(link, ctypes.byref(array))
        return bool(data.logit > float("-inf"))

    def close(self) -> None:
        self._weights.close()


@pytest.fixture(scope="module")
def reader(gguf: Path) -> Iterator[Reader]:
    reader = Reader(gguf)
    yield reader
    reader.close()


def call(arguments: object, *, name: str = "f") -> str:
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


def of(parameters: JsonObject) -> str:
    return call_grammar([{"name": "f", "parameters": parameters}])


def of_property(schema: object) -> str:
    return of({"type": "object", "properties": {"x": schema}, "required": ["x"]})


TREE = {
    "$ref": "#/$defs/tree",
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
            "required": ["value"],
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "allowed", "forbidden"),
    [
        ({"type": "string"}, ["", "Paris", 'é😀"\\\n', "</tool_call>"], [1, None, ["a"]]),
        ({"type": "string", "maxLength": 3}, ["", "abc", '"\n\\'], ["abcd"]),
        ({"type": "string", "minLength": 2, "maxLength": 2}, ["ab"], ["a", "abc"]),
        ({"type": "string", "maxLength": 100_000}, ["a" * 300], [1]),
        ({"enum": ["answer-1", "answer-2"]}, ["answer-2"], ["answer-3", "answer", ""]),
        (
            {"enum": ['a"b\\c', "é😀\n", "", None, 3, True, {"k": [1]}]},
            ['a"b\\c', "é😀\n", "", None, 3, True, {"k": [1]}],
            ["a", "b", 4, False, {}],
        ),
        ({"const": "x"}, ["x"], ["y"]),
        ({"type": "integer"}, [0, -1, 42, 10**15], [1.5, "1", True]),
        ({"type": "integer", "minimum": 1, "maximum": 12}, [1, 12], [0, 13, -1, 120]),
        ({"type": "number"}, [0, -1.25, 1e-7, 3], ["3", None]),
        ({"type": "boolean"}, [True, False], [0, "true", None]),
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, [1, None], ["a"]),
        ({"oneOf": [{"const": 1}, {"const": 2}]}, [1, 2], [3]),
        ({"allOf": [{"type": "integer"}]}, [1], ["a"]),
        ({"type": "array"}, [[], [1, "a", [None]]], [{}, "a"]),
        (
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
            [[1], [1, 2, 3]],
            [[], [1, 2, 3, 4], ["a"]],
        ),
        ({"type": "array", "maxItems": 0}, [[]], [[1]]),
        (
            {"type": "array", "items": {"enum": [1]}, "minItems": 2},
            [[1, 1], [1] * 5],
            [[1], [2, 2]],
        ),
        ({"type": "array", "maxItems": 5_000}, [[1] * 20], [{}]),
        ({"type": "object"}, [{}, {"a": {"b": [1]}}], [[], "a"]),
        (
            {"additionalProperties": {"type": "integer"}, "type": "object"},
            [{}, {"a": 1}],
            [{"a": "b"}],
        ),
        ({"type": "object", "additionalProperties": False}, [{}], [{"a": 1}]),
        (
            {"properties": {"a b": {"type": "boolean"}, 'x"\\y': {"type": "null"}}},
            [{}, {"a b": True}, {'x"\\y': None}, {"a b": True, 'x"\\y': None}],
            [{"a b": 1}, {"z": 1}],
        ),
        (True, [1, "a", {"b": []}, None], []),
        ({}, [1, "a", {"b": []}, None], []),
        ({"type": "strnig"}, [1, "a"], []),
        ({"$ref": "https://example.com/schema.json"}, [1, "a"], []),
        ({"$ref": "#/missing"}, [1, "a"], []),
    ],
    ids=repr,
)
def test_a_value_is_let_through_where_its_schema_allows_it(
    schema: object, allowed: list[object], forbidden: list[object], reader: Reader
) -> None:
    grammar = of_property(schema)
    for value in allowed:
        assert reader.allows(grammar, call({"x": value})), value
    for value in forbidden:
        assert not reader.allows(grammar, call({"x": value})), value


def test_optional_properties_may_be_left_out_and_keep_their_order(reader: Reader) -> None:
    flag = {"type": "boolean"}
    properties = {"a": flag, "b": flag, "c": flag, "d": flag}
    grammar = of({"type": "object", "properties": properties, "required": ["b", "d"]})
    for names in ("bd", "abd", "bcd", "abcd"):
        assert reader.allows(grammar, call(dict.fromkeys(names, True))), names
    for names in ("", "a", "ab", "ad", "cd", "bc", "db", "bda", "abcda", "bde"):
        arguments = ", ".join(f'"{name}": true' for name in names)
        text = f'{{"name": "f", "arguments": {{{arguments}}}}}'
        assert not reader.allows(grammar, text), names


def test_a_required_property_without_a_schema_is_still_required(reader: Reader) -> None:
    grammar = of({"type": "object", "required": ["x"]})
    assert reader.allows(grammar, call({"x": [1]}))
    assert not reader.allows(grammar, call({}))


def test_references_may_be_recursive(reader: Reader) -> None:
    tree = {"value": 1, "kids": [{"value": 2, "kids": []}, {"value": 3}]}
    assert reader.allows(of(TREE), call(tree))
    assert not reader.allows(of(TREE), call({"value": 1, "kids": [{}]}))
    escaped = {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "object", "required": ["z"]}}}
    assert reader.allows(of(escaped), call({"z": 1}))
    assert not reader.allows(of(escaped), call({}))


def test_arguments_are_an_object_whatever_the_schema_leaves_open(reader: Reader) -> None:
    open_schemas: list[JsonObject] = [{}, {"$ref": "#/missing"}, {"allOf": [{}, {}]}]
    for parameters in open_schemas:
        assert reader.allows(of(parameters), call({"a": 1}))
        assert not reader.allows(of(parameters), call([1]))
        assert not reader.allows(of(parameters), call("a"))


def test_each_function_takes_its_own_arguments(reader: Reader) -> None:
    schemas = {
        name: {"type": "object", "properties": {"x": {"const": name}}, "required": ["x"]}
        for name in ("plain", 'na"me', "größe")
    }
    grammar = call_grammar([{"name": n, "parameters": s} for n, s in schemas.items()])
    for name in schemas:
        for value in schemas:
            allowed = reader.allows(grammar, call({"x": value}, name=name))
            assert allowed == (name == value)


def test_only_the_call_is_let_through(reader: Reader) -> None:
    grammar = of_property({"type": "string"})
    whole = call({"x": "a"})
    for text in ("", "Paris", whole[:-1], whole + "\n", whole + whole, " " + whole, whole + " and"):
        assert not reader.allows(grammar, text), text


def test_many_optional_properties_make_no_giant(reader: Reader) -> None:
    names = [f"property_{i}" for i in range(60)]
    grammar = of({"type": "object", "properties": dict.fromkeys(names, {"type": "string"})})
    assert len(grammar) < 200_000
    assert reader.allows(grammar, call(dict.fromkeys(names[::7], "v")))


SCALARS = (
    st.sampled_from([{"type": t} for t in ("string", "integer", "number", "boolean", "null")])
    | st.lists(st.text(max_size=5) | st.integers() | st.none(), min_size=1, max_size=3).map(
        lambda values: {"enum": values}
    )
    | st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
        lambda pair: {"type": "string", "minLength": min(pair), "maxLength": max(pair)}
    )
)


def containers(schemas: st.SearchStrategy[JsonObject]) -> st.SearchStrategy[JsonObject]:
    names = st.text(min_size=1, max_size=4)
    return (
        st.builds(
            lambda items, sizes: {
                "type": "array",
                "items": items,
                "minItems": min(sizes),
                "maxItems": max(sizes),
            },
            schemas,
            st.tuples(st.integers(0, 2), st.integers(0, 2)),
        )
        | st.lists(schemas, min_size=1, max_size=2).map(lambda parts: {"anyOf": parts})
        | objects(st.dictionaries(names, schemas, max_size=3))
    )


def objects(
    properties: st.SearchStrategy[dict[str, JsonObject]],
) -> st.SearchStrategy[JsonObject]:
    return st.builds(
        lambda held, keep: {
            "type": "object",
            "properties": held,
            "required": [name for i, name in enumerate(held) if keep >> i & 1],
            "additionalProperties": False,
        },
        properties,
        st.integers(0, 7),
    )


SCHEMAS = objects(
    st.dictionaries(
        st.text(max_size=4), st.recursive(SCALARS, containers, max_leaves=4), max_size=3
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(data=st.data(), schema=SCHEMAS)
@settings(max_examples=60, deadline=None)
def test_any_schema_makes_a_grammar_that_is_read_and_no_wider(
    data: st.DataObject, schema: JsonObject, reader: Reader
) -> None:
    grammar = of(schema)
    arguments = data.draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys(schema["properties"], VALUES))
    )
    allowed = reader.allows(grammar, call(arguments))
    valid = jsonschema.Draft202012Validator(schema).is_valid(arguments)
    assert valid or not allowed


FORCED: dict[str, JsonObject] = {
    "search": SEARCH,
    "answer": {
        "name": "answer",
        "description": "Hands the question on.",
        "parameters": {
            "type": "object",
            "properties": {"model": {"type": "string", "enum": ["answer-1", "answer-math-1"]}},
            "required": ["model"],
            "additionalProperties": False,
        },
    },
    "route": {
        "name": "route",
        "description": "Plans a way.",
        "parameters": {
            "type": "object",
            "properties": {
                "from": {"type": "string", "maxLength": 20},
                "stops": {"type": "array", "items": {"enum": ["Köln", 'a "Spa"']}, "maxItems": 2},
                "people": {"type": "integer", "minimum": 1, "maximum": 9},
            },
            "required": ["from", "stops"],
            "additionalProperties": False,
        },
    },
    "wait": {"name": "wait", "description": "", "parameters": {"type": "object", "properties": {}}},
}


@pytest.mark.parametrize(
    ("names", "temperature"),
    [(("search",), 0.0), (("search", "answer"), 1.5), (("route", "wait"), 1.2), (("route",), 0.0)],
    ids=["one", "two, hot", "two more, hot", "arrays and ranges"],
)
def test_a_forced_call_passes_the_schema(
    names: tuple[str, ...], temperature: float, engine: LlamaEngine
) -> None:
    request = user(
        "What is the capital of France?",
        functions=tuple(FORCED[name] for name in names),
        force_call=True,
        sampling=Sampling(temperature=temperature, seed=3),
        max_tokens=150,
    )
    pieces, completion = drain(engine, request)
    assert "".join(pieces) == completion.text
    assert not completion.truncated
    assert completion.text.startswith("<tool_call>\n{")
    assert completion.text.endswith("}\n</tool_call>")
    (made,) = parse_reply(completion.text).calls
    jsonschema.validate(made.arguments, FORCED[made.name]["parameters"])
    assert made.name in names


def test_a_forced_call_that_is_cut_is_truncated(engine: LlamaEngine) -> None:
    request = user("What is 2+2?", functions=(SEARCH,), force_call=True, max_tokens=4)
    pieces, completion = drain(engine, request)
    assert completion.truncated
    assert completion.text == "".join(pieces)
    assert completion.text.startswith('<tool_call>\n{"name":')
    assert "</tool_call>" not in completion.text
    request = user("x", functions=(SEARCH,), force_call=True, deadline=time.monotonic())
    pieces, completion = drain(engine, request)
    assert (pieces, completion.text, completion.truncated) == ([], "", True)


def test_a_grammar_that_cannot_be_read_is_an_error_and_no_crash(engine: LlamaEngine) -> None:
    endless: JsonObject = {"name": "f", "parameters": {"$ref": "#"}}
    with pytest.raises(EngineError, match="cannot read the grammar"):
        drain(engine, user("x", functions=(endless,), force_call=True))
    assert works(engine)
