"""A model's reply as thought, calls and text. Never raises, whatever the text.

Reasoning ends at `</think>` or at `<tool_call>`, whichever comes first; either closing tag may be
missing at the end of the text. Arguments may be a JSON object or a JSON string of one. An endpoint
that parses calls itself hands them over apart from the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.engines.base import RawCall
from tools.base import JsonObject, ToolCall

_CALL = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_THINK_OPEN, _THINK_CLOSE, _CALL_OPEN = "<think>", "</think>", "<tool_call>"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was read from a reply. `error` is the text for the policy where a call is malformed."""

    thought: str = ""
    calls: tuple[ToolCall, ...] = ()
    text: str = ""
    """Outside of thought and calls: an answer of the policy's own."""
    error: str | None = None


def parse_reply(text: str, calls: Sequence[RawCall] = ()) -> Reply:
    """Read a reply; the first malformed call is the error, and the calls before it are kept."""
    thought, rest = _split_thought(text)
    raw = [*(_raw_of(body) for body in _CALL.findall(rest)), *calls]
    plain = _CALL.sub("", rest).strip()
    parsed: list[ToolCall] = []
    for call in raw:
        if isinstance(call, str):
            return Reply(thought, tuple(parsed), plain, call)
        arguments = _arguments_of(call.arguments)
        if isinstance(arguments, str):
            return Reply(thought, tuple(parsed), plain, f"{call.name}: {arguments}")
        parsed.append(ToolCall(call.name, arguments))
    return Reply(thought, tuple(parsed), plain)


def _split_thought(text: str) -> tuple[str, str]:
    """(thought, the rest). A prompt that ends in `<think>` leaves the opening tag out."""
    close = text.find(_THINK_CLOSE)
    call = text.find(_CALL_OPEN)
    if close >= 0 and not 0 <= call < close:
        thought, rest = text[:close], text[close + len(_THINK_CLOSE) :]
    elif _THINK_OPEN in text:
        end = call if call >= 0 else len(text)
        thought, rest = text[:end], text[end:].replace(_THINK_CLOSE, "")
    else:
        return "", text
    return thought.replace(_THINK_OPEN, "").strip(), rest


def _raw_of(body: str) -> RawCall | str:
    value = _loads(body.strip())
    if not isinstance(value, dict):
        return "the text inside <tool_call> is not one JSON object"
    name, arguments = value.get("name"), value.get("arguments", value.get("parameters", {}))
    if not isinstance(name, str) or not name:
        return 'the call has no "name"'
    return RawCall(name, arguments if isinstance(arguments, str) else json.dumps(arguments))


def _arguments_of(text: str) -> JsonObject | str:
    value = _loads(text or "{}")
    if isinstance(value, str):
        value = _loads(value)
    return value if isinstance(value, dict) else "the arguments are not a JSON object"


def _loads(text: str) -> object:
    """The value, or None where it is no JSON; raw line breaks inside strings are let through."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
