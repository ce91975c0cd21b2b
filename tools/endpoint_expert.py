"""An expert behind an endpoint.

Its thinking is left out of what it shows and of its reply. Every call that reached the model is on
the bill, those that failed half-way included: their usage travels in the `ToolError`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from tools.base import CallContext, JsonObject, ToolError
from tools.budget import BudgetError
from tools.endpoint import Endpoint
from tools.endpoint_errors import EndpointError, Failure
from tools.experts import ExpertCard, ExpertFailedError, ExpertReply
from tools.metered_endpoint import (
    PATIENCE,
    MeteredEndpoint,
    MeteredReply,
    Patience,
    RetryNote,
)
from tools.providers import MAX_CONCURRENT

_OPEN, _CLOSE = "<think>", "</think>"


class EndpointExpert:
    """A model behind an OpenAI-compatible address, with its card."""

    def __init__(
        self,
        card: ExpertCard,
        endpoint: Endpoint,
        *,
        max_concurrent: int = MAX_CONCURRENT,
        patience: Patience = PATIENCE,
    ) -> None:
        self.card = card
        self._metered = MeteredEndpoint(
            endpoint, card.price, who=card.name, max_concurrent=max_concurrent, patience=patience
        )

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """Answer. A reply that the deadline or a cancel cut is no answer: it raises."""
        stream = self._metered.stream(
            messages,
            max_tokens=min(max_tokens, self.card.max_tokens),
            budget=context.budget,
            deadline=context.deadline,
            cancelled=context.cancelled,
        )
        name = self.card.name
        try:
            answer = _show(stream, context.emit)
        except BudgetError as error:
            raise ExpertFailedError(f"{name}: {error}") from None
        except EndpointError as error:
            failed = error.failure is not Failure.MALFORMED
            kind = ExpertFailedError if failed else ToolError
            raise kind(f"{name}: {error}", usage=error.usage) from None
        if answer.reply.truncated and (context.cancelled.is_set() or not context.remaining_s):
            message = f"{name} was stopped before its reply was whole"
            raise ToolError(message, usage=(answer.usage,))
        return ExpertReply(without_thinking(answer.reply.text), answer.usage, answer.notes)


def without_thinking(text: str) -> str:
    """The text without its thinking; some servers open the `<think>` in the prompt."""
    visible = _Visible()
    shown = visible.feed(text) + visible.rest()
    return shown.rpartition(_CLOSE)[2].strip()


def _show(stream: Generator[str, None, MeteredReply], emit: Callable[[str], None]) -> MeteredReply:
    visible = _Visible()
    while True:
        try:
            piece = next(stream)
        except StopIteration as end:
            text = visible.rest()
            if text:
                emit(text)
            reply: MeteredReply = end.value
            return reply
        if isinstance(piece, RetryNote):  # the reply begins again, outside of any thought
            emit(visible.rest() + piece)
            visible = _Visible()
            continue
        text = visible.feed(piece)
        if text:
            emit(text)


class _Visible:
    """Drops `<think>…</think>` from text that comes in pieces, tags cut in two included."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, piece: str) -> str:
        """What can be shown by now."""
        self._held += piece
        shown = ""
        while True:
            tag = _CLOSE if self._thinking else _OPEN
            before, found, after = self._held.partition(tag)
            if not found:
                break
            shown += "" if self._thinking else before
            self._held, self._thinking = after, not self._thinking
        sure = len(self._held) - _overlap(self._held, tag)
        shown += "" if self._thinking else self._held[:sure]
        self._held = self._held[sure:]
        return shown

    def rest(self) -> str:
        """What was held back as the possible start of a tag, now that no more comes."""
        return "" if self._thinking else self._held


def _overlap(text: str, tag: str) -> int:
    """How much of the tag's beginning the text ends with."""
    return next(size for size in range(len(tag), -1, -1) if text.endswith(tag[:size]))
