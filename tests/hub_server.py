"""A model hub on loopback, with its file store on another port, as the real one has it.

It answers what huggingface_hub asks (a repository's listing, HEAD of a file) and redirects a GET to
the store. It misbehaves as it is told to, and keeps count of what it was asked and what it sent.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from loopback_server import LoopbackServer

REPO = "someone/Tiny-GGUF"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "Tiny-Q4_K_M.gguf"
CONTENT = b"GGUF" + random.Random(1).randbytes(1_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
TOKEN = "hf_good"


@dataclass
class Hub:
    """What it holds, how badly it serves, and what was asked of it."""

    url: str = ""
    store_url: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: {FILE: CONTENT, "README.md": b"hello"})
    gated: bool = False
    status: int = 200
    """Of every answer, where it is not 200."""
    promised_sha256: str | None = None
    """What it says of every file, where that is not the truth."""
    cut_after: int | None = None
    """A body breaks after so many bytes, as often as `cuts_left`."""
    cuts_left: int = 0
    ranges: bool = True
    forgets_commit: bool = False
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """The method, path and Authorization of each request to the hub."""
    stored: list[tuple[str | None, str | None]] = field(default_factory=list)
    """The Range and Authorization of each request to the store."""
    sent_bytes: int = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(body)


class _HubHandler(_Handler):
    """huggingface.co itself."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        token = self.headers.get("Authorization")
        hub.asked.append((self.command, path, token))
        if hub.status != 200:
            self.reply(hub.status)
        elif path.startswith("/api/models/"):
            self._list(path)
        elif match := re.fullmatch(r"/(.+?/.+?)/resolve/(.+?)/(.+)", path):
            self._resolve(match[1], match[2], match[3], token)
        else:
            self.reply(404)

    def _list(self, path: str) -> None:
        repo = re.sub(r"/revision/.*", "", path.removeprefix("/api/models/"))
        if repo != REPO:
            self.reply(401, X_Error_Code="RepoNotFound")
            return
        siblings = [{"rfilename": name} for name in self.hub.files]
        body = json.dumps({"id": REPO, "sha": COMMIT, "siblings": siblings}).encode()
        self.reply(200, body, Content_Type="application/json")

    def _resolve(self, repo: str, revision: str, file: str, token: str | None) -> None:
        hub = self.hub
        content = hub.files.get(file)
        if repo != REPO:
            self.reply(401, X_Error_Code="RepoNotFound")
        elif revision not in ("main", COMMIT):
            self.reply(404, X_Error_Code="RevisionNotFound")
        elif content is None:
            self.reply(404, X_Error_Code="EntryNotFound")
        elif hub.gated and token != f"Bearer {TOKEN}":
            self.reply(401, X_Error_Code="GatedRepo")
        else:
            digest = hub.promised_sha256 or hashlib.sha256(content).hexdigest()
            headers = {} if hub.forgets_commit else {"X_Repo_Commit": COMMIT}
            headers |= {"ETag": f'"{digest}"', "X_Linked_Etag": f'"{digest}"'}
            headers |= {"X_Linked_Size": str(len(content))}
            self.reply(302, Location=f"{hub.store_url}/{file}", **headers)


class _StoreHandler(_Handler):
    """Where the bytes are."""

    def do_GET(self) -> None:
        hub = self.hub
        asked = self.headers.get("Range")
        hub.stored.append((asked, self.headers.get("Authorization")))
        content = hub.files[unquote(self.path.removeprefix("/"))]
        start = 0
        if asked and hub.ranges and (match := re.fullmatch(r"bytes=(\d+)-", asked)):
            start = int(match[1])
        end = len(content)
        if hub.cuts_left and hub.cut_after is not None:
            hub.cuts_left -= 1
            end = min(end, start + hub.cut_after)
        self.close_connection = True
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content[start:end])
            hub.sent_bytes += end - start


@contextmanager
def serve_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub, with HF_ENDPOINT at it, and no token."""
    hub = Hub()
    handlers = [type("Handler", (kind,), {"hub": hub}) for kind in (_HubHandler, _StoreHandler)]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with LoopbackServer(handlers[0]) as front, LoopbackServer(handlers[1]) as store:
        hub.url, hub.store_url = front.url, store.url
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", "")
        yield hub
