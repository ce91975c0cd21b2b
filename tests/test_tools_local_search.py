"""The local_search tool over a real index."""

import threading
from pathlib import Path

import jsonschema
import pytest

from tools.base import CallContext, JsonObject, Observation, Tool, ToolError
from tools.index import Index
from tools.local_search import LocalSearchTool

CONTEXT = CallContext(question="where do penguins live?")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite3"


@pytest.fixture
def notes(tmp_path: Path, path: Path) -> Path:
    """A folder with eight notes, indexed."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.md").write_text(f"\n\n# Note {number}\n\npenguins on ice {number}\n")
    Index(path).add([folder])
    return folder


def run(path: Path, arguments: JsonObject) -> Observation:
    tool: Tool = LocalSearchTool(path)
    jsonschema.validate(arguments, tool.parameters)
    return tool.run(arguments, CONTEXT)


def test_lists_passages_with_file_and_line(path: Path, notes: Path) -> None:
    observation = run(path, {"query": "note 3 penguins"})
    first = f"{notes / '3.md'}:3\n# Note 3\n\npenguins on ice 3"
    assert observation.text.startswith(first + "\n\n")
    assert observation.documents[0] == first and len(observation.documents) == 5
    assert observation.text == "\n\n".join(observation.documents)
    assert observation.error is None and observation.usage == ()


def test_a_file_below_the_current_folder_is_named_from_there(
    path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(notes.parent)
    assert run(path, {"query": "note 3 penguins"}).text.startswith(f"{Path('notes/3.md')}:3\n")


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (2.0, 2), (20, 8)])
def test_returns_as_many_as_asked(path: Path, notes: Path, limit: float, expected: int) -> None:
    assert len(run(path, {"query": "penguins", "limit": limit}).documents) == expected


@pytest.mark.parametrize(
    "arguments",
    [{}, {"query": 1}, {"query": "a", "limit": 0}, {"query": "a", "limit": 21}, {"q": "a"}],
    ids=str,
)
def test_the_schema_refuses(arguments: JsonObject) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(arguments, LocalSearchTool.parameters)


@pytest.mark.parametrize("query", ["walrus", "", '"', "\U0001f600"])
def test_nothing_found_is_an_answer(path: Path, notes: Path, query: str) -> None:
    observation = run(path, {"query": query})
    assert repr(query) in observation.text and "try other words" in observation.text
    assert observation.documents == () and observation.error is None


def test_without_an_index_it_says_how_to_make_one(path: Path) -> None:
    observation = run(path, {"query": "penguins"})
    assert "orchestra index add" in observation.text and observation.error is None
    assert not path.exists()


def test_a_broken_index_is_a_tool_error_with_the_fix(path: Path) -> None:
    path.write_text("no database " * 1000)
    with pytest.raises(ToolError, match="index.sqlite3.*delete this file"):
        run(path, {"query": "penguins"})


def test_one_tool_serves_many_threads(path: Path, notes: Path) -> None:
    tool = LocalSearchTool(path)
    found: list[int] = []

    def search() -> None:
        found.append(len(tool.run({"query": "penguins"}, CONTEXT).documents))

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 8


def test_nothing_leaves_the_machine(path: Path) -> None:
    assert not LocalSearchTool(path).leaves_machine({"query": "a"})
