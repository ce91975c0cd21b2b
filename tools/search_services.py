"""The services that `web_search` can ask: one function each, from a query to results.

A function raises `ToolError` with one plain sentence. The invariant: the API key goes into one
request header and nowhere else; no redirect is followed that could carry it elsewhere. Only a
search loads this module, and httpx with it.
"""

from __future__ import annotations

import functools
import html
import json
import math
import re
from collections.abc import Callable
from typing import Any

import httpx

from tools.base import ToolError
from tools.clean_text import clean_text
from tools.download import USER_AGENT, fetch
from tools.search_query import SearchQuery, SearchResult

_MAX_TITLE_CHARS = 200
_MAX_SNIPPET_CHARS = 500
_MAX_URL_CHARS = 2000
_DUCKDUCKGO_TIMEOUT_S = 5.0
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}


def _duckduckgo(query: SearchQuery) -> list[SearchResult]:
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


def _tavily(query: SearchQuery) -> list[SearchResult]:
    request = httpx.Request(
        "POST",
        f"{query.base_url}/search",
        json={"query": query.text, "max_results": query.max_results},
        headers={**_HEADERS, "Authorization": f"Bearer {query.api_key}"},
    )
    answer = _ask("Tavily", request, query.timeout_s)
    return _results("Tavily", answer.get("results"), url="url", snippet="content")


def _brave(query: SearchQuery) -> list[SearchResult]:
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


def _searxng(query: SearchQuery) -> list[SearchResult]:
    request = httpx.Request(
        "GET",
        f"{query.base_url}/search",
        params={"q": query.text, "format": "json"},
        headers=_HEADERS,
    )
    answer = _ask("SearXNG", request, query.timeout_s)
    return _results("SearXNG", answer.get("results"), url="url", snippet="content")


SERVICES: dict[str, Callable[[SearchQuery], list[SearchResult]]] = {
    "duckduckgo": _duckduckgo,
    "tavily": _tavily,
    "brave": _brave,
    "searxng": _searxng,
}


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
