"""What a policy may choose in a turn, as options that can be compared: each slot by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.base import JsonObject, ToolCall

OWN_ANSWER = "own answer"
"""The option of answering without a call, in a style that allows it."""


@dataclass(frozen=True, slots=True)
class Option:
    """A function, or one choice of its one argument: a slot's expert, an attempt to accept."""

    name: str
    """The slot's alias or the attempt's, the function's name, or `OWN_ANSWER`."""
    function: str | None
    """None where the policy answers itself."""
    arguments: JsonObject | None = field(default=None)
    """Those of a choice are known; those of another function are still to be written."""

    @property
    def call(self) -> ToolCall | None:
        """The whole call, where nothing is left to be written."""
        if self.function is None or self.arguments is None:
            return None
        return ToolCall(self.function, self.arguments)

    @property
    def text(self) -> str:
        """The whole call as a model writes it; its arguments are known."""
        call = {"name": self.function, "arguments": self.arguments}
        return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>"


def beginnings(options: Sequence[Option]) -> list[str]:
    """How a model begins to write each, as far as it takes to tell it from all the others.

    Every token more would have to be evaluated, and one that ends in a space would be another token
    than the model's own. The quote that closes an alias counts only where another goes on from it:
    answer-1, answer-10.
    """
    quoted = [_beginning(option) for option in options]
    bare = [text.removesuffix('"') for text in quoted]
    ambiguous = any(a != b and b.startswith(a) for a in bare for b in bare)
    return quoted if ambiguous else bare


def _beginning(option: Option) -> str:
    if option.arguments is not None:
        return option.text.removesuffix("}}\n</tool_call>")
    name = json.dumps(option.function, ensure_ascii=False)
    return f'<tool_call>\n{{"name": {name}, "arguments":'


def options_of(functions: Sequence[JsonObject], *, own_answer: bool) -> tuple[Option, ...]:
    """One for each function, for a slot one for each of its experts, one for each attempt."""
    options = [option for function in functions for option in _options_of(function)]
    return (*options, Option(OWN_ANSWER, None)) if own_answer else tuple(options)


def _options_of(function: JsonObject) -> list[Option]:
    name = str(function["name"])
    parameters = function["parameters"].get("properties", {})
    choices = [(key, schema["enum"]) for key, schema in parameters.items() if "enum" in schema]
    if len(parameters) != 1 or not choices:
        return [Option(name, name)]
    ((key, aliases),) = choices
    return [Option(str(alias), name, {key: alias}) for alias in aliases]
