"""A network that refuses all but loopback, and notes who tried. Import `contacted` to have it."""

from __future__ import annotations

import socket
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def contacted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was tried beyond loopback; none of it works."""
    tried: list[Any] = []
    real_connect, real_lookup = socket.socket.connect, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        if address[0] not in ("127.0.0.1", "::1"):
            tried.append(address)
            raise OSError(101, "a test has no network")
        real_connect(self, address)

    def look_up(host: Any, *arguments: Any, **more: Any) -> Any:
        if host not in ("127.0.0.1", "::1", "localhost"):
            tried.append(host)
            raise socket.gaierror(-3, "a test has no network")
        return real_lookup(host, *arguments, **more)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return tried
