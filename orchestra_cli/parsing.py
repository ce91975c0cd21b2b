"""A model's reply as thought, calls and text. Never raises, whatever the text.

Reasoning ends at `</think>` or at `<tool_call>`, whichever comes first; either closing tag may be
missing at the end of the text. A call is read as JSON from its brace on, so that a tag inside one
of its strings is part of the string. Arguments may be a JSON object or a JSON string of one. An
endpoint that parses calls itself hands them over apart from the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.engines.base import RawCall
from tools.base import ToolCall

_THINK_OPEN, _THINK_CLOSE, _CALL_OPEN = "<think>", "</think>", "<tool_call>"
_CALL_END = re.compile(r"\s*+(?:</tool_call>|(?=<tool_call>)|\Z)")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder(strict=False)
"""Lets raw line breaks inside strings through: models write programs with them."""
_MAX_DEPTH = 64
"""Deeper arguments are no use to any tool, and whoever walks them by recursion would fail."""


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
    values, plain = _split_calls(rest)
    values += [{"name": call.name, "arguments": call.arguments} for call in calls]
    parsed: list[ToolCall] = []
    for value in values:
        call = _call_of(value)
        if isinstance(call, str):
            return Reply(thought, tuple(parsed), plain, call)
        parsed.append(call)
    return Reply(thought, tuple(parsed), plain)


def _split_thought(text: str) -> tuple[str, str]:
    """(thought, the rest). A prompt that ends in `<think>` leaves the opening tag out."""
    call = text.find(_CALL_OPEN)
    head, tail = (text, "") if call < 0 else (text[:call], text[call:])
    thought, closed, rest = head.partition(_THINK_CLOSE)
    if not closed:
        rest, _, thought = head.partition(_THINK_OPEN)
    return thought.replace(_THINK_OPEN, "").strip(), rest + tail


def _split_calls(text: str) -> tuple[list[object], str]:
    """(what each call holds up to the first that is no JSON, which is None; the text around)."""
    values: list[object] = []
    plain, end = "", 0
    while (start := text.find(_CALL_OPEN, end)) >= 0:
        plain += text[end:start]
        value, end = _read_json(text, start + len(_CALL_OPEN))
        values.append(value)
        if value is None:
            break
    else:
        plain += text[end:]
    if values:  # a thought that a call has ended may still be closed
        plain = plain.replace(_THINK_CLOSE, "")
    return values, plain.strip()


def _read_json(text: str, start: int) -> tuple[object, int]:
    """(the value, where what follows the call begins); None where it is not one JSON value."""
    begin = _SPACE.match(text, start)
    assert begin is not None
    try:
        value, end = _DECODER.raw_decode(text, begin.end())
    except (ValueError, RecursionError):
        return None, start
    closed = _CALL_END.match(text, end)
    return (value, closed.end()) if closed else (None, start)


def _call_of(value: object) -> ToolCall | str:
    """The call, or what is wrong with it."""
    if not isinstance(value, dict):
        return "the text inside <tool_call> is not one JSON object"
    name, arguments = value.get("name"), value.get("arguments", value.get("parameters", {}))
    if not isinstance(name, str) or not name:
        return 'the call has no "name"'
    for _ in range(2):  # some endpoints encode the string once more
        if isinstance(arguments, str):
            arguments = _loads(arguments or "{}")
    if not isinstance(arguments, dict):
        return f"{name[:80]}: the arguments are not a JSON object"
    if _is_deeper(arguments, _MAX_DEPTH):
        return f"{name[:80]}: the arguments are nested more than {_MAX_DEPTH} deep"
    return ToolCall(name, arguments)


def _loads(text: str) -> object:
    """The value, or None where it is no JSON."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _is_deeper(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return bool(level)
