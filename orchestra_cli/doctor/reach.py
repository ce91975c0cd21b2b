"""Whether an OpenAI-compatible endpoint answers: one GET of its list of models, which is free.

No word that a server says is passed on: only its status and our own words for it. The key goes into
the request's header and nowhere else.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

TIMEOUT_S = 5.0
_GRACE_S = 0.5
_MAX_BODY_BYTES = 4 << 20
_KEY_HEADERS = {"api.anthropic.com": ("x-api-key", {"anthropic-version": "2023-06-01"})}
"""Lists its models to this header only, while it takes chats with the usual one."""

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked."""

    base_url: str
    model: str
    key: str = ""
    is_loopback: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How it answered: `error` is empty where it did."""

    status: int | None = None
    connect_s: float | None = None
    answer_s: float | None = None
    lists_model: bool | None = None
    """None where it gave no list that could be read."""
    error: str = ""
    is_tls: bool = False


def reach_all(targets: Sequence[Target], *, timeout_s: float = TIMEOUT_S) -> list[Answer]:
    """All at the same time; none takes longer than that, not even a name that does not resolve."""
    silent = Answer(error=f"no answer in {timeout_s:g} s")
    answers = _at_once(
        lambda t: reach(t, timeout_s=timeout_s), targets, limit_s=timeout_s + _GRACE_S
    )
    return [answer or silent for answer in answers]


def reach(target: Target, *, timeout_s: float = TIMEOUT_S) -> Answer:
    """Ask once. Raises nothing: what goes wrong is the answer."""
    started = time.monotonic()
    connecting = _Connecting()
    try:
        with (
            httpx.Client(timeout=timeout_s, trust_env=not target.is_loopback) as client,
            client.stream(
                "GET",
                _models_url(target.base_url),
                headers=_headers(target),
                extensions={"trace": connecting},
            ) as response,
        ):
            answer_s = time.monotonic() - started
            body = _read(response, deadline=started + timeout_s)
            lists = _lists_model(body, target.model) if response.is_success else None
            return Answer(response.status_code, connecting.seconds, answer_s, lists)
    except httpx.TimeoutException:
        return Answer(error=f"no answer in {timeout_s:g} s")
    except httpx.ConnectError as error:  # words of the operating system or of the TLS library
        words = str(error) or "no connection"
        return Answer(error=words, is_tls="CERTIFICATE" in words or "SSL" in words)
    except Exception as error:  # the message of a protocol error quotes the server
        return Answer(error=f"its reply could not be read ({type(error).__name__})")


class _Connecting:
    """Times the connection alone, TLS included: httpx's trace hook."""

    def __init__(self) -> None:
        self._started: float | None = None
        self.seconds: float | None = None

    def __call__(self, event: str, _info: object) -> None:
        if event.endswith("connect_tcp.started"):
            self._started = time.monotonic()
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")) and self._started:
            self.seconds = time.monotonic() - self._started


def _models_url(base_url: str) -> httpx.URL:
    url = httpx.URL(base_url)
    return url.copy_with(path=url.path.rstrip("/") + "/models")


def _headers(target: Target) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if not target.key:
        return headers
    header, more = _KEY_HEADERS.get(httpx.URL(target.base_url).host, ("", {}))
    if header:
        return headers | {header: target.key} | more
    return headers | {"Authorization": f"Bearer {target.key}"}


def _read(response: httpx.Response, *, deadline: float) -> bytes:
    """The body, as far as time and size allow; a part of it is no JSON and so no list."""
    body = b""
    with suppress(httpx.HTTPError):
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MAX_BODY_BYTES or time.monotonic() > deadline:
                break
    return body


def _lists_model(body: bytes, model: str) -> bool | None:
    try:
        models: Any = json.loads(body)["data"]
        names = [str(each["id"]) for each in models]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    # Google writes models/NAME, Ollama NAME:latest.
    return any(model in (name, name.rpartition("/")[2], name.partition(":")[0]) for name in names)


def _at_once(
    function: Callable[[_T], _R], arguments: Sequence[_T], *, limit_s: float
) -> list[_R | None]:
    """In daemon threads: one that hangs in the resolver must not hold up the end of the process."""
    results: list[_R | None] = [None] * len(arguments)

    def work(index: int) -> None:
        results[index] = function(arguments[index])

    threads = [
        threading.Thread(target=work, args=(index,), daemon=True) for index in range(len(arguments))
    ]
    deadline = time.monotonic() + limit_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(results)
