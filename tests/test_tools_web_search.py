"""`web_search` against a loopback server that plays each service, on good and bad days."""

import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest
from ddgs.engines.duckduckgo import Duckduckgo

from tools.base import CallContext, Observation, ToolError
from tools.web_search import BACKENDS, WebSearchTool

KEY = "tvly-S3CRET-0123456789"
APIS = ["tavily", "brave", "searxng"]
NAMES = {"tavily": "Tavily", "brave": "Brave", "searxng": "SearXNG"}
HITS = [
    ("Tides &amp; <strong>Moon</strong>", "https://tides.example/a", "Why <b>tides</b>\x07 rise."),
    ("Neap tide", "https://tides.example/b", "When 1 < 2 &amp; 3 > 2. " + "word " * 300),
    ("Third \ud800", "https://tides.example/c", "three"),
]


@dataclass
class Reply:
    """What the server answers to everything, and what it was asked."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = Reply()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is expected here."""


class Handler(BaseHTTPRequestHandler):
    server: Server

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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def good_answer(backend: str) -> Any:
    snippet = "description" if backend == "brave" else "content"
    items = [{"title": title, "url": url, snippet: text} for title, url, text in HITS]
    if backend == "brave":
        return {"type": "search", "web": {"type": "search", "results": items}}
    return {"query": "x", "results": items}


def tool(backend: str, server: Server, *, timeout_s: float = 5.0) -> WebSearchTool:
    return WebSearchTool(
        backend=backend, api_key=KEY, base_url=server.url + "/", timeout_s=timeout_s
    )


def search(tool: WebSearchTool, query: str = "why tides", **more: int) -> Observation:
    return tool.run({"query": query, **more}, CallContext(question="?"))


@pytest.mark.parametrize("backend", APIS)
def test_good_results_come_back_numbered_and_cleaned(backend: str, server: Server) -> None:
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
def test_no_more_results_than_asked_for(backend: str, server: Server) -> None:
    server.reply.body = json.dumps(good_answer(backend)).encode()
    assert len(search(tool(backend, server), max_results=2).documents) == 2


def test_tavily_is_asked_as_its_api_wants(server: Server) -> None:
    server.reply.body = json.dumps(good_answer("tavily")).encode()
    search(tool("tavily", server), max_results=7)
    ((method, path, headers, body),) = server.reply.asked
    assert (method, path, headers["Authorization"]) == ("POST", "/search", f"Bearer {KEY}")
    assert json.loads(body) == {"query": "why tides", "max_results": 7}


def test_brave_is_asked_as_its_api_wants(server: Server) -> None:
    server.reply.body = json.dumps(good_answer("brave")).encode()
    search(tool("brave", server), "caf\u00e9 & tides")
    ((method, path, headers, _),) = server.reply.asked
    url = urlsplit(path)
    assert (method, url.path) == ("GET", "/res/v1/web/search")
    assert parse_qs(url.query) == {"q": ["caf\u00e9 & tides"], "count": ["5"]}
    assert headers["X-Subscription-Token"] == KEY


def test_searxng_is_asked_as_its_api_wants_and_gets_no_key(server: Server) -> None:
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
    backend: str, reply: Reply, message: str, server: Server
) -> None:
    server.reply = reply
    start = time.monotonic()
    with pytest.raises(ToolError, match=message) as caught:
        search(tool(backend, server, timeout_s=0.3 if reply.delay_s else 5.0))
    assert time.monotonic() - start < 1.8
    assert "\n" not in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_redirect_does_not_carry_the_key_elsewhere(server: Server) -> None:
    server.reply = Reply(302, headers={"Location": server.url + "/elsewhere"})
    with pytest.raises(ToolError, match="answered HTTP 302"):
        search(tool("brave", server))
    assert len(server.reply.asked) == 1


@pytest.mark.parametrize("backend", APIS)
def test_a_refused_connection_reads_as_no_network(backend: str, server: Server) -> None:
    server.server_close()
    with pytest.raises(ToolError, match="^no network: cannot connect to 127.0.0.1$"):
        search(tool(backend, server))


def test_the_run_s_own_deadline_shortens_the_limit(server: Server) -> None:
    server.reply.delay_s = 2.0
    start = time.monotonic()
    with pytest.raises(ToolError):
        tool("tavily", server).run(
            {"query": "x"}, CallContext(question="?", deadline=time.monotonic() + 0.2)
        )
    assert time.monotonic() - start < 1.2


