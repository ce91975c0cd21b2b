"""The `web_page` tool: one page of the web, as text.

The invariant: whatever the server does, a call ends within `timeout_s` and holds no more than
`_MAX_BYTES` of what it sent. httpx limits each read and not their sum, reads the whole body of a
redirect, and unpacks without a limit, so `fetch` keeps its own clock, follows redirects itself and
unpacks with a bound. Which addresses may be reached is `tools.public_addresses`'s to say.
"""

from __future__ import annotations

import codecs
import html
import re
import socket
import threading
import time
import unicodedata
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tools.base import CallContext, JsonObject, Observation, ToolError
from tools.public_addresses import GuardedTransport

USER_AGENT = "Mozilla/5.0 (compatible; orchestra-cli)"

_MAX_REDIRECTS = 5
_MAX_BYTES = 5_000_000
_MAX_CHARS = 20_000
# Extraction of a hostile page this long takes some 5 s, and nobody can interrupt it.
_MAX_HTML_CHARS = 500_000
_CONNECT_TIMEOUT_S = 5.0
_TEXT_TYPES = ("application/json", "application/xml", "application/yaml", "application/x-ndjson")
# Text encodings only: Python's `punycode` takes quadratic time, others are no text at all.
_CHARSETS = ("utf", "iso", "cp", "koi8", "gb", "big5", "euc", "shift", "mac", "ascii", "tis")
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent."""

    url: str
    mime: str
    charset: str | None
    body: bytes
    complete: bool
    """False where reading stopped at the limit."""


class WebPageTool:
    """Reads a page of the public web: the main content of HTML, or text and JSON as they are."""

    name = "web_page"
    description = (
        "Read a web page: returns the title and main text of the page at a URL (HTML, text or "
        "JSON; no PDF)."
    )
    parameters: JsonObject = {
        "type": "object",
        "properties": {
            "url": {
                "type": "string",
                "description": "Full URL, with http:// or https://",
                "minLength": 1,
                "maxLength": 4000,
            }
        },
        "required": ["url"],
        "additionalProperties": False,
    }

    def __init__(self, *, timeout_s: float = 15.0, allow_private: bool = False) -> None:
        """`allow_private` opens the local network too: a user's own choice, never a model's."""
        self.timeout_s = timeout_s
        self.allow_private = allow_private

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Always: the URL itself may carry what the policy knows."""
        return True

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Fetch, extract, cut."""
        transport = GuardedTransport(allow_private=self.allow_private)
        with httpx.Client(transport=transport, trust_env=False) as client:
            page = fetch(
                client,
                _page_request(arguments["url"].strip()),
                timeout_s=min(self.timeout_s, context.remaining_s),
                check=_check_page,
                max_redirects=_MAX_REDIRECTS,
            )
        document = _render_page(page)
        return Observation(text=document, documents=(document,))


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
    return Fetched(str(response.url), _mime(response), response.charset_encoding, body, complete)


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


def _page_request(url: str) -> httpx.Request:
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "text/html, text/plain, application/json, */*;q=0.5",
        "Accept-Encoding": "gzip",
    }
    try:
        return httpx.Request("GET", url, headers=headers)
    except httpx.InvalidURL as error:
        raise ToolError("this is not a valid URL") from error


def _check_page(response: httpx.Response) -> None:
    status = response.status_code
    if not response.is_success:
        reason = httpx.codes.get_reason_phrase(status)
        raise ToolError(f"{response.url.host} answered HTTP {status} {reason}".rstrip())
    mime = _mime(response)
    if mime and not (_is_html(mime) or _is_text(mime)):
        raise ToolError(_unsupported(mime))


def _mime(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _unsupported(mime: str) -> str:
    return f"the type {clean_text(mime)[:80]} is not supported: only HTML, text and JSON are"


def _is_html(mime: str) -> bool:
    return mime in ("text/html", "application/xhtml+xml")


def _is_text(mime: str) -> bool:
    return mime.startswith("text/") or mime.endswith(("+json", "+xml")) or mime in _TEXT_TYPES


def _render_page(page: Fetched) -> str:
    """Title, final URL and text as one document."""
    source = _decode(page)
    title, notes = "", []
    if _is_html(page.mime) or (not page.mime and "<html" in source[:2000].lower()):
        title, text, note = _extract(source, page.url)
        notes += [note] if note else []
    else:
        text = source.strip()
    if not text:
        raise ToolError(f"the page {page.url} has no text (it may be empty or need JavaScript)")
    if not page.complete:
        notes.append(f"only the first {_MAX_BYTES // 1_000_000} MB of the page were read")
    if len(text) > _MAX_CHARS:
        notes.append(f"cut after {_MAX_CHARS} of {len(text)} characters")
    head = [f"# {title}"] if title else []
    body = ["", clean_text(text[:_MAX_CHARS]), *(f"\n[{note}]" for note in notes)]
    return "\n".join([*head, f"URL: {page.url}", *body])


def _decode(page: Fetched) -> str:
    """By the header, else the page's own word, else UTF-8, else what browsers assume."""
    body = page.body
    if body.startswith(b"%PDF-"):
        raise ToolError(_unsupported("application/pdf"))
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    meta = re.search(rb"<(?:meta|\?xml)[^<>]*?(?:charset|encoding)=[\"']?([\w-]+)", body[:4000])
    charset = page.charset or (meta.group(1).decode("ascii", "replace") if meta else None)
    if charset and _is_charset(charset):
        text = body.decode(charset, errors="replace")
    else:
        try:
            # Incremental, because the limit may have cut a character in two.
            text = codecs.getincrementaldecoder("utf-8")().decode(body)
        except UnicodeDecodeError:
            text = body.decode("cp1252", errors="replace")
    if "\0" in text[:4000]:
        raise ToolError(_unsupported("application/octet-stream"))
    return text.removeprefix("\ufeff")


def _is_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name.startswith(_CHARSETS)
    except (LookupError, ValueError):
        return False


def _extract(source: str, url: str) -> tuple[str, str, str | None]:
    """Title, main text as Markdown, and a note where it is not the main text alone."""
    import trafilatura

    found = re.search(r"<title[^<>]*>([^<]*)", source, re.IGNORECASE)
    title = " ".join(clean_text(html.unescape(found.group(1))).split())[:300] if found else ""
    if len(source) > _MAX_HTML_CHARS:
        source = _drop_scripts(source)[:_MAX_HTML_CHARS]
    # The page is anybody's, so the parser may stumble in ways that nobody foresaw.
    with suppress(Exception):
        text = trafilatura.extract(
            source, url=url, output_format="markdown", include_comments=False
        )
        if text:
            return title, text, None
    with suppress(Exception):
        # Wrapped, because a bare fragment is not taken for a page.
        text = trafilatura.html2txt(f"<html><body><div>{source}</div></body></html>")
        return title, text.strip(), "no main text was found: this is all text of the page"
    return title, "", None


def _drop_scripts(source: str) -> str:
    """Without scripts and styles, in linear time also where none is ever closed."""
    first, *rest = re.split(r"<(/?)(?:script|style)\b", source, flags=re.IGNORECASE)
    closed = (text for slash, text in zip(rest[::2], rest[1::2], strict=True) if slash)
    return first + "".join(text.partition(">")[2] for text in closed)


def clean_text(text: str) -> str:
    """Without what does not show: control and direction characters, lone surrogates."""
    return "".join(
        char
        for char in text.replace("\r\n", "\n")
        if char in "\n\t" or char in _JOINERS or unicodedata.category(char)[0] != "C"
    )
