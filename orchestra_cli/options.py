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
    """A function, or one (function, expert) of a slot."""

    name: str
    """The slot's alias, the function's name, or `OWN_ANSWER`."""
    function: str | None
    """None where the policy answers itself."""
    arguments: JsonObject | None = field(default=None)
    """A slot's are known; those of another function are still to be written."""

    @property
    def call(self) -> ToolCall | None:
        """The whole call, where nothing is left to be written."""
        if self.function is None or self.arguments is None:
            return None
        return ToolCall(self.function, self.arguments)

    @property
    def beginning(self) -> str:
        """How a model begins to write it, as far as it takes to tell it from all others.

        Every token more would have to be evaluated, and one that ends in a space would be another
        token than the model's own.
        """
        name = json.dumps(self.function, ensure_ascii=False)
        if self.arguments is None:
            return f'<tool_call>\n{{"name": {name}, "arguments":'
        return self.text.removesuffix("}}\n</tool_call>")

    @property
    def text(self) -> str:
        """The whole call as a model writes it; its arguments are known."""
        call = {"name": self.function, "arguments": self.arguments}
        return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>"


def options_of(functions: Sequence[JsonObject], *, own_answer: bool) -> tuple[Option, ...]:
    """One for each function, for a slot one for each of its experts."""
    options = [option for function in functions for option in _options_of(function)]
    return (*options, Option(OWN_ANSWER, None)) if own_answer else tuple(options)


def _options_of(function: JsonObject) -> list[Option]:
    name = str(function["name"])
    parameters = function["parameters"].get("properties", {})
    aliases = parameters.get("model", {}).get("enum") if list(parameters) == ["model"] else None
    if aliases is None:
        return [Option(name, name)]
    return [Option(str(alias), name, {"model": alias}) for alias in aliases]
