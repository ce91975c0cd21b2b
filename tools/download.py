"""One request over HTTP to a server that may do anything, and what it sent.

The invariant: `fetch` ends within `timeout_s` and holds no more than `_MAX_BYTES` of the answer.
httpx limits each read and not their sum, reads the whole body of a redirect, and unpacks without a
limit, so `fetch` keeps its own clock, follows redirects itself and unpacks with a bound.
"""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tools.base import ToolError
from tools.clean_text import clean_text

USER_AGENT = "Mozilla/5.0 (compatible; orchestra-cli)"

_MAX_BYTES = 5_000_000
_CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent."""

    url: str
    mime: str
    charset: str | None
    body: bytes
    complete: bool
    """False where reading stopped at the limit."""


def fetch(
    client: httpx.Client,
    request: httpx.Request,
    *,
    timeout_s: float,
    check: Callable[[httpx.Response], None],
    max_redirects: int = 0,
) -> Fetched:
    """Send it and read at most `_MAX_BYTES`; `check` sees the response before its body is read."""
    if timeout_s <= 0:
        raise ToolError("no time is left for this call")
    host = clean_text(request.url.host)
    with _Cutoff(timeout_s) as cutoff:
        try:
            with closing(_send(client, request, cutoff, max_redirects)) as response:
                check(response)
                body, complete = _read_body(response)
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            if not cutoff.is_over:
                raise ToolError(_explain(error, host)) from error
        if cutoff.is_over:
            raise ToolError(f"{host} took longer than {timeout_s:.1f} s")
    return Fetched(str(response.url), mime_of(response), response.charset_encoding, body, complete)


class _Cutoff:
    """A clock that shuts the connections of a download when its time is up."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> _Cutoff:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        for connection in self._sockets:
            connection.close()

    @property
    def left_s(self) -> float:
        """Never 0: a socket takes that for "do not wait", not for "too late"."""
        return max(0.001, self._deadline - time.monotonic())

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """httpx's `trace` extension: take note of every connection that is made."""
        if event.endswith("connect_tcp.complete"):
            # A duplicate stays valid when TLS takes the original over.
            self._sockets.append(info["return_value"].get_extra_info("socket").dup())
            if self.is_over:
                self._shut()

    def _shut(self) -> None:
        for connection in list(self._sockets):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _send(
    client: httpx.Client, request: httpx.Request, cutoff: _Cutoff, max_redirects: int
) -> httpx.Response:
    """The response at the end of the redirects, unread; with `max_redirects` 0, the first."""
    for _ in range(max_redirects + 1):
        left_s = cutoff.left_s
        timeout = httpx.Timeout(left_s, connect=min(left_s, _CONNECT_TIMEOUT_S))
        request.extensions = {"trace": cutoff.watch, "timeout": timeout.as_dict()}
        response = client.send(request, stream=True)
        if response.next_request is None or max_redirects == 0:
            return response
        response.close()
        request = response.next_request
    raise ToolError(f"more than {max_redirects} redirects")


def _read_body(response: httpx.Response) -> tuple[bytes, bool]:
    """The unpacked body up to the limit, and whether that is all of it."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise ToolError("the page is packed in a way that is not supported")
    # 32 + 15: gzip and zlib headers are both understood.
    inflate = zlib.decompressobj(47) if encoding not in ("identity", "") else None
    body = bytearray()
    received_bytes = 0
    for chunk in response.iter_raw():
        received_bytes += len(chunk)
        room = _MAX_BYTES + 1 - len(body)
        body += chunk[:room] if inflate is None else inflate.decompress(chunk, room)
        if max(len(body), received_bytes) > _MAX_BYTES:
            return bytes(body[:_MAX_BYTES]), False
    return bytes(body), True


def _explain(error: Exception, host: str) -> str:
    if isinstance(error, httpx.ConnectError) and "SSL" in str(error):
        return f"{host} cannot be reached safely: its certificate or encryption is not accepted"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return f"no network: cannot connect to {host}"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} does not answer"
    return f"{host} broke off or sent a broken answer"


def mime_of(response: httpx.Response) -> str:
    """Its content type in lower case, without parameters; empty where it names none."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()
