"""An engine behind an OpenAI-compatible address: vLLM, llama-server, Ollama, OpenAI.

What the server took apart is put together again: reasoning that comes in a field of its own is
given back as `<think>…</think>` before the text, so that one parser serves every engine. Structured
calls come back as `Completion.calls`, calls inside the text stay in the text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from urllib.parse import urlsplit

from orchestra_cli.engines.base import (
    Completion,
    ContextOverflowError,
    EngineError,
    RawCall,
    Request,
)
from orchestra_cli.errors import UsageError
from tools.base import Usage
from tools.endpoint import Endpoint, EndpointError, EndpointReply

_CHARS_PER_TOKEN = 4
_OVERFLOW = re.compile(
    r"context.{0,20}(length|size|window)|(prompt|input) (is )?too long|too many tokens",
    re.IGNORECASE,
)


class RemoteEngine:
    """A model that another process serves. It knows no adapter: `as_expert` changes nothing."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        name: str,
        context_tokens: int = 32_768,
        price_in_usd_per_mtok: float | None = None,
        price_out_usd_per_mtok: float | None = None,
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self._endpoint = endpoint
        self._price_in_usd_per_mtok = price_in_usd_per_mtok
        self._price_out_usd_per_mtok = price_out_usd_per_mtok

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """Yield the reply's text, its thinking in tags, and return it whole."""
        began = time.monotonic()
        stream = self._endpoint.stream(
            request.messages,
            max_tokens=request.max_tokens,
            functions=request.functions,
            tool_choice="required" if request.force_call else None,
            sampling=_sampling(request),
            deadline=request.deadline,
            cancelled=request.cancelled,
        )
        try:
            text, reply = yield from _collect(stream)
        except EndpointError as error:
            too_long = error.status == 400 and _OVERFLOW.search(str(error))
            raise (ContextOverflowError if too_long else EngineError)(str(error)) from None
        return Completion(
            text=text,
            usage=self._usage(reply, time.monotonic() - began),
            calls=tuple(RawCall(name, arguments) for name, arguments in reply.calls),
            truncated=reply.truncated,
        )

    def close(self) -> None:
        """Each call has a connection of its own: nothing is held."""

    def count_tokens(self, text: str) -> int:
        """An estimate: the server's vocabulary is not known here."""
        return -(-len(text) // _CHARS_PER_TOKEN)

    def _usage(self, reply: EndpointReply, latency_s: float) -> Usage:
        return Usage(
            who="orchestrator",
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            cost_usd=self._cost_usd(reply),
            latency_s=latency_s,
        )

    def _cost_usd(self, reply: EndpointReply) -> float | None:
        price_in, price_out = self._price_in_usd_per_mtok, self._price_out_usd_per_mtok
        if price_in is None or price_out is None:
            return 0.0 if self._endpoint.is_loopback else None
        return (reply.input_tokens * price_in + reply.output_tokens * price_out) / 1_000_000


def _sampling(request: Request) -> dict[str, float]:
    """What servers understand or refuse by name; a penalty has no name that they share."""
    sampling = request.sampling
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "seed": sampling.seed,
    }


def _collect(
    stream: Generator[str, None, EndpointReply],
) -> Generator[str, None, tuple[str, EndpointReply]]:
    """Pass the pieces on, and return their sum with the reply."""
    pieces: list[str] = []
    while True:
        try:
            piece = next(stream)
        except StopIteration as end:
            return "".join(pieces), end.value
        pieces.append(piece)
        yield piece


def parse_model_url(url: str) -> tuple[str, str]:
    """`http://host/v1#model-id` as the endpoint's base URL and its model."""
    base_url, _, model = url.partition("#")
    try:
        parts = urlsplit(base_url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no model address: write it as http://host/v1#model-id")
    if not model.strip():
        raise UsageError(f"{url!r} names no model: write it as {base_url}#model-id")
    return base_url, model.strip()
