"""A client of any OpenAI-compatible /chat/completions: vLLM, llama-server, Ollama, OpenAI.

A request is one connection and ends with one of two things: an `EndpointReply`, or an
`EndpointError` of one line. A watch shuts the connection down at the deadline, on a cancel and when
the server falls silent, so that no call outlives what its caller allows and the server sees that it
can stop. The API key goes into the Authorization header and into no message, repr or log of ours.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import re
import ssl
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

from tools.base import JsonObject
from tools.endpoint_errors import (
    EndpointError,
    Failure,
    failure_of_status,
    is_maybe_billed,
    parse_retry_after,
)
from tools.endpoint_reply import EndpointReply, ReplyInParts, error_words
from tools.endpoint_watch import Watch

__all__ = ["Endpoint", "EndpointError", "EndpointReply"]

_CONNECT_TIMEOUT_S = 10.0
_MAX_ERROR_BYTES = 64 * 1024
_MAX_ERROR_CHARS = 300

_NEGOTIABLE = {
    "max_tokens": r"use\W{1,3}max_completion_tokens",
    "tool_choice": r"tool.choice",
    "top_logprobs": "top_logprobs",
    "logprobs": "logprobs",
    **{key: key for key in ("temperature", "top_p", "top_k", "min_p", "seed", "stream_options")},
}
"""Parameters that some servers refuse, and how a refusal names them."""


class Endpoint:
    """One model behind one address."""

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        api_key_env: str | None = None,
        stall_timeout_s: float = 60.0,
    ) -> None:
        self.model = model
        url = _completions_url(base_url)
        self._url = url.copy_with(username=None, password=None)  # httpx logs the whole address
        self._login = (url.username, url.password) if url.userinfo else None
        port = self._url.port or {"http": 80, "https": 443}[self._url.scheme]
        self.address = f"{self._url.host}:{port}"
        self._key = (api_key or "").strip()
        self._secrets = [secret for secret in (self._key, url.password) if secret]
        self._key_name = f"the API key in ${api_key_env}" if api_key_env else "the API key"
        self._stall_timeout_s = stall_timeout_s
        self._refused: frozenset[str] = frozenset()
        if not (self._key.isascii() and self._key.isprintable()):
            raise EndpointError(f"{self._key_name} holds characters that no HTTP header can carry")

    def __repr__(self) -> str:
        return f"Endpoint({self.address}, model={self.model!r})"

    def refuses(self, parameter: str) -> bool:
        """Whether the server has turned this parameter down."""
        return parameter in self._refused

    @property
    def is_loopback(self) -> bool:
        """Whether the address is this machine itself."""
        host = self._url.host.rstrip(".")
        if host == "localhost" or host.endswith(".localhost"):
            return True
        with suppress(ValueError):
            return ipaddress.ip_address(host).is_loopback
        return False

    def stream(
        self,
        messages: Sequence[JsonObject],
        *,
        max_tokens: int,
        functions: Sequence[JsonObject] = (),
        tool_choice: str | JsonObject | None = None,
        sampling: Mapping[str, Any] | None = None,
        deadline: float = float("inf"),
        cancelled: threading.Event | None = None,
    ) -> Generator[str, None, EndpointReply]:
        """Yield the reply as it comes, its thought in `<think>` tags, and return it whole.

        At the deadline and on a cancel the reply is what has come so far, marked `truncated`.
        A parameter that the server refuses is left out from then on.
        """
        body: JsonObject = {
            "model": self.model,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            **(sampling or {}),
        }
        if functions:
            body["tools"] = [{"type": "function", "function": each} for each in functions]
            body |= {"tool_choice": tool_choice} if tool_choice else {}
        refused = self._refused
        while True:
            watch = Watch(deadline, cancelled or threading.Event(), self._stall_timeout_s)
            try:
                reply = yield from self._exchange(_without(refused, body), watch, max_tokens)
            except EndpointError as error:
                key = _refused_parameter(error, body.keys() - refused)
                if key is None:
                    raise
                refused |= {key}
            else:
                self._refused = refused
                return reply

    def _exchange(
        self, body: JsonObject, watch: Watch, max_tokens: int
    ) -> Generator[str, None, EndpointReply]:
        if watch.reason() is not None:
            return EndpointReply("", truncated=True)
        asked = json.dumps([body["messages"], body.get("tools", ())], ensure_ascii=False)
        reply = ReplyInParts(prompt_chars=len(asked), max_tokens=max_tokens)
        failure: httpx.HTTPError | None = None
        try:
            yield from self._receive(body, reply, watch)
            if watch.reason() is None:
                yield from reply.last_line()
        except httpx.HTTPError as error:
            failure = error
        yield from reply.close_thought()
        if reply.error is not None:
            raise self._error(
                f"{self.address}: {reply.error}",
                _failure_in_stream(reply),
                reply=reply,
                status=reply.error_status,
            )
        if reply.finished:
            return reply.whole()
        match watch.reason():
            case "cancelled" | "deadline":
                return reply.whole(truncated=True)
            case "stall":
                silent = f"{self.address} sent nothing for {watch.patience_s:g} s"
                raise self._error(silent, Failure.PASSING, reply=reply)
        if isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
            raise self._unreachable(failure)
        broken = f"{self.address} broke off before its reply was whole"
        raise self._error(broken, Failure.PASSING, reply=reply)

    def _receive(
        self, body: JsonObject, reply: ReplyInParts, watch: Watch
    ) -> Generator[str, None, None]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        timeout = httpx.Timeout(None, connect=min(_CONNECT_TIMEOUT_S, watch.remaining_s))
        with (
            watch,
            httpx.Client(
                timeout=timeout,
                trust_env=not self.is_loopback,
                verify=_tls_context(),
                auth=self._login,
            ) as client,
            client.stream(
                "POST",
                self._url,
                content=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
                headers=headers,
                extensions={"trace": watch.trace},
            ) as response,
        ):
            if not response.is_success:
                watch.wait()
                raise self._refusal(response)
            for chunk in response.iter_bytes():
                watch.rest()
                yield from reply.feed(chunk)
                if reply.complete or watch.reason() is not None:
                    return
                watch.wait()

    def _refusal(self, response: httpx.Response) -> EndpointError:
        body = b""
        with suppress(httpx.HTTPError):
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_ERROR_BYTES:
                    break
        status = response.status_code
        hint = ""
        if status in (401, 403):
            hint = f" ({'check' if self._key else 'set'} {self._key_name})"
        words = error_words(body) or response.reason_phrase
        return self._error(
            f"{self.address}: HTTP {status}{hint}: {words}",
            failure_of_status(status),
            status=status,
            maybe_billed=is_maybe_billed(status, words),
            retry_after_s=parse_retry_after(response.headers.get("Retry-After")),
        )

    def _unreachable(self, failure: httpx.HTTPError) -> EndpointError:
        """A certificate that does not hold will not hold in a second either."""
        kind = Failure.REFUSED if _is_tls(failure) else Failure.PASSING
        return self._error(f"cannot reach {self.address}: {failure or 'no answer'}", kind)

    def _error(
        self,
        message: str,
        failure: Failure,
        *,
        reply: ReplyInParts | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
        maybe_billed: bool = False,
    ) -> EndpointError:
        """`reply` is given where the server had taken the request: it may charge for it."""
        for secret in self._secrets:
            message = message.replace(secret, "***")
        return EndpointError(
            _one_line(message),
            failure=failure,
            status=status,
            partial=reply.whole(truncated=True) if reply else None,
            retry_after_s=retry_after_s,
            maybe_billed=maybe_billed,
        )


def _failure_in_stream(reply: ReplyInParts) -> Failure:
    """An error event without a status of HTTP is most often an overload."""
    if reply.error_status is not None:
        return failure_of_status(reply.error_status)
    return Failure.PASSING if reply.error_is_servers else Failure.MALFORMED


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _completions_url(base_url: str) -> httpx.URL:
    with suppress(httpx.InvalidURL):
        url = httpx.URL(base_url)
        if url.scheme in ("http", "https") and url.host:
            return url.copy_with(path=url.path.rstrip("/") + "/chat/completions")
    shown = re.sub(r"//[^/]*@", "//***@", base_url)
    raise EndpointError(_one_line(f"base_url {shown!r} is not an http:// or https:// address"))


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a local model's first token."""
    return httpx.create_ssl_context()


def _without(refused: frozenset[str], body: JsonObject) -> JsonObject:
    kept = {key: value for key, value in body.items() if key not in refused}
    if "max_tokens" in refused:
        kept["max_completion_tokens"] = body["max_tokens"]
    return kept


def _refused_parameter(error: EndpointError, offered: set[str]) -> str | None:
    """Which one to do without, where that is all the server objects to, and has cost nothing."""
    if error.status not in (400, 422) or error.maybe_billed:
        return None
    for key, pattern in _NEGOTIABLE.items():
        if key in offered and re.search(pattern, str(error), re.IGNORECASE):
            return key
    return None


def _one_line(text: str) -> str:
    """Without line ends and terminal controls, and cut."""
    start = text[: 10 * _MAX_ERROR_CHARS]
    printable = "".join(char if char.isprintable() else " " for char in start)
    line = " ".join(printable.split())
    return line if len(line) <= _MAX_ERROR_CHARS else f"{line[: _MAX_ERROR_CHARS - 1]}…"
