"""Function calls compared as syntax trees, by the rules of the Berkeley leaderboard.

1. As many calls as golden ones, each with a golden one of its own, in any order.
2. The same function; a dot in its name and an underscore are the same.
3. No argument beyond the golden ones, and none missing but those that accept "".
4. Each value is one of the accepted ones: strings without case, spaces and ,./-_*^; a whole number
   passes for a float, never the reverse, and a truth value is no number; lists element by element,
   objects key by key. Java's and JavaScript's values may stand as text.

Where no call is wanted, any call is wrong. It is more lenient than the
leaderboard where that punishes notation alone: a fence or prose around the calls, whole numbers in
a list of floats, Java's numbers without their suffix. What only an execution can tell has no golden
call here and is not judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.judges.call_text import Call, looks_cut, parse_calls, parse_value
from orchestra_cli.evaluation.tasks import EvalTask

_IGNORED = re.compile(r"[ ,./\-_*^]")
_NUMBERED = re.compile(r"[ _]\d+$")
_OPTIONAL = ""
_WRITTEN_AS_TEXT = ("java", "javascript")
"""Languages whose values the leaderboard keeps as text; a domain such as simple_java ends so."""
_WANTS_SOME_CALL = "live_relevance"
"""A domain without golden calls, where the leaderboard asks only whether one is made."""
_NOTHING_FITS = {"no_function", "out_of_domain"}
"""What models that were trained to always call something call then."""
_TOO_DEEP = "the answer is nested too deeply"

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Golden:
    """A call that is wanted."""

    name: str
    accepted: Mapping[str, Sequence[Any]]
    """By argument: the values that are right; "" among them where it may be left out."""
    schemas: Mapping[str, Schema]
    """By argument: its JSON Schema."""


class CallJudge:
    """A `Judge` by rule."""

    name = "call"

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Whether the calls are the golden ones."""
        golden = _golden_calls(task)
        if task.answer is None and task.domain == _WANTS_SOME_CALL:
            return Grade(bool(parse_calls(answer)), "some call is wanted")
        if golden is None:
            return Grade(None, "the task has no golden calls")
        try:
            return _grade(task, golden, parse_calls(answer))
        except RecursionError:
            return Grade(False, _TOO_DEEP)

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether both make the same calls, in whatever order; or neither makes any."""
        try:
            calls, others = (Counter(map(_key, parse_calls(text))) for text in (one, other))
        except RecursionError:
            return one == other
        if not calls and not others:
            return one == other or not (looks_cut(one) or looks_cut(other))
        return calls == others


def _grade(task: EvalTask, golden: Sequence[Golden], calls: Sequence[Call]) -> Grade:
    if not golden:
        calls = [call for call in calls if call.name not in _NOTHING_FITS]
    if len(calls) != len(golden):
        return Grade(False, f"{len(calls)} calls, not {len(golden)}")
    as_text = task.domain.rpartition("_")[2] in _WRITTEN_AS_TEXT
    fitting = [
        [at for at, each in enumerate(golden) if _fits(call, each, as_text=as_text)]
        for call in calls
    ]
    for call, places in zip(calls, fitting, strict=True):
        if not places:
            return Grade(False, f"{call.name[:80]!r} with these arguments is not wanted")
    if not _can_pair(fitting):
        return Grade(False, "one call is made twice, and another is missing")
    return Grade(True, "the golden calls" if golden else "no call, as is right")


def _can_pair(fitting: Sequence[Sequence[int]]) -> bool:
    """Whether each call can have a golden one of its own, of those that it fits."""
    holders: dict[int, int] = {}

    def seat(call: int, tried: set[int]) -> bool:
        for place in fitting[call]:
            if place in tried:
                continue
            tried.add(place)
            if place not in holders or seat(holders[place], tried):
                holders[place] = call
                return True
        return False

    return all(seat(call, set()) for call in range(len(fitting)))


def _golden_calls(task: EvalTask) -> list[Golden] | None:
    """None where the reference is no list of calls."""
    if not isinstance(task.answer, list):
        return None
    functions = _functions(task)
    try:
        return [_golden(each, functions) for each in task.answer]
    except (TypeError, ValueError, AttributeError):
        return None


def _golden(value: Any, functions: Mapping[str, Mapping[str, Schema]]) -> Golden:
    """Of `{name: {argument: [accepted …]}}`, or of a call with its name and arguments."""
    if value.keys() == {"name", "arguments"}:
        name, arguments = value["name"], {key: [each] for key, each in value["arguments"].items()}
    else:
        ((name, arguments),) = value.items()
    plain = _plain_name(name)
    unnumbered = _NUMBERED.sub("", plain)  # an old form numbers the calls of one function: f_1, f_2
    if plain not in functions and unnumbered in functions:
        plain = unnumbered
    accepted = {key: each if isinstance(each, list) else [each] for key, each in arguments.items()}
    return Golden(plain, accepted, functions.get(plain, {}))


def _functions(task: EvalTask) -> dict[str, Mapping[str, Schema]]:
    """By plain name: the schemas of the arguments."""
    return {
        _plain_name(str(each.get("name"))): _properties(each.get("parameters"))
        for each in task.functions
    }


def _properties(schema: Any) -> Mapping[str, Schema]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties if isinstance(properties, Mapping) else {}


def _fits(call: Call, golden: Golden, *, as_text: bool) -> bool:
    if _plain_name(call.name) != golden.name or call.arguments.keys() - golden.accepted.keys():
        return False
    return all(
        _is_accepted(call.arguments[key], values, golden.schemas.get(key), as_text=as_text)
        if key in call.arguments
        else _OPTIONAL in values
        for key, values in golden.accepted.items()
    )


def _is_accepted(value: Any, accepted: Sequence[Any], schema: Any, *, as_text: bool) -> bool:
    return any(_equal(value, each, schema, as_text=as_text) for each in accepted)


def _equal(value: Any, golden: Any, schema: Any, *, as_text: bool) -> bool:
    if as_text and isinstance(value, str) and not isinstance(golden, str):
        value = parse_value(value)
    if isinstance(golden, dict) and isinstance(value, dict):
        return _equal_objects(value, golden, schema, as_text=as_text)
    if isinstance(golden, list | tuple) and isinstance(value, list | tuple):
        items = schema.get("items") if isinstance(schema, Mapping) else None
        return len(value) == len(golden) and all(
            _equal(mine, theirs, items, as_text=as_text)
            for mine, theirs in zip(value, golden, strict=True)
        )
    if isinstance(value, bool) or isinstance(golden, bool):
        return value is golden or (as_text and _plain(value) == _plain(golden))
    if isinstance(value, int | float) and isinstance(golden, int | float):
        wants_whole = isinstance(schema, Mapping) and schema.get("type") == "integer"
        is_float_for_int = isinstance(value, float) and isinstance(golden, int)
        return value == golden and not (wants_whole and is_float_for_int)
    if isinstance(value, str) and isinstance(golden, str):
        mine, theirs = _plain(value), _plain(golden)
        return mine == theirs or (as_text and mine.strip('"') == theirs.strip('"'))
    return _plain(value) == _plain(golden) if as_text else value is golden


def _equal_objects(
    value: Mapping[str, Any], golden: Mapping[str, Any], schema: Any, *, as_text: bool
) -> bool:
    """The golden object has, by key, a list of accepted values or the value itself."""
    schemas = _properties(schema)
    return not value.keys() - golden.keys() and all(
        _equal(value[key], accepted, schemas.get(key), as_text=as_text)
        or (
            isinstance(accepted, list)
            and _is_accepted(value[key], accepted, schemas.get(key), as_text=as_text)
        )
        if key in value
        else isinstance(accepted, list) and _OPTIONAL in accepted
        for key, accepted in golden.items()
    )


def _plain(value: Any) -> str:
    text = "null" if value is None else str(value)
    return _IGNORED.sub("", text).lower().replace("'", '"')


def _plain_name(name: str) -> str:
    return name.strip().replace(".", "_")


def _key(call: Call) -> Hashable:
    return _plain_name(call.name), _normal(call.arguments)


def _normal(value: Any) -> Hashable:
    """The same for values that say the same, and for no others."""
    if isinstance(value, dict):
        return frozenset((key, _normal(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_normal, value))
    if isinstance(value, str):
        return _plain(value)
    return ("bool", value) if isinstance(value, bool) else value
