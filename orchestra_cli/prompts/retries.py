"""What a prompt ends in after replies that were no legal call: their ends, and what was wrong."""

from __future__ import annotations

from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.policy import State
from orchestra_cli.prompts.trim import keep_tail

_REPLY_TOKENS = 512
"""Where the call is, or should have been; three whole replies could fill a small context."""


def retry_messages(state: State, engine: Engine) -> tuple[Message, ...]:
    """A pair of messages for each such reply of this turn."""
    messages: list[Message] = []
    for reply, problem in state.format_errors:
        end = keep_tail(reply, engine, max_tokens=_REPLY_TOKENS)
        messages.append({"role": "assistant", "content": end})
        messages.append({"role": "user", "content": f"That was no legal call: {problem}."})
    return tuple(messages)
