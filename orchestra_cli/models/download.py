"""One file over HTTP that goes on where an earlier process was cut off.

`part` always holds a prefix of what the server sent, so a `Range` request continues it; a server
that knows no ranges sends the whole again. What the bytes are worth is for the caller to verify.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from orchestra_cli.errors import ModelError

_TIMEOUT_S = 20.0
_MAX_IDLE_ATTEMPTS = 3
_PAUSE_S = 0.5


class NotServedError(Exception):
    """This address gives us nothing: refused, out of reach, or another file's size."""


def download(
    address: str,
    part: Path,
    *,
    size_bytes: int,
    report: Callable[[int], None],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Append to `part` until it has `size_bytes`; a broken connection is taken up again.

    An Authorization among the `headers` goes to the address's own host alone.
    """
    first = held_bytes(part)
    idle_attempts = 0
    with _open_client(headers or {}) as client:
        while (held := held_bytes(part)) < size_bytes:
            try:
                _append(client, address, part, size_bytes=size_bytes, report=report)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                idle_attempts = 0 if held_bytes(part) > held else idle_attempts + 1
                if idle_attempts == _MAX_IDLE_ATTEMPTS:
                    raise _stopped(part, error, first=first, size_bytes=size_bytes) from error
                time.sleep(_PAUSE_S)


def held_bytes(part: Path) -> int:
    """How much of the file is here."""
    return part.stat().st_size if part.exists() else 0


def _append(
    client: httpx.Client,
    address: str,
    part: Path,
    *,
    size_bytes: int,
    report: Callable[[int], None],
) -> None:
    held = held_bytes(part)
    headers = {"Accept-Encoding": "identity"}
    if held:
        headers["Range"] = f"bytes={held}-"
    with client.stream("GET", address, headers=headers) as reply:
        start = _first_byte(reply, held, size_bytes)
        with part.open("ab" if start else "wb") as file:
            report(start)
            for chunk in reply.iter_raw():
                file.write(chunk)
                report(file.tell())


def _first_byte(reply: httpx.Response, held: int, size_bytes: int) -> int:
    """Where in the file this reply begins."""
    headers = reply.headers
    whole_range = f"bytes {held}-{size_bytes - 1}/{size_bytes}"
    if reply.status_code == httpx.codes.PARTIAL_CONTENT and (
        headers.get("Content-Range") == whole_range
    ):
        return held
    if reply.status_code == httpx.codes.OK and headers.get("Content-Length") == str(size_bytes):
        return 0
    raise NotServedError(f"status {reply.status_code}, not a file of {size_bytes} bytes")


def _stopped(part: Path, error: Exception, *, first: int, size_bytes: int) -> Exception:
    held = held_bytes(part)
    reason = str(error) or type(error).__name__
    if held <= first:
        return NotServedError(reason)
    return ModelError(
        f"{part.name}: the connection broke at {held / 1e6:.1f} of {size_bytes / 1e6:.1f} MB "
        f"({reason}): run the same command again, it goes on from there"
    )


def _open_client(headers: Mapping[str, str]) -> httpx.Client:
    try:
        return httpx.Client(
            verify=_certificates(), follow_redirects=True, timeout=_TIMEOUT_S, headers=headers
        )
    except OSError as error:
        raise NotServedError(f"certificates: {error}") from error


def _certificates() -> ssl.SSLContext | bool:
    """The certificates that pip is told to trust; httpx itself heeds SSL_CERT_FILE."""
    for variable in ("PIP_CERT", "REQUESTS_CA_BUNDLE"):
        if bundle := os.environ.get(variable):
            if Path(bundle).is_dir():
                return ssl.create_default_context(capath=bundle)
            return ssl.create_default_context(cafile=bundle)
    return True
