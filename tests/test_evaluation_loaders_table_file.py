"""Rows of files of every kind, and errors that say where the file is wrong."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.loaders.table_file import Row, read_rows

ROWS: list[dict[str, Any]] = [
    {"question": "How?\nWhy, then?", "answer": "so"},
    {"question": 'A "ü" and a \t tab', "answer": "5"},
]


def csv_text(separator: str) -> str:
    return separator.join(["question", "answer"]) + "".join(
        f'\r\n"{row["question"].replace(chr(34), chr(34) * 2)}"{separator}{row["answer"]}'
        for row in ROWS
    )


CONTENTS = {
    "rows.jsonl": "\n\n".join(map(json.dumps, ROWS)),
    "rows.json": json.dumps(ROWS, indent=1),
    "lines.json": "\n".join(map(json.dumps, ROWS)),
    "rows.csv": csv_text(","),
    "rows.tsv": csv_text("\t"),
    "rows": "\n".join(map(json.dumps, ROWS)),
}


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("name", CONTENTS)
def test_text_files(tmp_path: Path, name: str, gzipped: bool) -> None:
    content = CONTENTS[name].encode("utf-8-sig")  # as some editors save it
    path = tmp_path / (name + ".gz" if gzipped else name)
    path.write_bytes(gzip.compress(content) if gzipped else content)
    assert [row.values for row in read_rows(path)] == ROWS


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_parquet(tmp_path: Path, suffix: str) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"question": "?", "choices": ["a", "b"], "answer": n, "image": None} for n in range(3)]
    plain = tmp_path / "rows.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), plain)
    path = tmp_path / f"rows.parquet{suffix}"
    if suffix:
        path.write_bytes(gzip.compress(plain.read_bytes()))
    read = list(read_rows(path))
    assert [row.values for row in read] == rows
    assert read[1].place == f"{path}: row 2"


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r'pip install "orchestra-cli\[eval\]"'):
        list(read_rows(tmp_path / "rows.parquet"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a": }\n', ":2: not valid JSON: Expecting value at column 7"),
        ("a.jsonl", b'{"a": 1}\n\n7\n', ":3: must be a JSON object in { }, one a line"),
        ("a.jsonl", b'{"a": "\xff"}', ":1: not UTF-8 text: save it as UTF-8"),
        ("a.jsonl.gz", b'{"a": 1}', ": cannot be read: Not a gzipped file (b'{\"')"),
        (
            "a.jsonl.gz",
            gzip.compress(b'{"a": 1}\n' * 9999)[:-20],
            ": cannot be read: Compressed file ended before the end-of-stream marker was reached",
        ),
        ("a.json", b'[{"a": 1}, 2]', ": item 2: must be a JSON object in { }, one a line"),
        ("a.json", b"[1, ", ": not valid JSON: Expecting value at column 5"),
        ("a.csv", b'a,b\n1,2\n"x\ny",3\n4\n', ":5: has 1 cells where the header has 2: quote"),
        ("a.csv", b"a,b\n\xff,2\n", ": not UTF-8 text: save it as UTF-8"),
        ("a.csv", b"a,b\n" + b"x" * 200_000 + b",2\n", ":2: not valid CSV: field larger than"),
        ("a.parquet", b"PAR1 no", ": not valid Parquet: "),
    ],
)
def test_a_broken_file_is_one_line_of_error(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        list(read_rows(path))
    message = str(caught.value)
    assert message.startswith(f"{path}{said}"), message
    assert "\n" not in message


def test_no_such_file(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.json", "a.csv", "a.parquet", "a.jsonl.gz"):
        with pytest.raises(UsageError, match=rf"{name}: no such file$"):
            list(read_rows(tmp_path / name))


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(read_rows(tmp_path))


def test_rows_come_before_the_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\nbroken')
    rows = read_rows(path)
    assert next(rows) == Row(f"{path}:1", {"a": 1})
    rows.close()


def test_values_of_a_row() -> None:
    row = Row("f.jsonl:3", {"text": " so ", "number": 5, "blank": " ", "yes": True, "list": ["a"]})
    assert (row.text("text"), row.text("number"), row.texts("list")) == ("so", "5", ("a",))
    for key, said in {
        "none": "is missing: add it",
        "blank": "is empty: fill it in, or delete the row",
        "yes": "must be a text",
        "list": "must be a text",
    }.items():
        with pytest.raises(UsageError) as caught:
            row.text(key)
        assert str(caught.value) == f"f.jsonl:3: {key}: {said}"
    for key, said in {"none": "is missing: add it", "text": "must be a list of texts"}.items():
        with pytest.raises(UsageError) as caught:
            row.texts(key)
        assert str(caught.value) == f"f.jsonl:3: {key}: {said}"
