"""The chat style: an ordinary conversation with tool calls and tool messages.

Only observations are ever cut, the oldest first: the system text, the functions, the problem and
the newest observation stay whole as long as anything else can go.
"""

from __future__ import annotations

import json
from dataclasses import replace

from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.policy import State
from orchestra_cli.trajectory import Turn

SYSTEM = (
    "You answer the user's question. Call one function at a time: compute with python rather than "
    "in your head, look things up rather than guess, and hand the question to a larger model with "
    "`answer` when you know enough for it. When the answer is plain, write it without a call."
)
_REPLY_TOKENS = 1024
"""Kept free in the context for the reply."""
_MESSAGE_TOKENS = 12
"""What a template adds around a message, roughly."""
_CUT = "[cut: the conversation is longer than the model's context]"


class ChatStyle:
    """A `PromptStyle`."""

    name = "chat"
    answers_itself = True

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """System, problem, then each turn as a call and its observation."""
        turns = list(state.turns)
        messages = _conversation(state, turns)
        room = engine.context_tokens - _REPLY_TOKENS
        room -= engine.count_tokens(json.dumps(state.functions, ensure_ascii=False))
        for index, turn in enumerate(turns):
            if _num_tokens(messages, engine) <= room:
                break
            if turn.observation is not None:
                cut = replace(turn.observation, text=_CUT)
                turns[index] = replace(turn, observation=cut)
                messages = _conversation(state, turns)
        return messages


def _conversation(state: State, turns: list[Turn]) -> tuple[Message, ...]:
    messages: list[Message] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": state.task.problem_with_preference},
    ]
    for turn in turns:
        messages += _turn_messages(turn)
    for reply, problem in state.format_errors:
        messages.append({"role": "assistant", "content": reply})
        messages.append({"role": "user", "content": f"That was no legal call: {problem}."})
    return tuple(messages)


def _turn_messages(turn: Turn) -> list[Message]:
    if turn.tool is None or turn.observation is None:
        return []
    identity = f"call_{turn.index}"
    function = {"name": turn.tool, "arguments": json.dumps(turn.arguments, ensure_ascii=False)}
    call = {"id": identity, "type": "function", "function": function}
    return [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identity, "content": turn.observation.text},
    ]


def _num_tokens(messages: tuple[Message, ...], engine: Engine) -> int:
    return sum(
        engine.count_tokens(message["content"] + json.dumps(message.get("tool_calls", "")))
        + _MESSAGE_TOKENS
        for message in messages
    )
