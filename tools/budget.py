"""The money that a run may still spend.

Before a call is made its worst case is reserved: the most input tokens that the prompt can have and
`max_tokens` of output. A call whose tokens the provider then reports is settled at what they cost;
one that the provider refused is released. Whatever else became of it, the whole reservation counts
as spent: a reply that broke off may still be charged for. So

    spent + reserved + worst case of the next call ≤ max_cost_usd

holds whatever happens, retries and calls that were given up included.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tools.prices import Price

MIN_OUTPUT_TOKENS = 64
"""A reply that may not even be so long is not worth its input."""
_REQUEST_TOKENS = 64
_MESSAGE_TOKENS = 16
_FUNCTIONS_TOKENS = 512
"""What providers tell a model about calling functions, in words of their own."""


_ROUNDING_USD = 1e-12
"""What adding up in binary may lose: three calls of $0.1 fit $0.3."""


class BudgetError(Exception):
    """One line: the call does not fit what is left, or its price is not known."""


@dataclass(slots=True)
class Reservation:
    """A call's worst case, held until it is settled."""

    max_tokens: int
    """How long the reply may be, so that it fits."""
    worst_usd: float
    _budget: Budget

    def settle(self, cost_usd: float) -> None:
        """The provider has counted: this is what it cost."""
        self._budget._settle(self, cost_usd)

    def release(self) -> None:
        """The provider did nothing for it and charges nothing."""
        self.settle(0.0)


class Budget:
    """Shared by the orchestrator and the tools of one run, whose threads may outlive a call."""

    def __init__(self, max_cost_usd: float | None = None) -> None:
        """None is no limit: then an unknown price does not matter either."""
        if max_cost_usd is not None and not max_cost_usd >= 0:  # nor not-a-number
            raise ValueError(f"a cost limit is a number of dollars, 0 or more: {max_cost_usd}")
        self.max_cost_usd = max_cost_usd
        self._committed_usd = 0.0
        self._lock = threading.Lock()

    @property
    def left_usd(self) -> float:
        """What the next call's worst case may be; infinite without a limit."""
        if self.max_cost_usd is None:
            return math.inf
        with self._lock:
            return self._left(self.max_cost_usd)

    def affords(self, price: Price | None, *, input_tokens: int) -> bool:
        """Whether a call with a reply of some use would fit."""
        return self._room(price, input_tokens, MIN_OUTPUT_TOKENS, self.left_usd) is not None

    def reserve(self, price: Price | None, *, input_tokens: int, max_tokens: int) -> Reservation:
        """Hold the worst case of a call, its reply shortened where it must. Raises BudgetError.

        `input_tokens` is the most that the prompt can have (`max_input_tokens`).
        """
        if self.max_cost_usd is None:
            return Reservation(max_tokens, 0.0, self)
        if price is None:
            raise BudgetError("its price is not known, and a cost limit is set")
        with self._lock:
            left = self._left(self.max_cost_usd)
            room = self._room(price, input_tokens, max_tokens, left)
            if room is None:
                raise BudgetError(f"it may cost more than the ${left:.6f} left")
            worst = price.worst_usd(input_tokens=input_tokens, output_tokens=room)
            self._committed_usd += worst
        return Reservation(room, worst, self)

    def reserve_usd(self, cost_usd: float | None) -> Reservation:
        """Hold a price that is known before the call, as a search service has it."""
        if self.max_cost_usd is None:
            return Reservation(0, 0.0, self)
        if cost_usd is None:
            raise BudgetError("its price is not known, and a cost limit is set")
        with self._lock:
            left = self._left(self.max_cost_usd)
            if cost_usd > left + _ROUNDING_USD:
                raise BudgetError(f"it costs ${cost_usd:g}, more than the ${left:.6f} left")
            self._committed_usd += cost_usd
        return Reservation(0, cost_usd, self)

    def _left(self, max_cost_usd: float) -> float:
        """Under the lock. Never negative: what is free always fits."""
        return max(0.0, max_cost_usd - self._committed_usd)

    def _room(
        self, price: Price | None, input_tokens: int, max_tokens: int, left_usd: float
    ) -> int | None:
        """The longest reply that fits, at most `max_tokens`; None where none of use does."""
        if self.max_cost_usd is None:
            return max_tokens
        if price is None:
            return None

        def fits(output_tokens: int) -> bool:
            worst_usd = price.worst_usd(input_tokens=input_tokens, output_tokens=output_tokens)
            return worst_usd <= left_usd + _ROUNDING_USD

        low, high = min(max_tokens, MIN_OUTPUT_TOKENS), max_tokens
        if fits(high):
            return high
        if not fits(low):
            return None
        while low < high:  # halving: a price may have steps
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(middle) else (low, middle - 1)
        return low

    def _settle(self, reservation: Reservation, cost_usd: float) -> None:
        with self._lock:
            self._committed_usd += cost_usd - reservation.worst_usd
            reservation.worst_usd = cost_usd


def max_input_tokens(
    messages: Iterable[dict[str, Any]], functions: Iterable[dict[str, Any]] = ()
) -> int:
    """The most tokens that these can have for any vocabulary: a token is at least one byte.

    What templates add around a message and a request is allowed for.
    """
    functions = list(functions)
    texts = [json.dumps(each, ensure_ascii=False) for each in (*messages, *functions)]
    num_bytes = sum(len(text.encode("utf-8", "replace")) for text in texts)
    request_tokens = _REQUEST_TOKENS + (_FUNCTIONS_TOKENS if functions else 0)
    return num_bytes + _MESSAGE_TOKENS * len(texts) + request_tokens
