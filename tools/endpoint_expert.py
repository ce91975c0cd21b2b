"""An expert behind an endpoint.

Its thinking is left out of what it shows and of its reply. Every call that reached the model is on
the bill, those that failed half-way included: their usage travels in the `ToolError`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

from tools.base import CallContext, JsonObject, ToolError, Usage
from tools.endpoint import Endpoint, EndpointError, EndpointReply
from tools.experts import ExpertCard, ExpertReply

_OPEN, _CLOSE = "<think>", "</think>"


class EndpointExpert:
    """A model behind an OpenAI-compatible address, with its card."""

    def __init__(self, card: ExpertCard, endpoint: Endpoint) -> None:
        self.card = card
        self._endpoint = endpoint

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """Answer. A reply that the deadline or a cancel cut is no answer: it raises."""
        began = time.monotonic()
        stream = self._endpoint.stream(
            messages,
            max_tokens=max_tokens,
            deadline=context.deadline,
            cancelled=context.cancelled,
        )
        try:
            reply = _show(stream, context.emit)
        except EndpointError as error:
            spent = () if error.partial is None else (self._usage(error.partial, began),)
            raise ToolError(f"{self.card.name}: {error}", usage=spent) from None
        usage = self._usage(reply, began)
        if reply.truncated and (context.cancelled.is_set() or not context.remaining_s):
            raise ToolError(
                f"{self.card.name} was stopped before its reply was whole", usage=(usage,)
            )
        return ExpertReply(without_thinking(reply.text), usage)

    def _usage(self, reply: EndpointReply, began: float) -> Usage:
        tokens = {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens}
        return Usage(
            who=self.card.name,
            cost_usd=self.card.cost_usd(**tokens),
            latency_s=time.monotonic() - began,
            **tokens,
        )


def without_thinking(text: str) -> str:
    """The text without its thinking; some servers open the `<think>` in the prompt."""
    visible = _Visible()
    shown = visible.feed(text) + visible.rest()
    return shown.rpartition(_CLOSE)[2].strip()


def _show(
    stream: Generator[str, None, EndpointReply], emit: Callable[[str], None]
) -> EndpointReply:
    visible = _Visible()
    while True:
        try:
            text = visible.feed(next(stream))
        except StopIteration as end:
            text = visible.rest()
            if text:
                emit(text)
            reply: EndpointReply = end.value
            return reply
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
