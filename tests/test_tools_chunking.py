"""Chunks: they stand in their lines, keep to their size, and begin where a reader would."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.chunking import CHUNK_CHARS, OVERLAP_CHARS, NotTextError, chunk_file, strip_tags

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


# HTML


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


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param('<p class="[&>p]:mt-2" id=\'a>b\'>seen</p>', "seen", id="> in an attribute"),
        pytest.param('<a href="x>seen</a>', "seen", id="open quote"),
        pytest.param("1 < 2 & 3 &lt;b&gt; &nope; &#65;", "1 < 2 & 3 <b> &nope; A", id="text"),
        pytest.param("<!DOCTYPE html><?xml?><!-- <p> --!> --> seen", "seen", id="declarations"),
        pytest.param("<SCRIPT>a</b></SCRIPT >seen<style>", "seen", id="any case"),
        pytest.param("<li>one<li>two<br/>three", "one two three", id="blocks part words"),
        pytest.param(f"&#{'1' * 9999};", f"&#{'1' * 9999};", id="a number too long"),
    ],
)  # fmt: skip
def test_strips(html: str, text: str) -> None:
    assert strip_tags(html).strip() == text


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!--",
        "<a ",
        "<![",
        "&#",
        "</a",
        "<a '\"",
        "<script",
        "</script",
        '<a "" ',
        "''\"",
        " ",
    ],
)
@pytest.mark.parametrize("start", ["", "<a", "<!", "<a ", "<script>", "<!--"])
def test_broken_pages_take_no_longer_than_others(start: str, piece: str) -> None:
    strip_tags(start + piece * (300_000 // len(piece)))
