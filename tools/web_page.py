"""The `web_page` tool: one page of the web, as text.

The invariant: whatever the server sends, the document is text of a bounded length, and extraction
takes seconds at most. How a page comes here within its limits is `tools.download`'s to say, which
addresses may be reached `tools.public_addresses`'s; both are loaded when a page is first read.
"""

from __future__ import annotations

import codecs
import html
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from tools.base import CallContext, JsonObject, Observation, ToolError
from tools.clean_text import clean_text

if TYPE_CHECKING:
    import httpx

    from tools.download import Fetched

_MAX_REDIRECTS = 5
_MAX_CHARS = 20_000
# Extraction of a hostile page this long takes some 5 s, and nobody can interrupt it.
_MAX_HTML_CHARS = 500_000
_TEXT_TYPES = ("application/json", "application/xml", "application/yaml", "application/x-ndjson")
# Text encodings only: Python's `punycode` takes quadratic time, others are no text at all.
_CHARSETS = ("utf", "iso", "cp", "koi8", "gb", "big5", "euc", "shift", "mac", "ascii", "tis")


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
        import httpx

        from tools.download import fetch
        from tools.public_addresses import GuardedTransport

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


def _page_request(url: str) -> httpx.Request:
    import httpx

    from tools.download import USER_AGENT

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
    import httpx

    from tools.download import mime_of

    status = response.status_code
    if not response.is_success:
        reason = httpx.codes.get_reason_phrase(status)
        raise ToolError(f"{response.url.host} answered HTTP {status} {reason}".rstrip())
    mime = mime_of(response)
    if mime and not (_is_html(mime) or _is_text(mime)):
        raise ToolError(_unsupported(mime))


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
        notes.append(f"only the first {len(page.body) // 1_000_000} MB of the page were read")
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
