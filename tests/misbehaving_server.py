"""The scripted server, where even the connection misbehaves: resets, TLS, replies without end.

with MisbehavingServer(tls=self_signed(folder)) as server:
    server.script(reset(), streamed("Paris."))
    Endpoint(server.base_url, "some-model") ...
    assert server.connections == 2
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import struct
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from openai_server import OpenAIServer, Reply, _Handler, delta, event

_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class _Reset(Reply):
    """What there is of it, then a reset of the connection instead of an end."""


def reset(*pieces: bytes) -> Reply:
    """A connection reset before the status line, or after these pieces of a stream."""
    return _Reset(pieces, status=200 if pieces else 0)


def endless(piece: bytes | None = None, *, pause_s: float = 0.0) -> Reply:
    """The same piece again and again, far beyond what any test waits for."""
    one = event(delta(content="blah " * 200)) if piece is None else piece
    return Reply((one,) * 100_000, pause_s=pause_s)


def unfinished(reply: Reply) -> Reply:
    """The reply, after which nothing comes and nothing ends."""
    return replace(reply, ending="hang")


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key in the same file."""
    if not shutil.which("openssl"):
        pytest.skip("the openssl command, which makes the certificate, is not on this machine")
    pem = folder / "self-signed.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", str(folder / "key.pem"), "-out", str(pem)],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.read_text() + (folder / "key.pem").read_text())
    return pem


class MisbehavingServer(OpenAIServer):
    """Counts connections as well: some never become a request."""

    def __init__(self, *, tls: Path | None = None) -> None:
        super().__init__()
        self.connections = 0
        self._scheme = "https" if tls else "http"
        self._server.RequestHandlerClass = type("Handler", (_MisbehavingHandler,), {"owner": self})
        accept = self._server.get_request

        def counted() -> tuple[socket.socket, object]:
            self.connections += 1
            return accept()

        self._server.get_request = counted  # type: ignore[method-assign]
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    @property
    def base_url(self) -> str:
        """With the scheme that it speaks."""
        return f"{self._scheme}://127.0.0.1:{self.port}/v1"


class _MisbehavingHandler(_Handler):
    def _send(self, reply: Reply) -> None:
        if not isinstance(reply, _Reset):
            return super()._send(reply)
        if reply.status:
            self._send_head(reply)
            for piece in reply.pieces:
                self._write(piece, chunked=True)
            self.owner.closing.wait(0.05)  # a reset overtakes what is still on its way
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        os.close(self.connection.detach())
        return None
