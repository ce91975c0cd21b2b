"""Which calls are legal, and what the policy is told of one that is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from toolbox_calls import Doing, problem, specs

from tools.base import JsonObject, Observation, ToolCall
from tools.python import PythonTool
from tools.toolbox import Toolbox


@pytest.fixture
def toolbox() -> Iterator[Toolbox]:
    page = Doing(
        lambda _arguments, _context: Observation("page"),
        name="page",
        parameters={
            "type": "object",
            "properties": {
                "url": {"type": "string", "maxLength": 40},
                "mode": {"enum": ["text", "links"]},
                "size": {"type": "object", "properties": {"pages": {"type": "integer"}}},
            },
            "required": ["url"],
            "additionalProperties": False,
        },
    )
    yield Toolbox([PythonTool(), page])


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "https://example.org"},
        {"url": "", "mode": "links", "size": {"pages": 2}},
    ],
)
def test_a_legal_call_has_no_problem(toolbox: Toolbox, arguments: JsonObject) -> None:
    assert problem(toolbox, ToolCall("page", arguments), "page") is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, ["'url' is a required property"]),
        ({"url": 4}, ["page: url: 4 is not of type 'string'"]),
        ({"url": "x", "mode": "html"}, ["page: mode: 'html' is not one of ['text', 'links']"]),
        ({"url": "x", "size": {"pages": "2"}}, ["page: size/pages: '2' is not of type 'integer'"]),
        ({"url": "x", "speed": 1}, ["'speed' was unexpected"]),
        ({"url": "x" * 5_000}, ["page: url: 'xxx", "is too long"]),
        ({"url": ["x"] * 5_000}, ["page: url: ['x', ", "is not of type 'string'"]),
        ({"url": "x", "mode": "h" * 999}, ["page: mode: 'hhh", "not one of ['text', 'links']"]),
    ],
)
def test_a_schema_violation_names_the_argument_and_the_fault(
    toolbox: Toolbox, arguments: JsonObject, words: list[str]
) -> None:
    said = problem(toolbox, ToolCall("page", arguments), "page")
    assert said is not None and said.startswith("page: ")
    assert all(part in said for part in words)
    assert len(said) < 400 and len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["pyton", "", "page", "x" * 5_000, "py\ud800\nthon"])
def test_a_function_that_is_not_offered_is_named_with_the_choices(
    toolbox: Toolbox, name: str
) -> None:
    said = problem(toolbox, ToolCall(name, {}), "python")
    assert said is not None
    assert said.startswith("there is no function ") and said.endswith("choose one of python")
    assert len(said) < 200 and said.isprintable()


def test_specs_are_what_a_model_reads(toolbox: Toolbox) -> None:
    (spec,) = specs(toolbox, "page")
    assert spec == {
        "name": "page",
        "description": "Does.",
        "parameters": toolbox.tools["page"].parameters,
    }
    assert [each["name"] for each in specs(toolbox, "page", "python")] == ["page", "python"]