def test_the_key_shows_nowhere(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.reply.body = json.dumps(good_answer("tavily")).encode()
    web_search = tool("tavily", server)
    search(web_search)
    assert KEY not in repr(web_search) + str(web_search) + caplog.text


@pytest.mark.parametrize("bad_key", [KEY + "\u00e9", KEY[:6] + "\n" + KEY[6:], KEY + "\x00"])
def test_a_key_that_cannot_be_one_is_refused_unseen(bad_key: str) -> None:
    with pytest.raises(ValueError, match="characters that no key has") as caught:
        WebSearchTool(backend="tavily", api_key=bad_key)
    assert KEY[:6] not in "".join(traceback.format_exception(caught.value))


def test_a_newline_around_the_key_is_forgiven(server: Server) -> None:
    server.reply.body = json.dumps(good_answer("brave")).encode()
    search(WebSearchTool(backend="brave", api_key=f" {KEY}\n", base_url=server.url))
    assert server.reply.asked[0][2]["X-Subscription-Token"] == KEY


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"backend": "altavista"}, "no backend 'altavista': choose duckduckgo, tavily, brave, sea"),
        ({"backend": "tavily"}, "tavily needs an API key"),
        ({"backend": "brave", "api_key": " "}, "brave needs an API key"),
        ({"backend": "searxng"}, "searxng needs a base_url"),
        ({"backend": "searxng", "base_url": "search.example.org"}, "needs a base_url such as"),
        ({"backend": "searxng", "base_url": "http://0177.0.0.1"}, "needs a base_url such as"),
        ({"backend": "searxng", "base_url": "https://me:pw@s.example"}, "without user name"),
        ({"backend": "duckduckgo", "base_url": "https://s.example"}, "takes no base_url"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        WebSearchTool(**settings)  # type: ignore[arg-type]


def test_an_empty_query_is_not_sent(server: Server) -> None:
    with pytest.raises(ToolError, match="the query is empty"):
        search(tool("searxng", server), " \n")
    assert server.reply.asked == []


def ddg_page(*hits: tuple[str, str, str]) -> bytes:
    """A result page in the form that ddgs reads."""
    return "".join(
        f"<div class='body'><h2>{title}</h2><a href='{url}'>{text}</a></div>"
        for title, url, text in hits
    ).encode()


@pytest.fixture
def duckduckgo(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., WebSearchTool]:
    """ddgs itself, led to the loopback server by the address that its engine asks."""
    monkeypatch.delenv("DDGS_PROXY", raising=False)
    monkeypatch.setattr(Duckduckgo, "search_url", server.url + "/html/")
    return WebSearchTool


def test_duckduckgo_results_come_back(
    server: Server, duckduckgo: Callable[..., WebSearchTool]
) -> None:
    server.reply = Reply(
        body=ddg_page(*((f"Tide {n}", f"https://t.example/{n}", f"text {n}") for n in range(4))),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )
    observation = search(duckduckgo(), "tide", max_results=3)
    assert observation.documents == tuple(
        f"Tide {n}\nhttps://t.example/{n}\ntext {n}" for n in range(3)
    )
    ((method, path, _, body),) = server.reply.asked
    assert (method, path, parse_qs(body.decode())["q"]) == ("POST", "/html/", ["tide"])


@pytest.mark.parametrize("reply", [Reply(body=b"<html></html>"), Reply(202), Reply(403)])
def test_duckduckgo_without_results_says_what_to_try(
    reply: Reply, server: Server, duckduckgo: Callable[..., WebSearchTool]
) -> None:
    server.reply = reply
    with pytest.raises(ToolError, match="^no results: try other words .or DuckDuckGo refuses"):
        search(duckduckgo())


def test_duckduckgo_that_hangs_is_given_up(
    server: Server, duckduckgo: Callable[..., WebSearchTool]
) -> None:
    server.reply.delay_s = 3.0
    start = time.monotonic()
    with pytest.raises(ToolError, match="^DuckDuckGo does not answer$"):
        search(duckduckgo(timeout_s=1.0))
    assert time.monotonic() - start < 2.5


def test_duckduckgo_without_a_network_says_so_at_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ddgs reads its proxy from the environment: a closed port stands for the missing network."""
    server.server_close()
    monkeypatch.setenv("DDGS_PROXY", server.url)
    start = time.monotonic()
    with pytest.raises(ToolError, match="^no network: cannot connect to DuckDuckGo$"):
        search(WebSearchTool())
    assert time.monotonic() - start < 3


def test_the_schema_is_valid_and_bounds_the_arguments() -> None:
    schema = WebSearchTool.parameters
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"query": "x", "max_results": 10}, schema)
    for bad in ({}, {"query": ""}, {"query": "x" * 401}, {"query": "x", "max_results": 11}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_every_search_leaves_the_machine() -> None:
    assert WebSearchTool().leaves_machine({"query": "x"})
    assert list(BACKENDS) == ["duckduckgo", "tavily", "brave", "searxng"]
