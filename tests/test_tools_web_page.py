"""`web_page` against a real server on loopback: what becomes of pages of every kind."""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import jsonschema
import pytest
from page_server import ARTICLE, Page, PageServer, page, read_page

from tools.base import CallContext, Observation, ToolError
from tools.web_page import WebPageTool

Read = Callable[..., Observation]


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
    "/huge-html": page(b"<html><body>" + b"<p>A line of ordinary text.</p>" * 160_000),
    "/nested": page(b"<html><body>" + b"<div>" * 900_000 + b"deep"),
    "/scripts-first": page(
        b"<html><head><script>"
        + b"var data = '<p>x</p>';" * 100_000
        + b"</script>"
        + ARTICLE.encode()
    ),
    "/missing": lambda handler: handler.send_error(404),
    "/down": lambda handler: handler.send_error(503),
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


@pytest.mark.parametrize("path", ["/article", "/untyped", "/packed", "/zlib"])
def test_a_page_gives_title_final_url_and_main_text(
    read: Read, server: PageServer, path: str
) -> None:
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


def test_loopback_is_refused_unless_the_user_allows_it(server: PageServer) -> None:
    url = server.url + "/article"
    with pytest.raises(ToolError, match="not on the public internet"):
        WebPageTool().run({"url": url}, CallContext(question="?"))


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
