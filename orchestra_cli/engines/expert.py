"""The weights that are loaded anyway, serving as an expert with their adapter switched off."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from orchestra_cli.engines.base import Engine, EngineError, Request, Sampling
from orchestra_cli.parsing import parse_reply
from tools.base import CallContext, JsonObject, ToolError
from tools.experts import ExpertCard, ExpertReply


class EngineExpert:
    """An `Expert` over an engine."""

    def __init__(
        self, card: ExpertCard, engine: Engine, sampling: Sampling, *, max_tokens: int = 4096
    ) -> None:
        """No reply is longer than `max_tokens`, whatever is asked for."""
        self.card = card
        self._engine = engine
        self._sampling = sampling
        self._max_tokens = max_tokens

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """One reply, its thinking removed."""
        request = Request(
            messages=tuple(messages),
            max_tokens=min(max_tokens, self._max_tokens),
            sampling=self._sampling,
            as_expert=True,
            deadline=context.deadline,
            cancelled=context.cancelled,
        )
        with closing(self._engine.stream(request)) as streaming:  # else the engine stays busy
            try:
                while True:
                    context.emit(next(streaming))
            except StopIteration as done:
                completion = done.value
            except EngineError as error:
                raise ToolError(f"{self.card.name}: {error}") from None
        reply = parse_reply(completion.text)
        return ExpertReply(reply.text, replace(completion.usage, who=self.card.name))
