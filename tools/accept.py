"""Ending the run with an answer that an expert gave before: where an answer is an attempt."""

from __future__ import annotations

from collections.abc import Sequence

from tools.base import CallContext, JsonObject, Observation, Offer


class AcceptTool:
    """Chooses one of the attempts; offered as soon as there is one."""

    name = "accept"
    description = (
        "End with one of the answers given so far. Call it when the answer can be trusted; else "
        "ask another model, and compare."
    )
    timeout_s = 5.0

    def __init__(self) -> None:
        self.parameters = _parameters(())

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Never."""
        return False

    def offer(self, context: CallContext) -> Offer:
        """The attempts that there are."""
        names = attempt_names(len(context.buffers.attempts))
        return Offer(_parameters(names) if names else None)

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """The attempt's own text."""
        names = attempt_names(len(context.buffers.attempts))
        return Observation(context.buffers.attempts[names.index(arguments["attempt"])])


def attempt_names(num_attempts: int) -> list[str]:
    """In the order in which they came."""
    return [f"attempt-{n}" for n in range(1, num_attempts + 1)]


def _parameters(names: Sequence[str]) -> JsonObject:
    attempt = {
        "type": "string",
        "enum": list(names),
        "description": f"Which answer. Choices: {list(names)}.",
    }
    return {
        "type": "object",
        "properties": {"attempt": attempt},
        "required": ["attempt"],
        "additionalProperties": False,
    }
