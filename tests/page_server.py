"""A loopback web server of which each page is a function, and `web_page` led to it.

    with PageServer({"/tides": page(b"<p>High at noon.")}) as server:
        assert "High at noon." in read_page(server, "/tides").text

A page may write for ever: it ends when the client hangs up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler

from loopback_server import LoopbackServer

from tools.base import CallContext, Observation
from tools.web_page import WebPageTool

ARTICLE = (
    "<html><head><title>Tides &amp; the Moon</title></head><body>"
    "<nav><a href='/a'>Home</a> <a href='/b'>Shop</a></nav><article><h1>Why tides rise</h1>"
    + "".join(
        f"<p>Paragraph {n}: the Moon pulls at the sea, and the water <b>rises</b> towards it.</p>"
        for n in range(8)
    )
    + "<ul><li>spring tide</li><li>neap tide</li></ul></article>"
    "<script>track('visitor')</script><footer>Imprint</footer></body></html>"
)


class Handler(BaseHTTPRequestHandler):
    """Answers each path by the function of that name in the server's pages."""

    server: PageServer

    def do_GET(self) -> None:
        self.server.pages[self.path.partition("?")[0]](self)

    def reply(
        self, body: bytes, mime: str | None = "text/html; charset=utf-8", **more: str
    ) -> None:
        self.send_response(200)
        if mime:
            self.send_header("Content-Type", mime)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


Page = Callable[[Handler], None]


class PageServer(LoopbackServer):
    """Notes in `cut` when a handler's connection broke before all was sent."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        super().__init__(Handler)
        self.pages = pages
        self.cut = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        self.cut.set()


def page(body: bytes, mime: str | None = "text/html; charset=utf-8", **more: str) -> Page:
    return lambda handler: handler.reply(body, mime, **more)


def read_page(server: PageServer, path: str, *, timeout_s: float = 10.0) -> Observation:
    """What `web_page` makes of a page of this server."""
    tool = WebPageTool(timeout_s=timeout_s, allow_private=True)
    return tool.run({"url": server.url + path}, CallContext(question="?"))
