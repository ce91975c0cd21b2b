"""The local_search tool: the user's own files, found by their words. Nothing leaves the machine."""

from __future__ import annotations

from pathlib import Path

from tools.base import CallContext, JsonObject, Observation, ToolError
from tools.index import Hit, Index, IndexFileError

_DEFAULT_LIMIT = 5


class LocalSearchTool:
    """Searches the index that `orchestra index add` makes."""

    name = "local_search"
    description = (
        "Search the user's own files on this machine: notes, documents, source code."
        " Finds passages by their words, best match first, each with its file and line."
    )
    parameters: JsonObject = {
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "description": "Words that the passage should hold; the more telling, the better.",
            },
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 20,
                "default": _DEFAULT_LIMIT,
                "description": "How many passages to return.",
            },
        },
        "required": ["query"],
        "additionalProperties": False,
    }
    timeout_s = 30.0

    def __init__(self, index_path: Path) -> None:
        self._index = Index(index_path)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Never: the index is a file on this machine."""
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Search; to find nothing is an answer, not an error."""
        query = arguments["query"]
        try:
            if self._index.is_empty():
                return Observation(
                    "No files are indexed on this machine, so local search can find nothing."
                    " The user can index some with `orchestra index add PATH`."
                )
            hits = self._index.search(query, int(arguments.get("limit", _DEFAULT_LIMIT)))
        except IndexFileError as error:
            raise ToolError(str(error)) from error
        if not hits:
            return Observation(
                f"No indexed file matches {query!r}. The search is by words, not by meaning:"
                " try other words that the text may use."
            )
        documents = tuple(_render_hit(hit) for hit in hits)
        return Observation("\n\n".join(documents), documents=documents)


def _render_hit(hit: Hit) -> str:
    return f"{_short(hit.path)}:{hit.first_line}\n{hit.text}"


def _short(path: Path) -> Path:
    """From the current folder where the file is inside it: fewer words for model and reader."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
