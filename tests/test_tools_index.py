"""The search index over real folders: what goes in, what is found, and what survives."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.chunking import CHUNK_CHARS, OVERLAP_CHARS, NotTextError, chunk_file, strip_tags
from tools.index import AddReport, Hit, Index, IndexFileError, NotIndexedError, match_expression

HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index.sqlite3")


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def names(hits: Iterable[Hit]) -> list[str]:
    return [hit.path.name for hit in hits]


# What goes in


def test_adds_a_folder_and_finds_a_passage(index: Index, folder: Path) -> None:
    write(folder / "a.txt", "one\ntwo\nthe zebra crosses\n")
    write(folder / "deep" / "er" / "b.py", "def giraffe():\n    return 1\n")
    assert index.add([folder]) == AddReport(2, 0, 0, 0, {})
    (hit,) = index.search("zebra")
    assert (hit.path, hit.first_line, hit.last_line) == (folder / "a.txt", 1, 3)
    assert "zebra" in hit.text and hit.score > 0
    assert names(index.search("giraffe")) == ["b.py"]


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


def test_a_text_that_becomes_binary_is_no_longer_found(index: Index, folder: Path) -> None:
    path = write(folder / "a.txt", "walrus")
    index.add([folder])
    write(path, b"walrus and \0")
    assert index.add([folder]).skipped == {"not text": 1}
    assert not index.search("walrus")
    write(path, b"walrus once more")
    assert index.add([folder]).added == 1


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


def test_a_missing_path_changes_nothing(index: Index, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        index.add([folder, folder / "missing"])
    assert not index.path.exists()


def test_times_beyond_sqlites_integers_are_kept(index: Index, folder: Path) -> None:
    path = write(folder / "a.txt", "walrus")
    os.utime(path, (15_000_000_000, 15_000_000_000))
    index.add([folder])
    assert index.add([folder]).unchanged == 1


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


# What comes out


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


# What is found


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


# Chunks

LINES = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=40) | (
    st.sampled_from(
        ["# Title", "Title", "=====", "-----", "```", "", "    code", "word " * 90, "x" * 700]
    )
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=120), st.sampled_from(["a.txt", "a.md", "a.rst", "a.py"]))
def test_chunks_stand_in_their_lines_and_leave_nothing_out(drawn: list[str], name: str) -> None:
    text = "\n".join(drawn)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    chunks = chunk_file(text.encode(), name)
    seen: set[int] = set()
    for chunk in chunks:
        assert chunk.text in "\n".join(lines[chunk.first_line - 1 : chunk.last_line])
        assert chunk.text.strip() and len(chunk.text) <= CHUNK_CHARS + OVERLAP_CHARS
        seen.update(range(chunk.first_line, chunk.last_line + 1))
    assert {number for number, line in enumerate(lines, 1) if line.strip()} <= seen
    assert [c.first_line for c in chunks] == sorted(c.first_line for c in chunks)
    words = " ".join(chunk.text for chunk in chunks)
    assert all(word in words for word in text.split() if len(word) < 50)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["<p>", "</p>", "\n", "word", " ", "<b>", "&amp;", "&#10;"])))
def test_words_of_html_stay_on_their_lines(drawn: list[str]) -> None:
    html = "".join(drawn)
    stripped = strip_tags(html).split("\n")
    for kept, line in zip(stripped, html.split("\n"), strict=True):
        assert kept.count("word") == line.count("word") and "<" not in kept


def test_html_is_read_without_scripts_and_tags() -> None:
    html = (
        "<html><head><title>Of newts</title>\n<style>p {}</style><script>\nlet hidden = 1\n"
        "</script></head>\n<body><h1>N<b>ewt</b>s</h1><p>live &amp; swim<br>here</p>\n</body>"
    )
    (chunk,) = chunk_file(html.encode(), "a.HTML")
    assert chunk.text.split("\n") == ["Of newts", "", "", "", "Newts live & swim here"]
    assert (chunk.first_line, chunk.last_line) == (1, 5)


def test_a_heading_stays_with_its_text() -> None:
    sections = [f"## Part {n}\n\n{f'sentence {n} here. ' * 20}\n" for n in range(12)]
    chunks = chunk_file("\n".join(["# Book\n", *sections]).encode(), "book.md")
    assert len(chunks) > 3
    for chunk in chunks:
        assert re.match(r"#+ \w+", chunk.text), "each begins with a heading"
        assert not chunk.text.split("\n")[-1].startswith("#"), "none ends with one"
    assert chunks[-1].heading.startswith("Book > Part ")


def test_underlined_headings_are_headings_and_fenced_hashes_are_not() -> None:
    body = "words " * 60 + "\n"
    text = f"Guide\n=====\n\n{body * 3}\nSetup\n-----\n\n{body}\n```\n# no heading\n```\n{body * 4}"
    chunks = chunk_file(text.encode(), "guide.rst")
    assert [chunk.heading for chunk in chunks[:2]] == ["Guide", "Guide > Setup"]
    assert all("no heading" not in chunk.heading for chunk in chunks)


def test_neighbours_overlap_a_little_even_on_one_long_line() -> None:
    text = " ".join(f"word{number}." for number in range(2000))
    chunks = chunk_file(text.encode(), "a.txt")
    assert {(chunk.first_line, chunk.last_line) for chunk in chunks} == {(1, 1)}
    for before, after in zip(chunks, chunks[1:], strict=False):
        shared = before.text[before.text.index(after.text[:40]) :]
        assert after.text.startswith(shared) and 0 < len(shared) <= OVERLAP_CHARS


def test_binary_is_refused() -> None:
    for data in (b"a\0b", bytes(range(1, 256))):
        with pytest.raises(NotTextError):
            chunk_file(data, "a.txt")


# What survives

ADD = "import sys; from pathlib import Path; from tools.index import Index; "


def start_add(index: Path, folder: Path) -> subprocess.Popen[bytes]:
    code = ADD + "Index(Path(sys.argv[1])).add([Path(sys.argv[2])])"
    command = [sys.executable, "-c", code, str(index), str(folder)]
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
    process = start_add(index.path, folder)
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
