"""The `web_search` tool: titles, URLs and snippets from one of four search services.

A backend is a function from a query to results; it raises `ToolError` with one plain sentence. The
invariant: the API key goes into one request header and nowhere else. No representation, observation
or message holds it, and no redirect is followed that could carry it elsewhere.
"""

from __future__ import annotations

import functools
import html
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tools.base import CallContext, JsonObject, Observation, ToolError
from tools.web_page import USER_AGENT, clean_text, fetch

_DEFAULT_RESULTS = 5
_MAX_TITLE_CHARS = 200
_MAX_SNIPPET_CHARS = 500
_MAX_URL_CHARS = 2000
_DUCKDUCKGO_TIMEOUT_S = 5.0
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One hit, cleaned and cut."""

    title: str
    url: str
    snippet: str

    @property
    def document(self) -> str:
        """What the run's buffer of documents keeps."""
        return "\n".join(part for part in (self.title, self.url, self.snippet) if part)


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    max_results: int
    timeout_s: float
    base_url: str
    api_key: str = field(repr=False)


class WebSearchTool:
    """Searches the web through the backend that the user chose."""

    name = "web_search"
    description = "Search the web: returns titles, URLs and snippets of the best matching pages."
    parameters: JsonObject = {
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "description": "What to search for",
                "minLength": 1,
                "maxLength": 400,
            },
            "max_results": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10,
                "default": _DEFAULT_RESULTS,
            },
        },
        "required": ["query"],
        "additionalProperties": False,
    }

    def __init__(
        self,
        *,
        backend: str = "duckduckgo",
        api_key: str | None = None,
        base_url: str | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Raises ValueError, in one sentence without the key, where the settings cannot work."""
        self.backend = backend
        self.timeout_s = timeout_s
        self._api_key = (api_key or "").strip()
        self._base_url = (base_url or _API_URLS.get(backend, "")).rstrip("/")
        _check_settings(backend, self._api_key, self._base_url)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Always: the query goes to the search service."""
        return True

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Search once."""
        query = _Query(
            text=clean_text(arguments["query"]).strip(),
            max_results=arguments.get("max_results", _DEFAULT_RESULTS),
            timeout_s=min(self.timeout_s, context.remaining_s),
            base_url=self._base_url,
            api_key=self._api_key,
        )
        if not query.text:
            raise ToolError("the query is empty")
        results = BACKENDS[self.backend](query)[: query.max_results]
        if not results:
            raise ToolError("no results: try other words")
        text = "\n".join(
            f"{number}. " + result.document.replace("\n", "\n   ")
            for number, result in enumerate(results, start=1)
        )
        return Observation(text=text, documents=tuple(result.document for result in results))


def _check_settings(backend: str, api_key: str, base_url: str) -> None:
    if backend not in BACKENDS:
        raise ValueError(f"web_search has no backend {backend!r}: choose {', '.join(BACKENDS)}")
    if backend in _KEYED and not api_key:
        raise ValueError(f"web_search with {backend} needs an API key")
    if not (api_key.isascii() and api_key.isprintable()):
        raise ValueError(f"the API key of {backend} holds characters that no key has")
    if backend == "duckduckgo":
        if base_url:
            raise ValueError("web_search with duckduckgo takes no base_url")
        return
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise ValueError(
            f"web_search with {backend} needs a base_url such as https://search.example.org, "
            "without user name or password"
        )


def _duckduckgo(query: _Query) -> list[SearchResult]:
    from ddgs import DDGS
    from ddgs.exceptions import DDGSException

    # ddgs takes whole seconds, and 0 for "no limit".
    timeout_s = max(1, math.ceil(min(query.timeout_s, _DUCKDUCKGO_TIMEOUT_S)))
    try:
        items = DDGS(timeout=timeout_s).text(
            query.text, backend="duckduckgo", max_results=query.max_results
        )
    except DDGSException as error:
        raise ToolError(_explain_duckduckgo(str(error).lower())) from error
    return _results("DuckDuckGo", items, url="href", snippet="body")


def _explain_duckduckgo(message: str) -> str:
    """ddgs tells failures apart in its messages only."""
    if "dns" in message or "connecterror" in message:
        return "no network: cannot connect to DuckDuckGo"
    if "timed out" in message or "timeout" in message:
        return "DuckDuckGo does not answer"
    if "no results" in message:
        return "no results: try other words (or DuckDuckGo refuses automatic searches for now)"
    return "the search at DuckDuckGo failed"


def _tavily(query: _Query) -> list[SearchResult]:
    request = httpx.Request(
        "POST",
        f"{query.base_url}/search",
        json={"query": query.text, "max_results": query.max_results},
        headers={**_HEADERS, "Authorization": f"Bearer {query.api_key}"},
    )
    answer = _ask("Tavily", request, query.timeout_s)
    return _results("Tavily", answer.get("results"), url="url", snippet="content")


def _brave(query: _Query) -> list[SearchResult]:
    request = httpx.Request(
        "GET",
        f"{query.base_url}/res/v1/web/search",
        params={"q": query.text, "count": query.max_results},
        headers={**_HEADERS, "X-Subscription-Token": query.api_key},
    )
    answer = _ask("Brave", request, query.timeout_s)
    # Brave leaves `web` out where nothing was found.
    web = answer.get("web", {"results": []} if answer.get("type") == "search" else None)
    items = web.get("results") if isinstance(web, dict) else None
    return _results("Brave", items, url="url", snippet="description")


def _searxng(query: _Query) -> list[SearchResult]:
    request = httpx.Request(
        "GET",
        f"{query.base_url}/search",
        params={"q": query.text, "format": "json"},
        headers=_HEADERS,
    )
    answer = _ask("SearXNG", request, query.timeout_s)
    return _results("SearXNG", answer.get("results"), url="url", snippet="content")


BACKENDS: dict[str, Callable[[_Query], list[SearchResult]]] = {
    "duckduckgo": _duckduckgo,
    "tavily": _tavily,
    "brave": _brave,
    "searxng": _searxng,
}
_API_URLS = {"tavily": "https://api.tavily.com", "brave": "https://api.search.brave.com"}
_KEYED = frozenset(_API_URLS)


def _ask(service: str, request: httpx.Request, timeout_s: float) -> dict[str, Any]:
    """The JSON object that the service answers with."""
    check = functools.partial(_check_answer, service)
    with httpx.Client() as client:
        fetched = fetch(client, request, timeout_s=timeout_s, check=check)
    try:
        answer = json.loads(fetched.body)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"{service} sent an answer that is not JSON") from error
    if not isinstance(answer, dict):
        raise ToolError(_unknown_format(service))
    return answer


def _check_answer(service: str, response: httpx.Response) -> None:
    status = response.status_code
    if response.is_success:
        return
    if status == 403 and service == "SearXNG":
        raise ToolError("SearXNG refused (HTTP 403): its settings must allow the format json")
    # Brave answers 422 to a key that it does not know.
    if status in (401, 403, 422):
        raise ToolError(f"{service} refused the request (HTTP {status}): check the API key")
    if status in (402, 429, 432, 433):
        raise ToolError(f"{service} allows no more searches for now (HTTP {status})")
    if status >= 500:
        raise ToolError(f"{service} is out of order (HTTP {status})")
    raise ToolError(f"{service} answered HTTP {status}: check its base_url")


def _unknown_format(service: str) -> str:
    return f"{service} sent an answer in a form that is not known: its API may have changed"


def _results(service: str, items: object, *, url: str, snippet: str) -> list[SearchResult]:
    """Hits from JSON objects; one without a URL is no hit, and none with a URL is no known form."""
    if not isinstance(items, list):
        raise ToolError(_unknown_format(service))
    results = [
        SearchResult(
            title=_clean(item.get("title"), _MAX_TITLE_CHARS),
            url=clean_text(item[url]).strip()[:_MAX_URL_CHARS],
            snippet=_clean(item.get(snippet), _MAX_SNIPPET_CHARS),
        )
        for item in items
        if isinstance(item, dict) and isinstance(item.get(url), str) and item[url].strip()
    ]
    if items and not results:
        raise ToolError(_unknown_format(service))
    return results


def _clean(value: object, max_chars: int) -> str:
    """One line of plain text."""
    if not isinstance(value, str):
        return ""
    # Cut first: a service may send megabytes, and most of a snippet may be tags.
    plain = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", value[: 20 * max_chars]))
    line = " ".join(clean_text(plain).split())
    return line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"
