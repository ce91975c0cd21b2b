"""The file of the search index: what survives kills and company, and what a broken one says."""

import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from indexed_files import write

from tools.index import AddReport, Index, IndexFileError

REPOSITORY = Path(__file__).parent.parent
ADD = """
import sys, time
from pathlib import Path
from tools.index import Index
index, folder, pause_s = sys.argv[1:]
Index(Path(index)).add([Path(folder)], watch=lambda path: time.sleep(float(pause_s)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index.sqlite3")


def start_add(index: Path, folder: Path, *, pause_s: float = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", ADD, str(index), str(folder), str(pause_s)]
    return subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE)


def check(index: Path) -> None:
    with closing(sqlite3.connect(index)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (num_words,) = db.execute("SELECT count(*) FROM words_docsize").fetchone()
        (num_chunks,) = db.execute("SELECT count(*) FROM chunk").fetchone()
    assert num_words == num_chunks


def test_a_kill_leaves_a_consistent_index(index: Index, folder: Path) -> None:
    for number in range(600):
        write(folder / f"{number:03}.txt", f"animal {number}\n" * 200)
    process = start_add(index.path, folder, pause_s=0.005)
    while process.poll() is None and index.contents().num_files == 0:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    num_files = index.contents().num_files
    assert 0 < num_files < 600 and num_files % 64 == 0
    check(index.path)
    assert index.search("animal")
    assert index.add([folder]) == AddReport(600 - num_files, 0, num_files, 0, {})
    check(index.path)


def test_processes_and_threads_share_an_index(index: Index, folder: Path) -> None:
    for name in ("a", "b"):
        for number in range(150):
            write(folder / name / f"{number}.txt", f"{name}animal {number}\n" * 40)
    processes = [start_add(index.path, folder / name) for name in ("a", "b", "a")]
    failures: list[Exception] = []

    def search() -> None:
        try:
            while any(process.poll() is None for process in processes):
                index.search("aanimal banimal")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.communicate()[1] for process in processes] == [b"", b"", b""]
    assert failures == []
    assert index.contents().num_files == 300
    check(index.path)


def test_words_and_chunks_agree_after_many_changes(index: Index, folder: Path) -> None:
    for turn in range(5):
        for number in range(10):
            write(
                folder / f"{number}.md",
                f"# T{turn}\n" + f"line {turn} \u6771\u4eac {number}\n" * 99,
            )
        index.add([folder])
    (folder / "3.md").unlink()
    index.add([folder])
    check(index.path)
    assert {hit.text[:4] for hit in index.search("line", 100)} <= {"# T4", "line"}
    assert not index.search("T3")
    index.remove([folder])
    check(index.path)
    assert index.is_empty()


# What is broken


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (x)")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: write(path, b"not a database" * 999), id="not a database"),
        pytest.param(other_database, id="another database"),
    ],
)
def test_a_broken_file_is_named_with_the_fix(index: Index, folder: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil(index.path)
    assert not index.is_empty()
    fix = re.escape(str(index.path)) + ".*delete this file and run `orchestra index add` again"
    for use in (
        lambda: index.search("a"),
        index.contents,
        lambda: index.add([folder]),
        lambda: index.remove([folder]),
    ):
        with pytest.raises(IndexFileError, match=fix):
            use()


def test_a_damaged_page_is_an_index_file_error_at_worst(index: Index, folder: Path) -> None:
    for number in range(60):
        write(folder / f"{number}.txt", f"animal {number} " * 200)
    index.add([folder])
    whole = index.path.read_bytes()
    num_errors = 0
    for start in range(100, len(whole) - 400, len(whole) // 60):
        index.path.write_bytes(whole[:start] + b"\xa5" * 400 + whole[start + 400 :])
        try:
            index.search("animal", 20)
            index.contents()
        except IndexFileError as error:
            num_errors += 1
            assert str(index.path) in str(error)
    assert num_errors > 0


def test_an_empty_file_is_an_empty_index(index: Index, folder: Path) -> None:
    index.path.touch()
    assert index.is_empty() and index.search("a") == []
    write(folder / "a.txt", "walrus")
    index.add([folder])
    assert index.search("walrus")


def test_a_folder_in_its_place_is_named(tmp_path: Path, folder: Path) -> None:
    index = Index(tmp_path)
    with pytest.raises(IndexFileError, match="check that this is a file"):
        index.add([folder])
    blocked = Index(write(tmp_path / "file", "") / "index.sqlite3")
    with pytest.raises(IndexFileError, match="check that this is a file"):
        blocked.add([folder])
    assert blocked.is_empty()
