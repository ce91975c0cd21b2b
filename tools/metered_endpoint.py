"""An endpoint whose every try is reserved in the budget, retried where it may help, and billed.

One hop between whoever calls a model and `tools.endpoint`, which makes a single request. A refusal
is final. What may pass (408, 409, 429, 5xx, a lost connection, silence) is tried again after a
jittered wait that doubles and that the server's Retry-After may lengthen, as long as the deadline
and the patience for one wait allow.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

from tools.base import JsonObject, Usage
from tools.budget import Budget, BudgetError, Reservation, max_input_tokens
from tools.endpoint import Endpoint
from tools.endpoint_errors import EndpointError, Failure
from tools.endpoint_reply import EndpointReply
from tools.prices import Price
from tools.providers import MAX_CONCURRENT, provider_turn


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider that fails is waited for."""

    max_tries: int = 4
    first_wait_s: float = 0.5
    """The most that the first wait takes; each one after it may take twice as long."""
    max_wait_s: float = 30.0
    """A server that asks for more is given up."""


PATIENCE = Patience()
_BYTES_PER_TOKEN = 4
"""About, where nobody counts."""


@dataclass(frozen=True, slots=True)
class MeteredReply:
    """A whole reply and what all tries for it cost."""

    reply: EndpointReply
    usage: Usage
    notes: tuple[str, ...] = ()
    """Each failure that a retry has mended, and a reply that the cost limit has cut."""


class RetryNote(str):
    """What a stream yields between two tries: no part of any reply."""

    __slots__ = ()


class MeteredEndpoint:
    """A model behind an endpoint, at a price."""

    def __init__(
        self,
        endpoint: Endpoint,
        price: Price | None,
        *,
        who: str,
        max_concurrent: int = MAX_CONCURRENT,
        patience: Patience = PATIENCE,
    ) -> None:
        """`who` is whose line of the bill it is."""
        self.endpoint = endpoint
        self.price = price
        self._who = who
        self._max_concurrent = max_concurrent
        self._patience = patience

    def stream(
        self,
        messages: Sequence[JsonObject],
        *,
        max_tokens: int,
        budget: Budget,
        functions: Sequence[JsonObject] = (),
        tool_choice: str | JsonObject | None = None,
        sampling: Mapping[str, Any] | None = None,
        deadline: float = float("inf"),
        cancelled: threading.Event | None = None,
    ) -> Generator[str, None, MeteredReply]:
        """As `Endpoint.stream`; before another try, what went wrong is yielded as a `RetryNote`.

        Raises `BudgetError`, and `EndpointError` with the usage of every try.
        """
        cancelled = cancelled or threading.Event()
        input_tokens = max_input_tokens(messages, functions)
        began = time.monotonic()
        spent: tuple[Usage, ...] = ()
        notes: list[str] = []
        failed: EndpointError | None = None
        waits = self._waits()
        while True:
            try:
                reserved = budget.reserve(
                    self.price, input_tokens=input_tokens, max_tokens=max_tokens
                )
            except BudgetError:
                if failed is None:
                    raise
                raise failed from None  # no money for another try: the failure stands
            try:
                reply = yield from self._try(
                    reserved,
                    messages,
                    functions=functions,
                    tool_choice=tool_choice,
                    sampling=sampling,
                    deadline=deadline,
                    cancelled=cancelled,
                )
            except EndpointError as error:
                failed = error
                spent += self._spent_on(error, reserved, input_tokens)
                error.usage = _together(spent, began)
                wait_s = self._wait_after(error, waits, deadline)
                affords = budget.affords(self.price, input_tokens=input_tokens)
                if wait_s is None or cancelled.is_set() or not affords:
                    raise
                notes.append(f"{error}; tried again after {wait_s:.1f} s")
                yield RetryNote(f"\n[{error}: trying again in {wait_s:.1f} s]\n")
                cancelled.wait(wait_s)
            else:
                usage = self._usage(reply, reserved)
                if not reply.usage_estimated:
                    reserved.settle(usage.cost_usd or 0.0)
                if reply.truncated and reserved.max_tokens < max_tokens:
                    notes.append(f"the cost limit left room for {reserved.max_tokens} tokens")
                (line,) = _together((*spent, usage), began)
                return MeteredReply(reply, line, tuple(notes))

    def _try(
        self,
        reserved: Reservation,
        messages: Sequence[JsonObject],
        *,
        deadline: float,
        cancelled: threading.Event,
        **request: Any,
    ) -> Generator[str, None, EndpointReply]:
        """One request; nothing is charged for one that was never made."""
        turn = provider_turn(
            self.endpoint.address,
            most=self._max_concurrent,
            deadline=deadline,
            cancelled=cancelled,
        )
        with turn as granted:
            if not granted:
                reserved.release()
                return EndpointReply("", truncated=True)
            return (
                yield from self.endpoint.stream(
                    messages,
                    max_tokens=reserved.max_tokens,
                    deadline=deadline,
                    cancelled=cancelled,
                    **request,
                )
            )

    def _waits(self) -> Generator[float, None, None]:
        """Before the second try, the third and so on: anything up to a bound that doubles."""
        bound = self._patience.first_wait_s
        for _ in range(self._patience.max_tries - 1):
            yield random.uniform(bound / 2, bound)
            bound = min(2 * bound, self._patience.max_wait_s)

    def _wait_after(
        self, error: EndpointError, waits: Generator[float, None, None], deadline: float
    ) -> float | None:
        """Seconds to wait before the next try; None where there is none."""
        if error.failure is not Failure.PASSING:
            return None
        wait_s = next(waits, None)
        if wait_s is None:
            return None
        wait_s = max(wait_s, error.retry_after_s or 0.0)
        most_s = min(self._patience.max_wait_s, deadline - time.monotonic())
        return wait_s if wait_s < most_s else None

    def _spent_on(
        self, error: EndpointError, reserved: Reservation, input_tokens: int
    ) -> tuple[Usage, ...]:
        """What a failed try is billed; the budget keeps the worst case of what may be charged."""
        if not error.maybe_billed:
            reserved.release()
            return ()
        guessed = EndpointReply(
            "", input_tokens=input_tokens // _BYTES_PER_TOKEN, usage_estimated=True
        )
        return (self._usage(error.partial or guessed, reserved),)

    def _usage(self, reply: EndpointReply, reserved: Reservation) -> Usage:
        """A guess is no longer than the reply could be: the bill keeps to the limit as well."""
        output_tokens = reply.output_tokens
        if reply.usage_estimated:
            output_tokens = min(output_tokens, reserved.max_tokens)
        tokens = {
            "input_tokens": reply.input_tokens,
            "output_tokens": output_tokens,
            "cached_input_tokens": reply.cached_input_tokens,
        }
        return Usage(
            who=self._who,
            cost_usd=None if self.price is None else self.price.cost_usd(**tokens),
            reasoning_tokens=min(reply.reasoning_tokens, output_tokens),
            estimated=reply.usage_estimated,
            **tokens,
        )


def _together(tries: tuple[Usage, ...], began: float) -> tuple[Usage, ...]:
    """One line of the bill, with the waits in between; none where nothing can be charged for."""
    if not tries:
        return ()
    return (replace(reduce(add, tries), latency_s=time.monotonic() - began),)
