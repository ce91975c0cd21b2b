"""Whether experts answer at all: one tiny call each, all at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from orchestra_cli.errors import ConfigError
from tools.base import CallContext, ToolError
from tools.experts import Expert

_MESSAGES = [{"role": "user", "content": "Reply with the one word: ready"}]
_MAX_TOKENS = 128
"""Room for some unseen thought before the word."""
_CALL_S = 60.0
"""A server on this machine may have to load the model first."""
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Reach:
    """How an expert's call went."""

    name: str
    model: str
    latency_s: float | None = None
    cost_usd: float | None = None
    """None where the price is not known, or nothing was answered."""
    error: str | None = None
    """Why it did not answer; None where it did."""


def reach_all(
    experts: Mapping[str, tuple[str, Callable[[], Expert]]], *, deadline: float | None = None
) -> Sequence[Reach]:
    """Call each, given by name with its model and what builds it, and tell of them in order."""
    until = deadline or time.monotonic() + _CALL_S
    with ThreadPoolExecutor(min(_AT_ONCE, max(1, len(experts)))) as pool:
        return list(
            pool.map(lambda item: _reach(item[0], *item[1], deadline=until), experts.items())
        )


def _reach(name: str, model: str, build: Callable[[], Expert], *, deadline: float) -> Reach:
    try:
        context = CallContext(_MESSAGES[0]["content"], deadline=deadline)
        usage = build().complete(_MESSAGES, max_tokens=_MAX_TOKENS, context=context).usage
    except (ToolError, ConfigError) as error:
        return Reach(name, model, error=str(error))
    return Reach(name, model, usage.latency_s, usage.cost_usd)
