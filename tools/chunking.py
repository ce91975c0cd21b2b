"""Turns a file's bytes into chunks: pieces of text that know their lines.

A chunk's text really stands in the lines `first_line` to `last_line` of the file, counted from 1 as
an editor counts them. For HTML that holds of the words: the tags are gone, the lines stay.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple

CHUNK_CHARS = 1200
_MIN_CHUNK_CHARS = 500
OVERLAP_CHARS = 200
_MAX_PIECE_CHARS = 200
"""No longer than the overlap, so that text without line ends overlaps too."""
_MAX_CONTROL_SHARE = 0.02

_HTML_SUFFIXES = {".htm", ".html", ".xhtml"}
_HEADED_SUFFIXES = {".markdown", ".md", ".mdx", ".rst"}
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROL_BYTES = bytes({*range(9), 11, *range(14, 27), *range(28, 32), 127})
_INLINE_TAGS = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "small", "span"}
    | {"strong", "sub", "sup", "tt", "u", "var", "wbr"}
)
# By pattern, since html.parser takes quadratic time on broken pages: here no attempt to match a tag
# looks beyond the next "<", and what is not closed ends with the page.
_MARKUP = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <(?P<unseen>script|style|template)\b.*?(?:</(?P=unseen)\b[^<>]*+>|\Z)
      | </?(?P<tag>[a-z][^\s<>/"']*+)(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+>
      | <[/!?a-z][^<>]*+>""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_REFERENCE = re.compile(r"&#?\w{1,32};")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_HASH_HEADING = re.compile(r"(#{1,6})\s+(.*?)[\s#]*$")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}\s*$")


class NotTextError(Exception):
    """The bytes are not text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file."""

    first_line: int
    last_line: int
    text: str
    heading: str = ""
    """The headings that it stands under, outermost first."""


def chunk_file(data: bytes, name: str) -> list[Chunk]:
    """The chunks of a file, by the kind that its name says. Raises `NotTextError`."""
    text = decode_text(data)
    suffix = PurePath(name).suffix.lower()
    if suffix in _HTML_SUFFIXES:
        text = strip_tags(text)
    lines = text.split("\n")
    headings = _find_headings(lines) if suffix in _HEADED_SUFFIXES else {}
    return list(_join(_split(lines, headings)))


def decode_text(data: bytes) -> str:
    """Text with `\\n` line ends, whatever the encoding. Raises `NotTextError` for binary data."""
    return _decode(data).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data:
        raise NotTextError("a NUL byte")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _decode_leniently(data)


def _decode_leniently(data: bytes) -> str:
    """Text that is not UTF-8: damaged UTF-8, or else the old Western code page."""
    num_controls = len(data) - len(data.translate(None, _CONTROL_BYTES))
    if num_controls > _MAX_CONTROL_SHARE * len(data):
        raise NotTextError("control characters")
    text = data.decode(errors="replace")
    num_bad = text.count("\ufffd")
    num_good = sum(not char.isascii() for char in text) - num_bad
    return text if num_good > num_bad else data.decode("cp1252", errors="replace")


def strip_tags(html: str) -> str:
    """The text of a page, every word on the line on which it stands in the source."""
    lines = _MARKUP.sub(_blank_out, html).split("\n")
    return "\n".join(" ".join(_REFERENCE.sub(_unescape, line).split()) for line in lines)


def _blank_out(markup: re.Match[str]) -> str:
    """The line ends of what is taken out, and a gap unless words may run on through it."""
    tag = markup["tag"]
    gap = "" if tag and tag.lower() in _INLINE_TAGS else " "
    return gap + "\n" * markup[0].count("\n")


def _unescape(reference: re.Match[str]) -> str:
    return unescape(reference[0])


class _Heading(NamedTuple):
    level: int
    title: str


def _find_headings(lines: Sequence[str]) -> dict[int, _Heading]:
    """Line number -> heading, marked by hashes or by a line under it."""
    headings: dict[int, _Heading] = {}
    fenced = False
    for number, line in enumerate(lines, 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            continue
        elif hashes := _HASH_HEADING.match(line):
            headings[number] = _Heading(len(hashes[1]), hashes[2])
        elif _underlines(line, lines[number - 2] if number > 1 else ""):
            level = {"=": 1, "-": 2}.get(line[0], 3)
            headings[number - 1] = _Heading(level, lines[number - 2].strip())
    return headings


def _underlines(line: str, above: str) -> bool:
    if not above.strip() or not _UNDERLINE.match(line) or _UNDERLINE.match(above):
        return False
    return len(line.strip()) >= len(above.strip())


class _Piece(NamedTuple):
    """A line, or a part of a long one."""

    line: int
    text: str
    cut: int
    """How good it is to begin a chunk here: one of the figures below, more is better."""
    heading: str


_UNDER_HEADING, _IN_LINE, _AT_LINE, _AFTER_BLANK, _AT_BLOCK, _AT_HEADING = range(6)


def _split(lines: Sequence[str], headings: Mapping[int, _Heading]) -> Iterator[_Piece]:
    trail: list[_Heading] = []
    titles = ""
    above = ""
    under_heading = False
    for number, line in enumerate(lines, 1):
        heading = headings.get(number)
        if heading is not None:
            trail = [outer for outer in trail if outer.level < heading.level] + [heading]
            titles = " > ".join(each.title for each in trail)
        if under_heading:
            cut = _UNDER_HEADING
        else:
            cut = _AT_HEADING if heading is not None else _rate_cut(above, line)
        for text in _parts_of(line):
            yield _Piece(number, text, cut, titles)
            cut = _IN_LINE
        is_rule = not line.strip() or _UNDERLINE.match(line) is not None
        under_heading = heading is not None or (under_heading and is_rule)
        above = line


def _rate_cut(above: str, line: str) -> int:
    if above.strip() or not line.strip():
        return _AT_LINE
    return _AFTER_BLANK if line[0].isspace() else _AT_BLOCK


def _parts_of(line: str) -> Iterator[str]:
    """The line in parts that end, where they can, with a sentence or a word."""
    start = 0
    while len(line) - start > _MAX_PIECE_CHARS:
        middle, end = start + _MAX_PIECE_CHARS // 2, start + _MAX_PIECE_CHARS
        stop = line.rfind(". ", middle, end) + 1 or line.rfind(" ", middle, end) + 1 or end
        yield line[start:stop]
        start = stop
    yield line[start:]


def _join(pieces: Iterable[_Piece]) -> Iterator[Chunk]:
    held: list[_Piece] = []
    num_old = size = 0  # how many of those held the chunk before has too; characters held
    for piece in pieces:
        while len(held) > num_old and size + len(piece.text) > CHUNK_CHARS:
            held.append(piece)
            cut = _best_cut(held, num_old)
            yield from _chunk_of(held[:cut])
            old = [] if held[cut].cut == _AT_HEADING else _tail(held[:cut])
            held, num_old = old + held[cut:-1], len(old)
            size = sum(len(each.text) + 1 for each in held)
        held.append(piece)
        size += len(piece.text) + 1
    if len(held) > num_old:
        yield from _chunk_of(held)


def _best_cut(held: Sequence[_Piece], num_old: int) -> int:
    """Where to end a chunk: it takes something new, and leaves the last piece."""
    best, best_rating, size = len(held) - 1, -len(held), 0
    for cut, piece in enumerate(held):
        is_small = size < _MIN_CHUNK_CHARS
        rating = piece.cut - (_AT_HEADING if is_small else 0)
        if cut > num_old and rating >= best_rating:
            best, best_rating = cut, rating
        size += len(piece.text) + 1
    return best


def _tail(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The last few pieces, which the next chunk repeats."""
    size, first = 0, len(pieces)
    while first and size + len(pieces[first - 1].text) < OVERLAP_CHARS:
        first -= 1
        size += len(pieces[first].text) + 1
    return list(pieces[first:])


def _chunk_of(pieces: Sequence[_Piece]) -> Iterator[Chunk]:
    """One chunk, or none where the pieces are blank."""
    written = [index for index, piece in enumerate(pieces) if piece.text.strip()]
    if not written:
        return
    kept = pieces[written[0] : written[-1] + 1]
    text = kept[0].text
    for before, piece in pairwise(kept):
        text += piece.text if piece.line == before.line else "\n" + piece.text
    yield Chunk(kept[0].line, kept[-1].line, text, kept[0].heading)
