"""The search index over real folders: what is found, what it holds, and what can be taken out."""

import subprocess
import sys
from pathlib import Path

import pytest
from indexed_files import names, write

from tools.index import AddReport, Index, NotIndexedError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index.sqlite3")


def test_adds_a_folder_and_finds_a_passage(index: Index, folder: Path) -> None:
    write(folder / "a.txt", "one\ntwo\nthe zebra crosses\n")
    write(folder / "deep" / "er" / "b.py", "def giraffe():\n    return 1\n")
    assert index.add([folder]) == AddReport(2, 0, 0, 0, {})
    (hit,) = index.search("zebra")
    assert (hit.path, hit.first_line, hit.last_line) == (folder / "a.txt", 1, 3)
    assert "zebra" in hit.text and hit.score > 0
    assert names(index.search("giraffe")) == ["b.py"]


def test_a_chunk_with_more_of_the_words_comes_first(index: Index, folder: Path) -> None:
    write(folder / "both.txt", "the penguin lives on the glacier, far from any city")
    write(folder / "one.txt", "the penguin eats fish, and swims, and sleeps in the sun")
    for number in range(5):
        write(folder / f"other{number}.txt", "nothing of interest here")
    index.add([folder])
    assert names(index.search("What is the penguin doing on glaciers?")) == ["both.txt", "one.txt"]
    assert len(index.search("penguin", 1)) == 1
    assert index.search("penguin", 0) == []


def test_finds_by_file_name_and_heading(index: Index, folder: Path) -> None:
    write(folder / "zebra-plan.md", "# Invoices\n\n" + "some words\n" * 300 + "a marmot\n")
    index.add([folder])
    assert index.search("zebra")
    (hit,) = index.search("marmot invoices", 1)
    assert "marmot" in hit.text and "Invoices" not in hit.text


def test_tells_what_it_holds(index: Index, folder: Path) -> None:
    assert index.is_empty() and not index.path.exists()
    assert index.contents().num_files == 0
    index.add([folder])
    assert index.is_empty()
    write(folder / "sub" / "a.txt", "walrus")
    write(folder / "b.bin", b"\0")
    index.add([folder, folder / "sub" / "a.txt"])
    assert not index.is_empty()
    contents = index.contents()
    assert contents.roots == {folder: 1, folder / "sub" / "a.txt": 1}
    assert (contents.num_files, contents.num_chunks) == (1, 1)
    assert contents.size_bytes == index.path.stat().st_size


def test_only_the_owner_may_read_the_file(index: Index, folder: Path) -> None:
    index.add([folder])
    assert index.path.stat().st_mode & 0o077 == 0


def test_a_folder_is_removed_and_its_text_leaves_the_file(index: Index, tmp_path: Path) -> None:
    for name in ("a", "ab"):
        write(tmp_path / name / "x.txt", f"secretword{name}")
        index.add([tmp_path / name])
    assert index.remove([tmp_path / "a"]) == 1
    assert names(index.search("secretworda")) == []
    assert names(index.search("secretwordab")) == ["x.txt"]
    held = b"".join(p.read_bytes() for p in tmp_path.glob("index.sqlite3*"))
    assert b"secretworda\n" not in held and held.count(b"secretworda") == held.count(
        b"secretwordab"
    )


def test_removes_what_no_longer_exists(index: Index, folder: Path) -> None:
    path = write(folder / "a.txt", "walrus")
    index.add([folder])
    path.unlink()
    assert index.remove([path]) == 1
    assert index.contents().roots == {folder: 0}


def test_removing_what_is_not_there_changes_nothing(index: Index, folder: Path) -> None:
    with pytest.raises(NotIndexedError, match="files"):
        index.remove([folder])
    assert not index.path.exists()
    write(folder / "a.txt", "walrus")
    index.add([folder])
    with pytest.raises(NotIndexedError, match="missing"):
        index.remove([folder, folder / "missing"])
    assert index.search("walrus")


def test_nothing_is_loaded_while_there_is_no_file(index: Index) -> None:
    code = (
        "import sys; from pathlib import Path; from tools.index import Index;"
        "assert Index(Path(sys.argv[1])).is_empty();"
        "print({'sqlite3', 'tools.chunking', 'tools.search_words'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(index.path)]
    root = Path(__file__).parent.parent
    assert subprocess.check_output(command, cwd=root, text=True) == "set()\n"
