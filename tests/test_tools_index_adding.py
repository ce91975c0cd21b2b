"""What goes into the search index: which files, when they are read again, and which are skipped."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
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


def test_adding_again_reads_only_what_changed(index: Index, folder: Path) -> None:
    for name in ("same", "touched", "edited", "deleted"):
        write(folder / f"{name}.txt", f"the {name} animal is an okapi")
    index.add([folder])
    os.utime(folder / "touched.txt", (1, 1))
    write(folder / "edited.txt", "now it is a tapir instead")
    (folder / "deleted.txt").unlink()
    write(folder / "fresh.txt", "a narwhal")
    assert index.add([folder]) == AddReport(1, 1, 2, 1, {})
    assert sorted(names(index.search("okapi"))) == ["same.txt", "touched.txt"]
    assert names(index.search("tapir")) == ["edited.txt"]
    assert index.add([folder]) == AddReport(0, 0, 4, 0, {})


def test_a_file_with_the_same_time_and_size_is_not_read(index: Index, folder: Path) -> None:
    path = write(folder / "a.txt", "lemur")
    index.add([folder])
    before = path.stat()
    write(path, "tapir")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert index.add([folder]).unchanged == 1
    assert index.search("lemur") and not index.search("tapir")


def test_times_beyond_sqlites_integers_are_kept(index: Index, folder: Path) -> None:
    path = write(folder / "a.txt", "walrus")
    os.utime(path, (15_000_000_000, 15_000_000_000))
    index.add([folder])
    assert index.add([folder]).unchanged == 1


def test_a_text_that_becomes_binary_is_no_longer_found(index: Index, folder: Path) -> None:
    path = write(folder / "a.txt", "walrus")
    index.add([folder])
    write(path, b"walrus and \0")
    assert index.add([folder]).skipped == {"not text": 1}
    assert not index.search("walrus")
    write(path, b"walrus once more")
    assert index.add([folder]).added == 1


def test_a_missing_path_changes_nothing(index: Index, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        index.add([folder, folder / "missing"])
    assert not index.path.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("caf\u00e9 zebra".encode("cp1252"), id="western"),
        pytest.param("\ufeffcaf\u00e9 zebra".encode(), id="utf-8 with a mark"),
        pytest.param("\ufeffcaf\u00e9 zebra".encode("utf-16-le"), id="utf-16 little"),
        pytest.param("\ufeffcaf\u00e9 zebra".encode("utf-16-be"), id="utf-16 big"),
        pytest.param("caf\u00e9 zebra na\u00efve \u2713".encode() + b"\xff", id="damaged utf-8"),
    ],
)
def test_decodes_leniently(index: Index, folder: Path, content: bytes) -> None:
    write(folder / "a.txt", content)
    index.add([folder])
    (hit,) = index.search("zebra")
    assert "caf\u00e9 zebra" in hit.text
    assert index.search("cafe"), "accents do not matter"


@settings(deadline=None, max_examples=50)
@given(
    data=st.one_of(
        st.binary(), st.text().map(str.encode), st.from_regex(rb"(<[!/?a-z \[\]\-&#;]*\n?)*")
    ),
    suffix=st.sampled_from([".txt", ".md", ".html", ".rst", ".py", ""]),
)
@example(data=b"<![\n<![if", suffix=".html")
@example(data=b"\xff\xfe\x00\xd8", suffix=".txt")
def test_any_bytes_are_safe(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    write(folder / f"a{suffix}", data)
    report = Index(folder / "index.sqlite3").add([folder / f"a{suffix}"])
    assert report.added + sum(report.skipped.values()) == 1


# What is passed over


def test_skips_what_is_not_for_searching(index: Index, folder: Path) -> None:
    write(folder / "kept.txt", "walrus")
    write(folder / "null.bin", b"walrus\0")
    write(folder / "noise.dat", bytes(range(1, 256)) * 8)
    write(folder / ".git" / "config", "walrus")
    write(folder / ".env", "walrus")
    write(folder / "node_modules" / "m.js", "walrus")
    write(folder / "__pycache__" / "m.py", "walrus")
    write(folder / "huge.txt", b"walrus " * 800_000)
    os.mkfifo(folder / "pipe")
    skipped = {
        "hidden": 2,
        "node_modules": 1,
        "__pycache__": 1,
        "not text": 2,
        "too large": 1,
        "not a file": 1,
    }
    assert index.add([folder]) == AddReport(1, 0, 0, 0, skipped)
    assert names(index.search("walrus")) == ["kept.txt"]
    assert index.add([folder]) == AddReport(0, 0, 1, 0, skipped)


def test_what_is_named_itself_is_indexed_though_hidden_and_stays(
    index: Index, folder: Path
) -> None:
    hidden = write(folder / ".notes" / "a.txt", "walrus")
    index.add([hidden.parent])
    assert index.add([folder]).removed == 0
    assert names(index.search("walrus")) == ["a.txt"]


def test_links_make_no_loops_and_nothing_is_found_twice(index: Index, folder: Path) -> None:
    write(folder / "sub" / "a.txt", "walrus")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "b.txt").symlink_to(folder / "sub" / "a.txt")
    assert index.add([folder]) == AddReport(1, 0, 0, 0, {"link": 3})
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert index.add([link]).unchanged == 1
    assert list(index.contents().roots) == [folder.resolve()]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_counts_what_may_not_be_read_and_keeps_what_it_had(index: Index, folder: Path) -> None:
    write(folder / "shut" / "a.txt", "walrus")
    secret = write(folder / "b.txt", "okapi")
    index.add([folder])
    (folder / "shut").chmod(0)
    write(secret, "okapi again").chmod(0)
    try:
        assert index.add([folder]) == AddReport(0, 0, 0, 0, {"unreadable": 2})
        assert index.search("walrus") and index.search("okapi")
    finally:
        (folder / "shut").chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_a_read_error_is_counted(index: Index) -> None:
    assert index.add([Path("/proc/self/mem")]).skipped == {"unreadable": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="names are any bytes there")
def test_a_name_that_is_not_unicode_is_counted(index: Index, folder: Path) -> None:
    odd = Path(os.fsdecode(bytes(folder) + b"/\xff.txt"))
    write(odd, "walrus")
    assert index.add([folder]).skipped == {"name is not Unicode": 1}
    assert index.add([odd]).skipped == {"name is not Unicode": 1}
    with pytest.raises(NotIndexedError):
        index.remove([odd])
