"""A loopback server that plays a search service: one reply to everything, and what it was asked.

    with SearchServer() as server:
        server.reply = Reply(429)
        ...
        ((method, path, headers, body),) = server.reply.asked

`search` is a call of `web_search` as a run makes it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from loopback_server import LoopbackServer

from tools.base import CallContext, Observation
from tools.web_search import WebSearchTool


@dataclass
class Reply:
    """What the server answers to everything, and what it was asked."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


class SearchServer(LoopbackServer):
    def __init__(self) -> None:
        super().__init__(Handler)
        self.reply = Reply()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is expected here."""


class Handler(BaseHTTPRequestHandler):
    server: SearchServer

    def do_GET(self) -> None:
        reply = self.server.reply
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        reply.asked.append((self.command, self.path, dict(self.headers.items()), body))
        time.sleep(reply.delay_s)
        self.send_response(reply.status)
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def search(tool: WebSearchTool, query: str = "why tides", **more: int) -> Observation:
    return tool.run({"query": query, **more}, CallContext(question="?"))
