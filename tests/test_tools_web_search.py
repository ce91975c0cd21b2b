"""`web_search` itself: its settings, its arguments, and that the key shows nowhere."""

import logging
import time
import traceback
from collections.abc import Iterator

import jsonschema
import pytest
from search_server import SearchServer, search

from tools.base import CallContext, ToolError
from tools.search_services import SERVICES
from tools.web_search import BACKENDS, WebSearchTool

KEY = "tvly-S3CRET-0123456789"
ONE_HIT = b'{"results": [{"title": "Tides", "url": "https://tides.example", "content": "Why."}]}'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    with SearchServer() as server:
        yield server


def tool(server: SearchServer, backend: str = "tavily") -> WebSearchTool:
    return WebSearchTool(backend=backend, api_key=KEY, base_url=server.url)


@pytest.mark.parametrize("bad_key", [KEY + "\u00e9", KEY[:6] + "\n" + KEY[6:], KEY + "\x00"])
def test_a_key_that_cannot_be_one_is_refused_unseen(bad_key: str) -> None:
    with pytest.raises(ValueError, match="characters that no key has") as caught:
        WebSearchTool(backend="tavily", api_key=bad_key)
    assert KEY[:6] not in "".join(traceback.format_exception(caught.value))


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
        ({"backend": "searxng", "base_url": "https://s.example:x"}, "needs a base_url such as"),
        ({"backend": "searxng", "base_url": "https://[::g]"}, "needs a base_url such as"),
        ({"backend": "searxng", "base_url": "https://s.exa\nmple"}, "needs a base_url such as"),
        ({"backend": "searxng", "base_url": " https://s.example"}, "needs a base_url such as"),
        ({"backend": "searxng", "base_url": "file:///etc/passwd"}, "needs a base_url such as"),
        ({"backend": "duckduckgo", "base_url": "https://s.example"}, "takes no base_url"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        WebSearchTool(**settings)  # type: ignore[arg-type]


def test_the_schema_is_valid_and_bounds_the_arguments() -> None:
    schema = WebSearchTool.parameters
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"query": "x", "max_results": 10}, schema)
    for bad in ({}, {"query": ""}, {"query": "x" * 401}, {"query": "x", "max_results": 11}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://localhost:8080",
        "https://s.example/a?b",
        "HTTPS://b\u00fccher.example",
        "http://[::1]:1",
    ],
)
def test_any_full_address_will_do(base_url: str) -> None:
    WebSearchTool(backend="searxng", base_url=base_url)


def test_every_search_leaves_the_machine() -> None:
    assert WebSearchTool().leaves_machine({"query": "x"})
    assert list(BACKENDS) == ["duckduckgo", "tavily", "brave", "searxng"]


def test_every_backend_has_a_service() -> None:
    assert tuple(SERVICES) == BACKENDS


def test_the_key_shows_nowhere(server: SearchServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.reply.body = ONE_HIT
    web_search = tool(server)
    search(web_search)
    assert KEY not in repr(web_search) + str(web_search) + caplog.text


def test_a_newline_around_the_key_is_forgiven(server: SearchServer) -> None:
    server.reply.body = b'{"type": "search", "web": ' + ONE_HIT + b"}"
    search(WebSearchTool(backend="brave", api_key=f" {KEY}\n", base_url=server.url))
    assert server.reply.asked[0][2]["X-Subscription-Token"] == KEY


def test_an_empty_query_is_not_sent(server: SearchServer) -> None:
    with pytest.raises(ToolError, match="the query is empty"):
        search(tool(server, "searxng"), " \n")
    assert server.reply.asked == []


def test_the_run_s_own_deadline_shortens_the_limit(server: SearchServer) -> None:
    server.reply.delay_s = 2.0
    start = time.monotonic()
    with pytest.raises(ToolError):
        tool(server).run({"query": "x"}, CallContext(question="?", deadline=time.monotonic() + 0.2))
    assert time.monotonic() - start < 1.2
