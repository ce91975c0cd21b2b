"""Function calls compared as syntax trees, by the rules of the Berkeley leaderboard.

1. As many calls as golden ones, each paired with one of them, in any order.
2. The same function; a dot in its name and an underscore are the same.
3. No argument beyond the golden ones, and none missing but those that accept "".
4. Each value is one of the accepted ones: strings without case, spaces and punctuation; a whole
   number passes for a float, never the reverse, and a truth value is no number.

What cannot be compared so, a call whose result only its execution tells, has no golden call here
and is not judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.judges.call_text import Call, parse_calls
from orchestra_cli.evaluation.tasks import EvalTask

_IGNORED = re.compile(r"[ ,./\-_*^()]")
_NUMBERED = re.compile(r"[ _]\d+$")
_OPTIONAL = ""
_WRITTEN_AS_TEXT = ("java", "javascript")
"""Languages whose values the leaderboard keeps as text."""


class CallJudge:
    """A `Judge` by rule."""

    name = "call"

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Whether the calls are the golden ones."""
        golden = _golden_calls(task.answer)
        if golden is None:
            return Grade(None, "the task has no golden calls")
        calls = parse_calls(answer)
        if len(calls) != len(golden):
            return Grade(False, f"{len(calls)} calls, not {len(golden)}")
        schemas = {_plain_name(each["name"]): _properties(each) for each in task.functions}
        as_text = task.domain in _WRITTEN_AS_TEXT
        left = list(golden)
        for call in calls:
            fitting = next((g for g in left if _fits(call, g, schemas, as_text=as_text)), None)
            if fitting is None:
                return Grade(False, f"{call.name[:80]} with these arguments is not wanted")
            left.remove(fitting)
        return Grade(True, "the golden calls")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether both make the same calls, in whatever order."""
        return sorted(map(_key, parse_calls(one))) == sorted(map(_key, parse_calls(other)))


Golden = tuple[str, Mapping[str, Any]]


def _golden_calls(answer: Any) -> list[Golden] | None:
    """None where the reference is no list of calls."""
    try:
        return [_golden(each) for each in answer]
    except (TypeError, ValueError, AttributeError):
        return None


def _golden(value: Any) -> Golden:
    """(name, accepted values by argument) of `{name: {argument: [accepted …]}}`, or of a call."""
    if value.keys() == {"name", "arguments"}:
        return value["name"], {key: [each] for key, each in value["arguments"].items()}
    ((name, arguments),) = value.items()
    return name, arguments


def _fits(
    call: Call, golden: Golden, schemas: Mapping[str, Mapping[str, Any]], *, as_text: bool
) -> bool:
    name, accepted = golden
    wanted = _plain_name(name)
    if wanted not in schemas:  # an old form numbers the calls of one function: f_1, f_2
        wanted = _NUMBERED.sub("", wanted)
    if _plain_name(call.name) != wanted or set(call.arguments) - set(accepted):
        return False
    types = {key: str(each.get("type", "")) for key, each in schemas.get(wanted, {}).items()}
    for key, values in accepted.items():
        if key not in call.arguments:
            if _OPTIONAL not in values:
                return False
        elif not _is_accepted(call.arguments[key], values, types.get(key, ""), as_text=as_text):
            return False
    return True


def _is_accepted(value: Any, accepted: Any, kind: str, *, as_text: bool) -> bool:
    values: Sequence[Any] = accepted if isinstance(accepted, list) else [accepted]
    return any(_equal(value, each, kind, as_text=as_text) for each in values)


def _equal(value: Any, golden: Any, kind: str, *, as_text: bool) -> bool:
    if as_text and isinstance(value, str) and not isinstance(golden, str):
        value = _read(value)
    if isinstance(golden, dict) and isinstance(value, dict):
        return _equal_objects(value, golden, as_text=as_text)
    if isinstance(golden, list | tuple) and isinstance(value, list | tuple):
        return len(value) == len(golden) and all(
            _equal(mine, theirs, "", as_text=as_text)
            for mine, theirs in zip(value, golden, strict=True)
        )
    if isinstance(value, bool) or isinstance(golden, bool):
        return value is golden or (as_text and _plain(value) == _plain(golden))
    if isinstance(value, int | float) and isinstance(golden, int | float):
        is_float_for_int = isinstance(value, float) and isinstance(golden, int)
        return value == golden and not (kind == "integer" and is_float_for_int)
    if isinstance(value, str) and isinstance(golden, str):
        return _plain(value) == _plain(golden)
    return _plain(value) == _plain(golden) if as_text else value is golden


def _read(text: str) -> Any:
    """What a value of another language stands for, where that can be told."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _equal_objects(value: Mapping[str, Any], golden: Mapping[str, Any], *, as_text: bool) -> bool:
    if set(value) - set(golden):
        return False
    return all(
        _is_accepted(value[key], accepted, "", as_text=as_text)
        or _equal(value[key], accepted, "", as_text=as_text)
        if key in value
        else isinstance(accepted, list) and _OPTIONAL in accepted
        for key, accepted in golden.items()
    )


def _properties(function: Mapping[str, Any]) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = function.get("parameters", {}).get("properties", {})
    return properties


def _plain(value: Any) -> str:
    text = "null" if value is None else str(value)
    return _IGNORED.sub("", text).lower().replace("'", '"')


def _plain_name(name: str) -> str:
    return name.strip().replace(".", "_")


def _key(call: Call) -> str:
    """The call in one notation."""
    arguments = sorted(f"{key}={_plain(value)}" for key, value in call.arguments.items())
    return f"{_plain_name(call.name)}({arguments})"
