"""What programs of the `python` tool can call without importing it, in every backend.

A model that computes badly copies well: each function takes words as the question has them. The
invariant: they take numbers and short texts, give such or a truth value, change nothing and end at
once, so that it is safe to run them outside of a sandbox for a program inside.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.python_clock import minutes_between, shift_time
from tools.python_dates import age, days_between, is_leap, shift, weekday
from tools.python_numbers import number
from tools.python_units import convert

_MAX_CHARS = 100
_MAX_NUMBER = 10**15
Value = int | float | str


def _guarded(function: Callable[..., Value]) -> Callable[..., Value]:
    """Any argument that it is not made for is an error in the program."""

    def call(*values: object, **named: object) -> Value:
        for value in (*values, *named.values()):
            _check(function.__name__, value)
        try:
            return function(*values, **named)
        except AttributeError:  # a number where a text is due
            raise TypeError(f'{function.__name__}() needs words in quotes, as in "8 am"') from None

    call.__name__ = call.__qualname__ = function.__name__
    return call


def _check(name: str, value: object) -> None:
    if type(value) not in (int, float, str):
        raise TypeError(f"{name}() takes numbers and words in quotes, not {type(value).__name__}")
    if isinstance(value, str):
        if len(value) > _MAX_CHARS:
            raise ValueError(f"{name}() takes no words of more than {_MAX_CHARS} characters")
    elif isinstance(value, (int, float)) and not abs(value) <= _MAX_NUMBER:  # nor what is no number
        raise ValueError(f"{name}() takes no number above {_MAX_NUMBER:.0e}")


FUNCTIONS: dict[str, Callable[..., Value]] = {
    function.__name__: _guarded(function)
    for function in (
        convert,
        days_between,
        weekday,
        shift,
        age,
        is_leap,
        minutes_between,
        shift_time,
        number,
    )
}
"""By the name that programs use."""
