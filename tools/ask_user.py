"""Asking the person at the terminal: offered only where there is one."""

from __future__ import annotations

from collections.abc import Callable

from tools.base import CallContext, JsonObject, Observation, ToolError


class AskUserTool:
    """A `Tool` over a function that puts a question to the user and returns the line typed."""

    name = "ask_user"
    description = (
        "Ask the user one short question, only when the task cannot be understood without the "
        "answer."
    )
    parameters: JsonObject = {
        "type": "object",
        "properties": {"question": {"type": "string", "minLength": 1, "maxLength": 500}},
        "required": ["question"],
        "additionalProperties": False,
    }
    timeout_s = 300.0

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """The user sits at this machine."""
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """The user's line, word for word."""
        reply = self._ask(arguments["question"]).strip()
        if not reply:
            raise ToolError("the user gave no answer: go on without it")
        return Observation(text=reply, documents=(f"The user said: {reply}",))
