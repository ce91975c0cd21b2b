"""A package index on loopback that serves one small wheel, and a catalogue entry that wants it.

It misbehaves as it is told to, and keeps count of what it sent, so that a test can tell a resumed
download from a repeated one.
"""

import hashlib
import io
import os
import random
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.licence import Licence
from orchestra_cli.models.sources import WheelSource

WHEEL = "tiny_model-1.0-py3-none-any.whl"
MODEL = b"GGUF" + random.Random(0).randbytes(1_000_000)


def build_wheel() -> bytes:
    """A wheel that pip accepts, with MODEL inside."""
    info = "tiny_model-1.0.dist-info"
    members = {
        "tiny_model/tiny.gguf": MODEL,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # dated 1980: the hash stays
    return buffer.getvalue()


@dataclass
class PackageIndex:
    """What is served, how badly, and what was asked of it."""

    url: str
    content: bytes
    cut_after: int | None = None
    """A reply to us (not to pip) breaks after so many bytes."""
    cuts_left: int = 0
    ranges: bool = True
    forbids_us: bool = False
    """Only pip gets the file, as where its settings hold a login."""
    hold_after: int | None = None
    """A reply to us stops after so many bytes until `released`."""
    released: threading.Event = field(default_factory=threading.Event)
    down: bool = False
    sent_to_us: int = 0
    wheel_requests: list[tuple[str, str | None]] = field(default_factory=list)
    """The user agent and the Range of each request for the wheel."""

    @property
    def our_ranges(self) -> list[str | None]:
        """The Range of each request that pip did not make."""
        return [asked for agent, asked in self.wheel_requests if not agent.startswith("pip/")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: PackageIndex

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.close_connection = True
        if self.index.down:
            return
        with suppress(OSError):  # who asked is gone: pip was stopped, or a test killed its process
            if self.path == "/simple/tiny-model/":
                self._reply(200, f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode())
            elif self.path == f"/files/{WHEEL}":
                self._reply_wheel()
            else:
                self._reply(404, b"")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reply_wheel(self) -> None:
        index = self.index
        agent, asked = self.headers.get("User-Agent", ""), self.headers.get("Range")
        index.wheel_requests.append((agent, asked))
        by_pip = agent.startswith("pip/")
        if by_pip and not index.forbids_us:
            time.sleep(5)  # else pip has so small a wheel before it is stopped; nobody waits here
        if index.forbids_us and not by_pip:
            self._reply(403, b"")
            return
        start = 0
        if asked and index.ranges and (match := re.fullmatch(r"bytes=(\d+)-", asked)):
            start = int(match[1])
        total = len(index.content)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(total - start))
        self.end_headers()
        self._send_body(start, by_pip=by_pip)

    def _send_body(self, start: int, *, by_pip: bool) -> None:
        index = self.index
        end = len(index.content)
        if not by_pip and index.cuts_left and index.cut_after is not None:
            index.cuts_left -= 1
            end = min(end, start + index.cut_after)
        for at in range(start, end, 50_000):
            if not by_pip and index.hold_after is not None and at - start >= index.hold_after:
                index.released.wait(30)
            chunk = index.content[at : min(at + 50_000, end)]
            self.wfile.write(chunk)
            self.wfile.flush()
            if not by_pip:
                index.sent_to_us += len(chunk)


@contextmanager
def serve_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """The index, with pip set up for it and for nothing else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}/simple"
    index = PackageIndex(url=url, content=build_wheel())
    server.RequestHandlerClass = type("Handler", (_Handler,), {"index": index})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", url)
    try:
        yield index
    finally:
        index.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tiny_entry(name: str = "tiny") -> CatalogEntry:
    """An entry whose source is the wheel that the index serves."""
    wheel = build_wheel()
    return CatalogEntry(
        name=name,
        description="Tiny",
        licence=Licence("Apache-2.0", "https://example.org/licence", research_only=False),
        file="tiny.gguf",
        prompt_style="chat",
        policy="rule",
        context_tokens=128,
        source=WheelSource(
            requirement="tiny-model==1.0",
            wheel=WHEEL,
            wheel_sha256=hashlib.sha256(wheel).hexdigest(),
            wheel_bytes=len(wheel),
            member="tiny_model/tiny.gguf",
            sha256=hashlib.sha256(MODEL).hexdigest(),
            size_bytes=len(MODEL),
        ),
    )
