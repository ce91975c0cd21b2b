"""The chat style: an ordinary conversation with tool calls and tool messages.

Only observations are ever cut, the oldest first: the system text, the functions and the problem
stay whole, and so does the newest observation as long as anything else can go; then it is its
beginning that stays.
"""

from __future__ import annotations

import json
from dataclasses import replace

from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.policy import State
from orchestra_cli.prompts.retries import retry_messages
from orchestra_cli.prompts.trim import keep_head
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
    lists_functions = False

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """System, problem, then each turn as a call and its observation."""
        turns = list(state.turns)
        retries = retry_messages(state, engine)
        messages = _conversation(state, turns) + retries
        functions = json.dumps(state.functions, ensure_ascii=False)
        taken = engine.count_tokens(functions) + _REPLY_TOKENS
        room = engine.context_tokens - taken  # read after counting, which loads a lazy engine
        for index, turn in enumerate(turns):
            excess = _num_tokens(messages, engine) - room
            if excess <= 0:
                break
            is_newest = index == len(turns) - 1
            turns[index] = _cut(turn, engine, excess=excess if is_newest else None)
            messages = _conversation(state, turns) + retries
        return messages

    def reply_tokens(self, engine: Engine) -> int:
        """Longer than what is kept free: a prompt is seldom as long as it may be."""
        return 2 * _REPLY_TOKENS


def _cut(turn: Turn, engine: Engine, *, excess: int | None) -> Turn:
    """Without its observation's text, or where `excess` is given, without that many tokens."""
    seen = turn.observation
    if seen is None or len(seen.text) <= len(_CUT):
        return turn
    head = ""
    if excess is not None:
        left = engine.count_tokens(seen.text) - excess - engine.count_tokens(f"\n{_CUT}") - 1
        head = keep_head(seen.text, engine, max_tokens=left)
    text = f"{head}\n{_CUT}" if head else _CUT
    return replace(turn, observation=replace(seen, text=text))


def _conversation(state: State, turns: list[Turn]) -> tuple[Message, ...]:
    messages: list[Message] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": state.task.problem_with_preference},
    ]
    for turn in turns:
        messages += _turn_messages(turn)
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
