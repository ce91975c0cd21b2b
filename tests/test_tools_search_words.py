"""The words of texts and queries, as the search index finds them."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from indexed_files import names, write

from tools.index import Index
from tools.search_words import match_expression

HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index.sqlite3")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("running quickly", "run", id="stems"),
        pytest.param("to be or not to be", "to be", id="only stop words"),
        pytest.param("def load_profile(path):", "load_profile", id="identifier"),
        pytest.param("the profile is here", "load_profile", id="part of an identifier"),
        pytest.param("\u6771\u4eac\u90fd\u306b\u4f4f\u3080", "\u4eac\u90fd", id="no spaces"),
        pytest.param(HINDI, HINDI, id="marks"),
        pytest.param("cafe\u0301 bar", "caf\u00e9", id="composed and not"),
        pytest.param("C'est la vie", '"vie" AND NOT (la*', id="operators are words"),
    ],
)  # fmt: skip
def test_finds(index: Index, folder: Path, text: str, query: str) -> None:
    write(folder / "a.txt", text)
    index.add([folder])
    assert names(index.search(query)) == ["a.txt"]


def test_marks_keep_words_whole() -> None:
    assert match_expression(HINDI) == f'"{HINDI}"'


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("filled")
    write(folder / "a.txt", "alpha beta NOT \u6771\u4eac e\u0301 \u00b2 _")
    index = Index(folder / "index.sqlite3")
    index.add([folder / "a.txt"])
    return index


@settings(deadline=None)
@given(st.text(st.characters()))
@example('"')
@example("")
@example("NEAR(a, 3) ^title: * - + {text} : \\ ' \0")
@example("_ __ \u3001\u3002 \u0301 \ud800 \U0001f600\U0001f600")
@example("alpha " * 100_000)
@example(" ".join(map(str, range(100_000))))
@example("x" * 1_000_000)
def test_any_query_is_safe(filled: Index, query: str) -> None:
    filled.search(query)
    assert all(hit.text for hit in filled.search(f"{query} alpha") if query.strip() == "")
