"""What the values of a declared tool stand for.

    "$order.total"                     the value itself
    "$user.cards.{card_id}.balance"    the value, through a key that an argument names
    "{first}-{last}"                   text with values in it
    { "$add" = ["$order.total", 5] }   also $subtract, $multiply, $length
    anything else                      itself

Only what the domain's file says is read so: an argument of a call is never looked into.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from orchestra_cli.evaluation.domains.database import difference
from tools.base import ToolError

Scope = Mapping[str, Any]
"""Arguments and rows by their names."""
Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in"]
Condition = tuple[Any, Comparison, Any]

_REFERENCE = re.compile(r"\$([A-Za-z_]\w*)(?:\.(.+))?")
_INSIDE = re.compile(r"\{([A-Za-z_]\w*(?:\.[^{}]+)?)\}")
_SEGMENT = re.compile(r"(?:\{[^{}]*\}|[^.{}])+")

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "$add": lambda one, other: one + other,
    "$subtract": lambda one, other: one - other,
    "$multiply": lambda one, other: one * other,
    "$length": len,
}
_COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: difference(one, other) is None,
    "!=": lambda one, other: difference(one, other) is not None,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "in": lambda one, other: one in other,
    "not in": lambda one, other: one not in other,
}


def resolve(value: Any, scope: Scope) -> Any:
    """What it stands for."""
    if isinstance(value, str):
        if _REFERENCE.fullmatch(value):
            return follow(path_of(value, scope), scope)
        return _INSIDE.sub(lambda found: _text(resolve(f"${found[1]}", scope)), value)
    if isinstance(value, list):
        return [resolve(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    operation = _operation_of(value)
    if operation is None:
        return {key: resolve(item, scope) for key, item in value.items()}
    operands = resolve(value[operation], scope)
    return _compute(operation, operands if operation != "$length" else [operands])


def holds(condition: Condition, scope: Scope) -> bool:
    """Whether the condition is met."""
    left, comparison, right = condition
    one, other = resolve(left, scope), resolve(right, scope)
    try:
        return _COMPARE[comparison](one, other)
    except TypeError:
        raise ToolError(f"{_text(one)} and {_text(other)} cannot be compared") from None


def path_of(reference: str, scope: Scope) -> list[str]:
    """The name and the steps below it: $order.items.{n} → order, items, 2."""
    return [resolve(segment, scope) for segment in _SEGMENT.findall(reference[1:])]


def follow(path: list[str], scope: Scope) -> Any:
    """The value at the end of the path."""
    value: Any = scope
    for place, step in enumerate(path):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise ToolError(f"there is no {step!r} in {'.'.join(path[:place])}")
    return value


def names_in(value: Any) -> Iterator[str]:
    """The names that a value refers to."""
    if isinstance(value, str):
        if found := _REFERENCE.fullmatch(value):
            yield found[1]
        yield from (inside[1].partition(".")[0] for inside in _INSIDE.finditer(value))
    elif isinstance(value, dict):
        for item in value.values():
            yield from names_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names_in(item)


def _operation_of(value: dict[str, Any]) -> str | None:
    key = next(iter(value), None)
    return key if len(value) == 1 and key in _OPERATIONS else None


def _compute(operation: str, operands: Any) -> Any:
    """Numbers only: text times a number would be an idea of Python's."""
    if operation != "$length" and not (
        isinstance(operands, list)
        and len(operands) == 2
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in operands)
    ):
        raise ToolError(f"{operation[1:]} takes two numbers, not {_text(operands)}")
    try:
        return _OPERATIONS[operation](*operands)
    except (TypeError, ArithmeticError) as error:
        raise ToolError(f"{operation[1:]}: {error}") from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
