"""The `web_search` tool: titles, URLs and snippets from one of four search services.

How each service is asked is `tools.search_services`'s to say, which is loaded at the first search.
The invariant: settings that cannot work are refused at once, and the API key shows nowhere: no
representation, observation or message holds it.
"""

from __future__ import annotations

import ipaddress
import re
import time
from urllib.parse import urlsplit

from tools.base import CallContext, JsonObject, Observation, ToolError, Usage
from tools.budget import BudgetError
from tools.clean_text import clean_text
from tools.search_query import SearchQuery, SearchResult

BACKENDS = ("duckduckgo", "tavily", "brave", "searxng")

_API_URLS = {"tavily": "https://api.tavily.com", "brave": "https://api.search.brave.com"}
_KEYED = frozenset(_API_URLS)

_DEFAULT_RESULTS = 5


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
        price_usd_per_call: float | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Raises ValueError, in one sentence without the key, where the settings cannot work.

        What a service with a key charges is unknown unless it is said; the others cost nothing.
        """
        self.backend = backend
        self.timeout_s = timeout_s
        self._api_key = (api_key or "").strip()
        self.price_usd = (
            0.0 if price_usd_per_call is None and backend not in _KEYED else (price_usd_per_call)
        )
        """Dollars a search; None where it is not known."""
        self._base_url = (base_url or _API_URLS.get(backend, "")).rstrip("/")
        _check_settings(backend, self._api_key, self._base_url)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Always: the query goes to the search service."""
        return True

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Search once; one that fails is billed as well, for the service may charge for it."""
        query = SearchQuery(
            text=clean_text(arguments["query"]).strip(),
            max_results=arguments.get("max_results", _DEFAULT_RESULTS),
            timeout_s=min(self.timeout_s, context.remaining_s),
            base_url=self._base_url,
            api_key=self._api_key,
        )
        if not query.text:
            raise ToolError("the query is empty")
        try:
            context.budget.reserve_usd(self.price_usd)
        except BudgetError as error:
            raise ToolError(f"{self.name}: {error}") from None
        began = time.monotonic()
        try:
            results = self._search(query)
        except ToolError as error:
            error.usage = (self._usage(began),)
            raise
        text = "\n".join(
            f"{number}. " + result.document.replace("\n", "\n   ")
            for number, result in enumerate(results, start=1)
        )
        documents = tuple(result.document for result in results)
        return Observation(text=text, documents=documents, usage=(self._usage(began),))

    def _search(self, query: SearchQuery) -> list[SearchResult]:
        from tools.search_services import SERVICES

        results = SERVICES[self.backend](query)[: query.max_results]
        if not results:
            raise ToolError("no results: try other words")
        return results

    def _usage(self, began: float) -> Usage:
        return Usage(self.name, cost_usd=self.price_usd, latency_s=time.monotonic() - began)


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
    if not _is_base_url(base_url):
        raise ValueError(
            f"web_search with {backend} needs a base_url such as https://search.example.org, "
            "without user name or password"
        )


def _is_base_url(url: str) -> bool:
    """Whether requests can go there; judged without httpx, which only a search should load."""
    if not url.isprintable() or url[:1].isspace():
        return False  # urlsplit would drop such characters
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if ":" in host or re.fullmatch(r"\d+(\.\d+){3}", host):
            ipaddress.ip_address(host)
        host.encode("idna")
        _ = parts.port  # raises ValueError, as do the lines above
    except ValueError:
        return False
    user, _, _ = parts.netloc.rpartition("@")
    return parts.scheme in ("http", "https") and host != "" and user == ""
