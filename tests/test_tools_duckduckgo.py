"""DuckDuckGo, asked by ddgs itself, which is led to a loopback server."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from ddgs.engines.duckduckgo import Duckduckgo
from search_server import Reply, SearchServer, search

from tools.base import ToolError
from tools.web_search import WebSearchTool


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    with SearchServer() as server:
        yield server


def ddg_page(*hits: tuple[str, str, str]) -> bytes:
    """A result page in the form that ddgs reads."""
    return "".join(
        f"<div class='body'><h2>{title}</h2><a href='{url}'>{text}</a></div>"
        for title, url, text in hits
    ).encode()


@pytest.fixture
def duckduckgo(
    server: SearchServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., WebSearchTool]:
    """ddgs itself, led to the loopback server by the address that its engine asks."""
    monkeypatch.delenv("DDGS_PROXY", raising=False)
    monkeypatch.setattr(Duckduckgo, "search_url", server.url + "/html/")
    return WebSearchTool


def test_duckduckgo_results_come_back(
    server: SearchServer, duckduckgo: Callable[..., WebSearchTool]
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
    reply: Reply, server: SearchServer, duckduckgo: Callable[..., WebSearchTool]
) -> None:
    server.reply = reply
    with pytest.raises(ToolError, match="^no results: try other words .or DuckDuckGo refuses"):
        search(duckduckgo())


def test_duckduckgo_that_hangs_is_given_up(
    server: SearchServer, duckduckgo: Callable[..., WebSearchTool]
) -> None:
    server.reply.delay_s = 3.0
    start = time.monotonic()
    with pytest.raises(ToolError, match="^DuckDuckGo does not answer$"):
        search(duckduckgo(timeout_s=1.0))
    assert time.monotonic() - start < 2.5


def test_duckduckgo_without_a_network_says_so_at_once(
    server: SearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ddgs reads its proxy from the environment: a closed port stands for the missing network."""
    server.stop()
    monkeypatch.setenv("DDGS_PROXY", server.url)
    start = time.monotonic()
    with pytest.raises(ToolError, match="^no network: cannot connect to DuckDuckGo$"):
        search(WebSearchTool())
    assert time.monotonic() - start < 3
