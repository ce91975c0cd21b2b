"""Files for the search index, and the names of those that a search found."""

from collections.abc import Iterable
from pathlib import Path

from tools.index import Hit


def write(path: Path, content: str | bytes) -> Path:
    """Write a file, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def names(hits: Iterable[Hit]) -> list[str]:
    """The names of the files that were found, best first."""
    return [hit.path.name for hit in hits]
