"""Files for the search index, and the names of those that a search found."""

from collections.abc import Iterable
from pathlib import Path

from tools.index import Hit


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def names(hits: Iterable[Hit]) -> list[str]:
    return [hit.path.name for hit in hits]
