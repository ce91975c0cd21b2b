"""The two tools of the web over a few pages that exist nowhere: nothing leaves the machine.

They have the real tools' names, words, parameters and forms of observation, so that a policy which
learns on them finds the same online. An address that is none of the pages' is answered as a missing
page is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestra_cli.training.environments.corpus import Corpus
from tools.base import CallContext, JsonObject, Observation, ToolError
from tools.index import Index
from tools.search_query import SearchQuery, SearchResult
from tools.web_page import WebPageTool
from tools.web_search import WebSearchTool

_SNIPPET_CHARS = 260
_MISSING = "HTTP 404 Not Found"
_HOST = re.compile(r"https?://([\w.-]+)(?:[/:?#]|$)")


def is_address(name: str) -> bool:
    """Whether a document of this name is a page, not a file."""
    return name.startswith(("https://", "http://"))


class Pages:
    """By address: a page's text, its first line the title."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages = dict(pages)
        self._addresses = {f"{at}.txt": address for at, address in enumerate(pages)}
        texts = (text.removeprefix("# ") for text in pages.values())
        self._corpus = Corpus(dict(zip(self._addresses, texts, strict=True)))
        self._index: Index | None = None

    def search(self, words: str, limit: int) -> list[SearchResult]:
        """The best pages, as a search service shows them."""
        if self._index is None:
            self._index = Index(self._corpus.index())
        found: dict[str, SearchResult] = {}
        for hit in self._index.search(words, limit):
            address = self._addresses[hit.path.name]
            found.setdefault(address, self._result(address))
        return list(found.values())

    def page(self, address: str) -> tuple[str, str]:
        """(title, text); raises KeyError where there is none."""
        title, _, text = self._pages[address].partition("\n")
        return title.removeprefix("# "), text.strip()

    def _result(self, address: str) -> SearchResult:
        title, text = self.page(address)
        snippet = " ".join(text.split())
        if len(snippet) > _SNIPPET_CHARS:
            snippet = snippet[:_SNIPPET_CHARS].rpartition(" ")[0] + " ..."
        return SearchResult(title, address, snippet)


class CorpusWebSearchTool(WebSearchTool):
    """The real tool; the service that it asks is the pages."""

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self._pages = pages

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Never, other than the real one."""
        return False

    def _search(self, query: SearchQuery) -> list[SearchResult]:
        results = self._pages.search(query.text, query.max_results)
        if not results:
            raise ToolError("no results: try other words")
        return results


class CorpusWebPageTool(WebPageTool):
    """The real tool's observations of the pages."""

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self._pages = pages

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Never, other than the real one."""
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """The page, if there is one."""
        address = arguments["url"].strip()
        host = _HOST.match(address)
        if host is None:
            raise ToolError("this is not a valid URL")
        try:
            title, text = self._pages.page(address)
        except KeyError:
            raise ToolError(f"{host[1]} answered {_MISSING}") from None
        document = f"# {title}\nURL: {address}\n\n{text}"
        return Observation(text=document, documents=(document,))
