"""Tavily, Brave and SearXNG, played by a loopback server, on good and bad days."""

import json
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from search_server import Reply, SearchServer, search

from tools.base import ToolError
from tools.web_search import WebSearchTool

KEY = "tvly-S3CRET-0123456789"
APIS = ["tavily", "brave", "searxng"]
HITS = [
    ("Tides &amp; <strong>Moon</strong>", "https://tides.example/a", "Why <b>tides</b>\x07 rise."),
    ("Neap tide", "https://tides.example/b", "When 1 < 2 &amp; 3 > 2. " + "word " * 300),
    ("Third \ud800", "https://tides.example/c", "three"),
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SearchServer]:
    # Nothing here uses TLS, and the usual certificates take 40 ms a client to load.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    with SearchServer() as server:
        yield server


def good_answer(backend: str) -> Any:
    snippet = "description" if backend == "brave" else "content"
    items = [{"title": title, "url": url, snippet: text} for title, url, text in HITS]
    if backend == "brave":
        return {"type": "search", "web": {"type": "search", "results": items}}
    return {"query": "x", "results": items}


def tool(backend: str, server: SearchServer, *, timeout_s: float = 5.0) -> WebSearchTool:
    return WebSearchTool(
        backend=backend, api_key=KEY, base_url=server.url + "/", timeout_s=timeout_s
    )


@pytest.mark.parametrize("backend", APIS)
def test_good_results_come_back_numbered_and_cleaned(backend: str, server: SearchServer) -> None:
    server.reply.body = json.dumps(good_answer(backend)).encode()
    observation = search(tool(backend, server))
    assert observation.text.startswith(
        "1. Tides & Moon\n   https://tides.example/a\n   Why tides rise.\n"
        "2. Neap tide\n   https://tides.example/b\n   When 1 < 2 & 3 > 2. word word"
    )
    assert observation.documents[0] == "Tides & Moon\nhttps://tides.example/a\nWhy tides rise."
    assert observation.documents[2] == "Third\nhttps://tides.example/c\nthree"
    assert len(observation.documents) == 3
    snippet = observation.documents[1].splitlines()[2]
    assert len(snippet) <= 500
    assert snippet.endswith("…")
    assert KEY not in observation.text


@pytest.mark.parametrize("backend", APIS)
def test_no_more_results_than_asked_for(backend: str, server: SearchServer) -> None:
    server.reply.body = json.dumps(good_answer(backend)).encode()
    assert len(search(tool(backend, server), max_results=2).documents) == 2


def test_tavily_is_asked_as_its_api_wants(server: SearchServer) -> None:
    server.reply.body = json.dumps(good_answer("tavily")).encode()
    search(tool("tavily", server), max_results=7)
    ((method, path, headers, body),) = server.reply.asked
    assert (method, path, headers["Authorization"]) == ("POST", "/search", f"Bearer {KEY}")
    assert json.loads(body) == {"query": "why tides", "max_results": 7}


def test_brave_is_asked_as_its_api_wants(server: SearchServer) -> None:
    server.reply.body = json.dumps(good_answer("brave")).encode()
    search(tool("brave", server), "caf\u00e9 & tides")
    ((method, path, headers, _),) = server.reply.asked
    url = urlsplit(path)
    assert (method, url.path) == ("GET", "/res/v1/web/search")
    assert parse_qs(url.query) == {"q": ["caf\u00e9 & tides"], "count": ["5"]}
    assert headers["X-Subscription-Token"] == KEY


def test_searxng_is_asked_as_its_api_wants_and_gets_no_key(server: SearchServer) -> None:
    server.reply.body = json.dumps(good_answer("searxng")).encode()
    search(tool("searxng", server))
    ((method, path, headers, _),) = server.reply.asked
    url = urlsplit(path)
    assert (method, url.path) == ("GET", "/search")
    assert parse_qs(url.query) == {"q": ["why tides"], "format": ["json"]}
    assert KEY not in str(headers)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(Reply(401), r"refused the request \(HTTP 401\): check the API key", id="401"),
        pytest.param(Reply(403), r"refused .*\(HTTP 403\)", id="403"),
        pytest.param(Reply(422), r"refused .*\(HTTP 422\)", id="422"),
        pytest.param(Reply(429), r"allows no more searches for now \(HTTP 429\)", id="429"),
        pytest.param(Reply(404), r"answered HTTP 404: check its base_url", id="404"),
        pytest.param(Reply(500), r"is out of order \(HTTP 500\)", id="500"),
        pytest.param(Reply(503), r"is out of order \(HTTP 503\)", id="503"),
        pytest.param(Reply(body=b'{"results": [{"ti'), "not JSON", id="half-json"),
        pytest.param(Reply(body=b"<html>hello</html>"), "not JSON", id="html"),
        pytest.param(Reply(body=b"\xff\xfe\xfa"), "not JSON", id="binary"),
        pytest.param(Reply(body=b"[" * 100_000), "not JSON", id="deep-json"),
        pytest.param(Reply(body=b""), "not JSON", id="empty"),
        pytest.param(Reply(body=b"{}"), "API may have changed", id="no-results-key"),
        pytest.param(Reply(body=b"[1, 2]"), "API may have changed", id="list"),
        pytest.param(
            Reply(body=b'{"results": {"a": 1}, "web": 3}'), "API may have changed", id="other-types"
        ),
        pytest.param(
            Reply(body=b'{"results": [{"link": "x"}, 4], "web": {"results": [{"link": "x"}]}}'),
            "API may have changed",
            id="renamed-fields",
        ),
        pytest.param(
            Reply(body=b'{"results": [], "type": "search"}'), "^no results: try", id="no-results"
        ),
        pytest.param(
            Reply(body=b'{"res', headers={"Content-Length": "900"}), "broke off", id="cut-off"
        ),
        pytest.param(Reply(delay_s=2.0), "does not answer|took longer than", id="hang"),
    ],
)
@pytest.mark.parametrize("backend", APIS)
def test_a_bad_day_of_the_service_is_one_plain_sentence(
    backend: str, reply: Reply, message: str, server: SearchServer
) -> None:
    server.reply = reply
    start = time.monotonic()
    with pytest.raises(ToolError, match=message) as caught:
        search(tool(backend, server, timeout_s=0.15 if reply.delay_s else 5.0))
    assert time.monotonic() - start < 1.8
    assert "\n" not in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_redirect_does_not_carry_the_key_elsewhere(server: SearchServer) -> None:
    server.reply = Reply(302, headers={"Location": server.url + "/elsewhere"})
    with pytest.raises(ToolError, match="answered HTTP 302"):
        search(tool("brave", server))
    assert len(server.reply.asked) == 1


@pytest.mark.parametrize("backend", APIS)
def test_a_refused_connection_reads_as_no_network(backend: str, server: SearchServer) -> None:
    server.stop()
    with pytest.raises(ToolError, match="^no network: cannot connect to 127.0.0.1$"):
        search(tool(backend, server))
