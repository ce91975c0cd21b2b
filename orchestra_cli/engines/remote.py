"""An engine behind an OpenAI-compatible address: vLLM, llama-server, Ollama, OpenAI.

What the server took apart is put together again: reasoning that comes in a field of its own is
given back as `<think>…</think>` before the text, so that one parser serves every engine. Structured
calls come back as `Completion.calls`, calls inside the text stay in the text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from dataclasses import replace
from urllib.parse import urlsplit

from orchestra_cli.engines.base import (
    Completion,
    ContextOverflowError,
    EngineError,
    RawCall,
    Request,
)
from orchestra_cli.errors import UsageError
from tools.base import JsonObject
from tools.endpoint import Endpoint
from tools.endpoint_errors import EndpointError
from tools.endpoint_reply import EndpointReply
from tools.metered_endpoint import PATIENCE, MeteredEndpoint, MeteredReply, Patience
from tools.prices import FREE, Price

_CHARS_PER_TOKEN = 4
_TELL = {"logprobs": True, "top_logprobs": 20}
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
        price: Price | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        """Without a price it is free where it runs on this machine, else its price is unknown."""
        self.name = name
        self.context_tokens = context_tokens
        self.price = FREE if price is None and endpoint.is_loopback else price
        self._metered = MeteredEndpoint(endpoint, self.price, who="orchestrator", patience=patience)

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """Yield the reply's text, its thinking in tags, and return it whole.

        Raises `BudgetError` where its worst case does not fit what is left.
        """
        required = "required" if request.force_call else None
        completion = yield from self._ask(request, tool_choice=required)
        if request.force_call and not _calls(completion) and self._can_insist(request):
            # Some servers take "required" and do not see to it, but do so for a function by name.
            function = {"name": _last_resort(request.functions)}
            named = {"type": "function", "function": function}
            second = yield from self._ask(request, tool_choice=named)
            completion = replace(second, usage=completion.usage + second.usage)
        return completion

    def _can_insist(self, request: Request) -> bool:
        refused = self._metered.endpoint.refuses("tool_choice")
        over = request.cancelled.is_set() or time.monotonic() >= request.deadline
        return not (refused or over)

    def _ask(
        self, request: Request, *, tool_choice: str | JsonObject | None
    ) -> Generator[str, None, Completion]:
        stream = self._metered.stream(
            request.messages,
            max_tokens=request.max_tokens,
            budget=request.budget,
            functions=() if request.functions_listed and not tool_choice else request.functions,
            tool_choice=tool_choice,
            sampling=_sampling(request) | (_TELL if request.logprobs else {}),
            deadline=request.deadline,
            cancelled=request.cancelled,
        )
        try:
            metered: MeteredReply = yield from stream
        except EndpointError as error:
            too_long = error.status == 400 and _OVERFLOW.search(str(error))
            kind = ContextOverflowError if too_long else EngineError
            raise kind(str(error), usage=error.usage) from None
        reply = metered.reply
        return Completion(
            text=_with_thought(reply),
            usage=metered.usage,
            calls=tuple(RawCall(name, arguments) for name, arguments in reply.calls),
            truncated=reply.truncated,
            drawn=reply.drawn,
        )

    def close(self) -> None:
        """Each call has a connection of its own: nothing is held."""

    def count_tokens(self, text: str) -> int:
        """An estimate: the server's vocabulary is not known here."""
        return -(-len(text) // _CHARS_PER_TOKEN)


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


def _calls(completion: Completion) -> bool:
    return bool(completion.calls) or "<tool_call>" in completion.text


def _last_resort(functions: tuple[JsonObject, ...]) -> str:
    """What to call where a server cannot be made to choose: it should end the run."""
    names = [str(function["name"]) for function in functions]
    return "answer" if "answer" in names else names[0]


def _with_thought(reply: EndpointReply) -> str:
    return f"<think>{reply.thought}</think>{reply.text}" if reply.thought else reply.text


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
