"""What goes to a web search service and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field


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
class SearchQuery:
    """One search, and where to send it."""

    text: str
    max_results: int
    timeout_s: float
    base_url: str
    api_key: str = field(repr=False)
