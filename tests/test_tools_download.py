"""Downloads from a real server on loopback that behaves well, badly and viciously."""

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from page_server import ARTICLE, Handler, Page, PageServer, page, read_page

from tools.base import CallContext, Observation, ToolError
from tools.web_page import WebPageTool

Read = Callable[..., Observation]
MB = 1_000_000


def send_forever(chunk: bytes, pause_s: float) -> Page:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.end_headers()
        while True:
            handler.wfile.write(chunk)
            time.sleep(pause_s)

    return answer


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"a")
        time.sleep(0.05)


def redirect_with_endless_body(handler: Handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/article")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def promise_more_than_is_sent(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/plain")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")


def redirect_chain(handler: Handler) -> None:
    left = int(handler.path.partition("?")[2])
    handler.redirect(f"/chain?{left - 1}" if left else "/article")


def bomb(*, layers: int, size_bytes: int) -> bytes:
    data = b"a" * size_bytes
    for _ in range(layers):
        data = gzip.compress(data, 9)
    return data


def empty_gzip_blocks() -> bytes:
    """Megabytes of gzip that unpack to nothing."""
    packer = zlib.compressobj(wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    return head + b"\x00\x00\x00\xff\xff" * (40 * MB // 5)


PAGES: dict[str, Page] = {
    "/article": page(ARTICLE.encode()),
    "/huge": page(b"x" * (50 * MB), "text/plain"),
    "/bomb": page(bomb(layers=1, size_bytes=100 * MB), "text/plain", Content_Encoding="gzip"),
    "/bomb-twice": page(bomb(layers=2, size_bytes=MB), "text/plain", Content_Encoding="gzip, gzip"),
    "/empty-blocks": page(empty_gzip_blocks(), "text/plain", Content_Encoding="gzip"),
    "/not-gzip": page(b"this is not gzip", Content_Encoding="gzip"),
    "/loop": lambda handler: handler.redirect("/loop"),
    "/chain": redirect_chain,
    "/to-file": lambda handler: handler.redirect("file:///etc/passwd"),
    "/to-nowhere": lambda handler: handler.redirect("http://0177.0.0.1/"),
    "/redirect-endless": redirect_with_endless_body,
    "/drip": send_forever(b"a", 0.05),
    "/drip-headers": drip_headers,
    "/hang": lambda handler: time.sleep(3),
    "/half": promise_more_than_is_sent,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PageServer]:
    # Nothing here uses TLS, and the usual certificates take 40 ms a client to load.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with PageServer(PAGES) as server:
        yield server


@pytest.fixture
def read(server: PageServer) -> Read:
    """Read a path of the server."""
    return partial(read_page, server)


def test_redirects_are_followed_and_the_final_url_named(read: Read, server: PageServer) -> None:
    assert f"URL: http://127.0.0.1:{server.server_port}/article" in read("/chain?4").text


@pytest.mark.parametrize("path", ["/chain?5", "/loop"])
def test_the_sixth_redirect_is_refused(read: Read, path: str) -> None:
    with pytest.raises(ToolError, match="^more than 5 redirects$"):
        read(path)


def test_a_fast_endless_body_of_a_redirect_is_not_read(read: Read, server: PageServer) -> None:
    assert "Paragraph 7" in read("/redirect-endless").text
    assert server.cut.wait(5)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/bomb-twice", "packed in a way that is not supported"),
        ("/not-gzip", "broke off or sent a broken answer"),
        ("/half", "broke off or sent a broken answer"),
        ("/to-nowhere", "broke off or sent a broken answer"),
        ("/to-file", "only full http:// and https:// URLs"),
    ],
)
def test_an_answer_that_cannot_be_read_is_one_plain_sentence(
    read: Read, path: str, message: str
) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_50_mb_body_is_cut_at_5_mb(read: Read, server: PageServer) -> None:
    text = read("/huge").text
    assert "[only the first 5 MB of the page were read]" in text
    assert "[cut after 20000 of 5000000 characters]" in text
    assert server.cut.wait(5), "the server could send it all"


def test_a_gzip_bomb_is_unpacked_to_the_limit_only(read: Read) -> None:
    tracemalloc.start()
    try:
        text = read("/bomb").text
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "[only the first 5 MB of the page were read]" in text
    assert peak_bytes < 50 * MB


def test_gzip_that_unpacks_to_nothing_is_cut_too(read: Read, server: PageServer) -> None:
    with pytest.raises(ToolError, match="no text"):
        read("/empty-blocks")
    assert server.cut.wait(5)


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/hang"])
def test_a_slow_server_is_cut_at_the_limit(read: Read, server: PageServer, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(ToolError, match="took longer than 0.2 s|does not answer"):
        read(path, timeout_s=0.2)
    assert time.monotonic() - start < 2.5
    if path != "/hang":
        assert server.cut.wait(5), "the connection stayed open"


def test_the_run_s_own_deadline_shortens_the_limit(server: PageServer) -> None:
    context = CallContext(question="?", deadline=time.monotonic() + 0.3)
    tool = WebPageTool(allow_private=True)
    start = time.monotonic()
    with pytest.raises(ToolError):
        tool.run({"url": server.url + "/drip"}, context)
    assert time.monotonic() - start < 2.3
    with pytest.raises(ToolError, match="no time is left"):
        tool.run({"url": server.url + "/drip"}, context)


def test_no_thread_stays_behind(read: Read) -> None:
    with pytest.raises(ToolError):
        read("/drip", timeout_s=0.2)
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_a_refused_connection_reads_as_no_network(server: PageServer) -> None:
    server.stop()
    tool = WebPageTool(allow_private=True)
    with pytest.raises(ToolError, match="^no network: cannot connect to 127.0.0.1$"):
        tool.run({"url": server.url + "/"}, CallContext(question="?"))


def test_a_proxy_of_the_environment_is_not_used(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "Paragraph 7" in read("/article").text
