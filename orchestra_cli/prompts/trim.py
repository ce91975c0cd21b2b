"""Cutting text to a number of tokens, as the model that will read it counts them."""

from __future__ import annotations

from collections.abc import Callable

from orchestra_cli.engines.base import Engine


def keep_tail(text: str, engine: Engine, *, max_tokens: int) -> str:
    """The longest end of the text that has at most `max_tokens` tokens."""
    return _longest(text, lambda size: text[len(text) - size :], engine, max_tokens)


def keep_head(text: str, engine: Engine, *, max_tokens: int) -> str:
    """The longest beginning of the text that has at most `max_tokens` tokens."""
    return _longest(text, lambda size: text[:size], engine, max_tokens)


def _longest(text: str, part: Callable[[int], str], engine: Engine, max_tokens: int) -> str:
    """Doubles the size until it is too much, then halves the gap: never tokenizes megabytes."""
    fits, size = 0, 1024
    while size < len(text) and engine.count_tokens(part(size)) <= max_tokens:
        fits, size = size, size * 2
    if size >= len(text):
        if engine.count_tokens(text) <= max_tokens:
            return text
        size = len(text)
    too_much = size
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if engine.count_tokens(part(middle)) <= max_tokens:
            fits = middle
        else:
            too_much = middle
    return part(fits)
