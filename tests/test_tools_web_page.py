"""`web_page` against a real server on loopback that behaves well, badly and viciously."""

import gzip
import json
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema
import pytest

from tools.base import CallContext, Observation, ToolError
from tools.web_page import WebPageTool, clean_text

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
MB = 1_000_000


class Handler(BaseHTTPRequestHandler):
    """Answers each path by the function of that name in `PAGES`."""

    def do_GET(self) -> None:
        PAGES[self.path.partition("?")[0]](self)

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


class Server(ThreadingHTTPServer):
    """Notes when a handler's connection broke, so that a test can see that it was cut."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cut = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        self.cut.set()


Page = Callable[[Handler], None]
Read = Callable[..., Observation]


def page(body: bytes, mime: str | None = "text/html; charset=utf-8", **more: str) -> Page:
    return lambda handler: handler.reply(body, mime, **more)


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
    "/untyped": page(ARTICLE.encode(), None),
    "/packed": page(gzip.compress(ARTICLE.encode()), Content_Encoding="gzip"),
    "/zlib": page(zlib.compress(ARTICLE.encode()), Content_Encoding="deflate"),
    "/text": page(b"one\r\ntwo\x1b[31m", "text/plain"),
    "/json": page(b'{"a": [1, 2]}', "application/json"),
    "/problem": page(b'{"title": "x"}', "application/ld+json"),
    "/feed": page(b"<rss><title>News</title></rss>", "application/rss+xml"),
    "/latin": page(
        "<p>caf\u00e9 cr\u00e8me</p>".encode("latin-1"), "text/html; charset=iso-8859-1"
    ),
    "/latin-undeclared": page("caf\u00e9 \u201cto go\u201d".encode("cp1252"), "text/plain"),
    "/latin-meta": page(
        "<html><head><meta charset='koi8-r'></head><p>\u043c\u0438\u0440</p>".encode("koi8-r"),
        "text/html",
    ),
    "/utf16": page("tide \u00e9".encode("utf-16"), "text/plain"),
    "/broken-utf8": page(b"good \xff\xfe bad", "text/plain; charset=utf-8"),
    "/odd-charset": page(b"plain words", "text/plain; charset=punycode"),
    "/unknown-charset": page(b"plain words", "text/plain; charset=klingon"),
    "/pdf": page(b"%PDF-1.7 ...", "application/pdf"),
    "/pdf-as-html": page(b"%PDF-1.7 ...", "text/html"),
    "/binary": page(bytes(range(256)), "application/octet-stream"),
    "/binary-as-text": page(b"PK\x03\x04\x00\x00", "text/plain"),
    "/image": page(b"\x89PNG", "image/png"),
    "/empty": page(b""),
    "/script-only": page(b"<html><body><div id=root></div><script>go()</script></body></html>"),
    "/fragment": page(b"<p>Only this."),
    "/long": page(b"word " * 10_000, "text/plain"),
    "/huge": page(b"x" * (50 * MB), "text/plain"),
    "/huge-html": page(b"<html><body>" + b"<p>A line of ordinary text.</p>" * 160_000),
    "/nested": page(b"<html><body>" + b"<div>" * 900_000 + b"deep"),
    "/scripts-first": page(
        b"<html><head><script>"
        + b"var data = '<p>x</p>';" * 100_000
        + b"</script>"
        + ARTICLE.encode()
    ),
    "/bomb": page(bomb(layers=1, size_bytes=100 * MB), "text/plain", Content_Encoding="gzip"),
    "/bomb-twice": page(bomb(layers=2, size_bytes=MB), "text/plain", Content_Encoding="gzip, gzip"),
    "/empty-blocks": page(empty_gzip_blocks(), "text/plain", Content_Encoding="gzip"),
    "/not-gzip": page(b"this is not gzip", Content_Encoding="gzip"),
    "/missing": lambda handler: handler.send_error(404),
    "/down": lambda handler: handler.send_error(503),
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
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def read(server: Server) -> Read:
    """Read a path of the server."""

    def run(path: str, *, timeout_s: float = 10.0) -> Observation:
        tool = WebPageTool(timeout_s=timeout_s, allow_private=True)
        url = f"http://127.0.0.1:{server.server_port}{path}"
        return tool.run({"url": url}, CallContext(question="?"))

    return run


@pytest.mark.parametrize("path", ["/article", "/untyped", "/packed", "/zlib"])
def test_a_page_gives_title_final_url_and_main_text(read: Read, server: Server, path: str) -> None:
    observation = read(path)
    lines = observation.text.splitlines()
    assert lines[:2] == [
        "# Tides & the Moon",
        f"URL: http://127.0.0.1:{server.server_port}{path}",
    ]
    assert "Paragraph 7: the Moon pulls at the sea, and the water **rises**" in observation.text
    assert "- spring tide" in observation.text
    assert "track(" not in observation.text
    assert "Shop" not in observation.text
    assert observation.documents == (observation.text,)
    assert observation.error is None


def test_redirects_are_followed_and_the_final_url_named(read: Read, server: Server) -> None:
    assert f"URL: http://127.0.0.1:{server.server_port}/article" in read("/chain?4").text


@pytest.mark.parametrize("path", ["/chain?5", "/loop"])
def test_the_sixth_redirect_is_refused(read: Read, path: str) -> None:
    with pytest.raises(ToolError, match="^more than 5 redirects$"):
        read(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/text", "one\ntwo[31m"),
        ("/json", '{"a": [1, 2]}'),
        ("/problem", '{"title": "x"}'),
        ("/feed", "<rss><title>News</title></rss>"),
        ("/latin", "caf\u00e9 cr\u00e8me"),
        ("/latin-undeclared", "caf\u00e9 \u201cto go\u201d"),
        ("/latin-meta", "\u043c\u0438\u0440"),
        ("/utf16", "tide \u00e9"),
        ("/broken-utf8", "good \ufffd\ufffd bad"),
        ("/odd-charset", "plain words"),
        ("/unknown-charset", "plain words"),
        ("/fragment", "Only this."),
    ],
)
def test_text_comes_through_in_any_encoding(read: Read, path: str, text: str) -> None:
    body = read(path).text.partition("\n\n")[2]
    assert body.partition("\n\n[")[0] == text


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/missing", "127.0.0.1 answered HTTP 404 Not Found"),
        ("/down", "127.0.0.1 answered HTTP 503 Service Unavailable"),
        ("/pdf", "the type application/pdf is not supported"),
        ("/pdf-as-html", "the type application/pdf is not supported"),
        ("/binary", "the type application/octet-stream is not supported"),
        ("/binary-as-text", "the type application/octet-stream is not supported"),
        ("/image", "the type image/png is not supported"),
        ("/empty", r"has no text \(it may be empty or need JavaScript\)"),
        ("/script-only", r"has no text \(it may be empty or need JavaScript\)"),
        ("/bomb-twice", "packed in a way that is not supported"),
        ("/not-gzip", "broke off or sent a broken answer"),
        ("/half", "broke off or sent a broken answer"),
        ("/to-nowhere", "broke off or sent a broken answer"),
        ("/to-file", "only full http:// and https:// URLs"),
    ],
)
def test_what_cannot_be_read_is_one_plain_sentence(read: Read, path: str, message: str) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_page_without_main_text_falls_back_to_all_text(read: Read) -> None:
    assert read("/fragment").text.endswith(
        "\n\nOnly this.\n\n[no main text was found: this is all text of the page]"
    )


def test_a_long_text_is_cut_and_says_so(read: Read) -> None:
    text = read("/long").text
    assert text.endswith("\n[cut after 20000 of 49999 characters]")
    assert len(text) < 20_200


def test_a_50_mb_body_is_cut_at_5_mb(read: Read, server: Server) -> None:
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


def test_gzip_that_unpacks_to_nothing_is_cut_too(read: Read, server: Server) -> None:
    with pytest.raises(ToolError, match="no text"):
        read("/empty-blocks")
    assert server.cut.wait(5)


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/hang"])
def test_a_slow_server_is_cut_at_the_limit(read: Read, server: Server, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(ToolError, match="took longer than 0.5 s|does not answer"):
        read(path, timeout_s=0.5)
    assert time.monotonic() - start < 2.5
    if path != "/hang":
        assert server.cut.wait(5), "the connection stayed open"


def test_a_fast_endless_body_of_a_redirect_is_not_read(read: Read, server: Server) -> None:
    assert "Paragraph 7" in read("/redirect-endless").text
    assert server.cut.wait(5)


def test_extraction_of_a_huge_page_takes_seconds_at_most(read: Read) -> None:
    start = time.monotonic()
    assert "A line of ordinary text." in read("/huge-html").text
    assert time.monotonic() - start < 15


def test_a_page_nested_beyond_all_depth_is_no_crash(read: Read) -> None:
    with pytest.raises(ToolError, match="no text"):
        read("/nested")


def test_text_behind_megabytes_of_scripts_is_found(read: Read) -> None:
    text = read("/scripts-first").text
    assert "Paragraph 7: the Moon pulls" in text
    assert "var data" not in text


def test_the_run_s_own_deadline_shortens_the_limit(server: Server) -> None:
    context = CallContext(question="?", deadline=time.monotonic() + 0.3)
    tool = WebPageTool(allow_private=True)
    start = time.monotonic()
    with pytest.raises(ToolError):
        tool.run({"url": f"http://127.0.0.1:{server.server_port}/drip"}, context)
    assert time.monotonic() - start < 2.3
    with pytest.raises(ToolError, match="no time is left"):
        tool.run({"url": f"http://127.0.0.1:{server.server_port}/drip"}, context)


def test_no_thread_stays_behind(read: Read) -> None:
    with pytest.raises(ToolError):
        read("/drip", timeout_s=0.2)
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_a_refused_connection_reads_as_no_network(server: Server) -> None:
    server.server_close()
    tool = WebPageTool(allow_private=True)
    with pytest.raises(ToolError, match="^no network: cannot connect to 127.0.0.1$"):
        tool.run({"url": f"http://127.0.0.1:{server.server_port}/"}, CallContext(question="?"))


def test_loopback_is_refused_unless_the_user_allows_it(server: Server) -> None:
    url = f"http://127.0.0.1:{server.server_port}/article"
    with pytest.raises(ToolError, match="not on the public internet"):
        WebPageTool().run({"url": url}, CallContext(question="?"))


def test_a_proxy_of_the_environment_is_not_used(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "Paragraph 7" in read("/article").text


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("example.org/page", "only full http:// and https:// URLs"),
        ("ftp://example.org/", "only full http:// and https:// URLs"),
        ("http:///path", "only full http:// and https:// URLs"),
        ("http://me:hunter2@example.org/", "password"),
        ("http://0177.0.0.1/", "not a valid URL"),
        ("http://[::1/", "not a valid URL"),
        ("http://127.1/", "not on the public internet"),
    ],
)
def test_bad_urls_are_refused(url: str, message: str) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        WebPageTool().run({"url": url}, CallContext(question="?"))
    assert "hunter2" not in str(caught.value)


def test_the_schema_is_valid_and_wants_a_url() -> None:
    jsonschema.Draft202012Validator.check_schema(WebPageTool.parameters)
    json.dumps(WebPageTool.parameters)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, WebPageTool.parameters)


def test_it_always_leaves_the_machine() -> None:
    assert WebPageTool().leaves_machine({"url": "http://localhost/"})


def test_clean_text_keeps_what_shows() -> None:
    family = "\U0001f468\u200d\U0001f469"
    assert clean_text(f"a\tb\n{family}\x07\u202e\ud800\U000e0041\x9b") == f"a\tb\n{family}"
