"""Rows of a file: JSON lines, a JSON list, CSV, TSV or Parquet, each also gzipped.

A row knows where it stands, so that whatever is wrong with it is said as file:line. Text is read
line by line and Parquet batch by batch: only a JSON list is held whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_NEEDS_PYARROW = (
    '{path}: reading Parquet needs pyarrow: pip install "orchestra-cli[eval]", or save it as JSONL'
)


@dataclass(frozen=True, slots=True)
class Row:
    """An object of the file, and where it stands."""

    place: str
    """Such as tasks.jsonl:7."""
    values: dict[str, Any]

    def wrong(self, key: str, problem: str) -> UsageError:
        """What to raise where this value cannot be used."""
        return UsageError(f"{self.place}: {key}: {problem}")

    def text(self, key: str) -> str:
        """A text, or a number as text. Raises UsageError where it is missing or blank."""
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(key, "must be a text" if key in self.values else "is missing: add it")
        text = str(value).strip()
        if not text:
            raise self.wrong(key, "is empty: fill it in, or delete the row")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts. Raises UsageError."""
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            problem = "must be a list of texts" if key in self.values else "is missing: add it"
            raise self.wrong(key, problem)
        return tuple(value)


def file_form(path: Path) -> str:
    """The suffix that says how it is read, without .gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((s for s in reversed(suffixes) if s != ".gz"), "")


def read_rows(path: Path) -> Generator[Row, None, None]:
    """Every row; a file of no other kind is taken for JSON lines. Raises UsageError."""
    form = file_form(path)
    if form == ".parquet":
        return _parquet_rows(path)
    if form in _SEPARATORS:
        return _rows_under_header(path)
    if form == ".json":
        return _json_rows(path)
    return read_json_lines(path)


def read_json_lines(path: Path) -> Generator[Row, None, None]:
    """An object a line; blank lines do not count."""
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip(b" \t\r\n\xef\xbb\xbf"):
                place = f"{path}:{number}"
                yield _object_row(place, _parse(place, line))


def read_cells(path: Path) -> Generator[tuple[str, list[str]], None, None]:
    """The lines of a CSV or TSV file, the first one too, and where each stands."""
    separator = _SEPARATORS[file_form(path)]
    with _opened(path) as file:
        # newline="": a quoted cell may hold line ends
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        lines = csv.reader(text, delimiter=separator)
        try:
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    yield f"{path}:{lines.line_num}", cells
        except UnicodeDecodeError:
            raise UsageError(f"{path}: not UTF-8 text: save it as UTF-8") from None
        except csv.Error as error:
            raise UsageError(f"{path}:{lines.line_num}: not valid CSV: {error}") from None


def _rows_under_header(path: Path) -> Generator[Row, None, None]:
    lines = read_cells(path)
    _, header = next(lines, ("", []))
    for place, cells in lines:
        if len(cells) != len(header):
            raise UsageError(
                f"{place}: has {len(cells)} cells where the header has {len(header)}: quote cells "
                "that hold separators or line ends"
            )
        yield Row(place, dict(zip(header, cells, strict=True)))


def _json_rows(path: Path) -> Generator[Row, None, None]:
    """A list of objects; many a .json file holds JSON lines instead."""
    with _opened(path) as file:
        start = file.read(4096).lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start != b"[":
        yield from read_json_lines(path)
        return
    with _opened(path) as file:
        items = _parse(str(path), file.read())
    for number, item in enumerate(items, start=1):
        yield _object_row(f"{path}: item {number}", item)


def _parquet_rows(path: Path) -> Generator[Row, None, None]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise UsageError(_NEEDS_PYARROW.format(path=path)) from None
    number = 0
    with _opened(path) as file:
        source = pa.BufferReader(file.read()) if path.suffix == ".gz" else file
        try:
            for batch in parquet.ParquetFile(source).iter_batches(batch_size=1024):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(f"{path}: row {number}", values)
        except pa.ArrowException as error:
            raise UsageError(f"{path}: not valid Parquet: {_first_line(error)}") from None


def _object_row(place: str, value: Any) -> Row:
    if not isinstance(value, dict):
        raise UsageError(f"{place}: must be a JSON object in {{ }}, one a line")
    return Row(place, value)


def _parse(place: str, content: bytes) -> Any:
    """The JSON value; only such as can be written again."""
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise UsageError(f"{place}: not UTF-8 text: save it as UTF-8") from None
    except UnicodeEncodeError:
        raise UsageError(f"{place}: half of a surrogate pair: write the character itself") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{place}: not valid JSON: {error.msg} at column {error.colno}") from None
    except ValueError as error:
        raise UsageError(f"{place}: not valid JSON: {_first_line(error)}") from None
    except RecursionError:
        raise UsageError(f"{place}: not valid JSON: nested too deeply") from None
    return value


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:20]} is no finite number")
    return value


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: cannot be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
