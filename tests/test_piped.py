"""What `ask` takes from standard input, over real pipes, files and sockets."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from orchestra_cli import piped
from orchestra_cli.errors import UsageError
from orchestra_cli.piped import WAIT_S, Reading, read_piped

SILENT = "standard input is an open pipe that stayed silent: ignored (--stdin waits)"


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[BinaryIO]:
    """The end that is written to, of a pipe that is standard input."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, encoding="utf-8") as stdin, os.fdopen(write_end, "wb") as writer:
        monkeypatch.setattr("sys.stdin", stdin)
        yield writer


def write(writer: BinaryIO, data: bytes) -> None:
    """All of it, then the end."""
    with writer:
        writer.write(data)


@pytest.mark.parametrize("reading", ["auto", "wait"])
def test_a_pipe_is_read_to_its_end(writer: BinaryIO, reading: Reading) -> None:
    text = "äöü €\n" * 50_000
    sender = threading.Thread(target=write, args=(writer, f"\n {text} \n".encode()))
    sender.start()
    assert read_piped(reading) == (text.strip(), None)
    sender.join()


def test_a_closed_pipe_is_empty(writer: BinaryIO) -> None:
    writer.close()
    assert read_piped("auto") == ("", None)


def test_a_silent_pipe_is_left(writer: BinaryIO) -> None:
    began = time.monotonic()
    assert read_piped("auto") == ("", SILENT)
    assert WAIT_S <= time.monotonic() - began < WAIT_S + 1


def test_a_pipe_that_speaks_in_time_is_awaited(
    writer: BinaryIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piped, "WAIT_S", 0.2)

    def send() -> None:
        writer.write(b"one ")
        writer.flush()
        time.sleep(0.4)  # longer than the wait, which is for the first byte only
        write(writer, b"two")

    sender = threading.Thread(target=send)
    sender.start()
    assert read_piped("auto") == ("one two", None)
    sender.join()


def test_waiting_takes_as_long_as_it_takes(
    writer: BinaryIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piped, "WAIT_S", 0.05)
    sender = threading.Timer(0.3, write, args=(writer, b"late"))
    sender.start()
    assert read_piped("wait") == ("late", None)
    sender.join()


def test_ignoring_reads_nothing(writer: BinaryIO) -> None:
    write(writer, b"notes")
    assert read_piped("ignore") == ("", None)
    assert read_piped("auto") == ("notes", None)


def test_a_silent_socket_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "WAIT_S", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs, os.fdopen(os.dup(ours.fileno()), encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert read_piped("auto") == ("", SILENT)


def test_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"one\r\n\xff two\n")
    with path.open(encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert read_piped("auto") == ("one\r\n\N{REPLACEMENT CHARACTER} two", None)


def test_the_null_device_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert read_piped("wait") == ("", None)


@pytest.mark.parametrize("stdin", [None, io.StringIO()], ids=["none", "closed"])
def test_no_standard_input(stdin: io.StringIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if stdin is not None:
        stdin.close()
    monkeypatch.setattr("sys.stdin", stdin)
    assert read_piped("wait") == ("", None)


def test_a_terminal_is_left_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    os.write(ours, b"typed ahead\n")
    with os.fdopen(theirs, encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert read_piped("wait") == ("", None)
    os.close(ours)


def test_too_much_is_refused(writer: BinaryIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "_MAX_BYTES", 2**20)
    sender = threading.Thread(target=write, args=(writer, bytes(2**20 + 1)))
    sender.start()
    with pytest.raises(UsageError, match="standard input: more than 1 MB: pipe a part of it"):
        read_piped("auto")
    sender.join()
