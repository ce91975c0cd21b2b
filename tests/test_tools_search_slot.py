"""The slot `search`: the queries that an expert writes, and what each searcher makes of them."""

from __future__ import annotations

import pytest
from expert_calls import QUESTION, context, expert, prompt_of
from openai_server import OpenAIServer, streamed
from scripted_searcher import Searcher

from tools.base import ToolError
from tools.slots import SearchSlot, parse_queries


def test_each_query_goes_to_each_searcher(server: OpenAIServer) -> None:
    server.script(streamed("<query>verdi</query> <query>opera</query>", tokens=(100, 20)))
    here = Searcher({"verdi": ("a", "b"), "opera": ("b", "c")})
    there = Searcher({"verdi": ("c", "d"), "opera": ()}, name="web_search")
    seen = SearchSlot([expert(server)], [here, there]).run({"model": "search-1"}, context())
    assert here.asked == there.asked == ["verdi", "opera"]
    assert seen.documents == ("a", "b", "c", "d")
    assert seen.text.startswith("Queries: verdi; opera\n")
    assert "[4] d" in seen.text
    assert [(line.who, line.output_tokens) for line in seen.usage] == [("gpt-5-mini", 20)]
    assert QUESTION in prompt_of(server)


@pytest.mark.parametrize(
    ("reply", "queries"),
    [
        ("<query> verdi\nopera </query>", ["verdi opera"]),
        ("<QUERY>a</QUERY><query>a</query><query></query>", ["a"]),
        ("".join(f"<query>{n}</query>" for n in range(5)), ["0", "1", "2"]),
        ("<query>never closed", ["never closed"]),
        ("<query>one<query>two</query>", ["one", "two"]),
        ("\nverdi opera\nbecause", ["verdi opera"]),
        ("x" * 999, ["x" * 300]),
        ("", []),
    ],
)
def test_queries_in_a_reply(reply: str, queries: list[str]) -> None:
    assert parse_queries(reply) == queries


def test_without_any_query_the_question_is_searched(server: OpenAIServer) -> None:
    server.script(streamed("<think>all of it"))
    searcher = Searcher({QUESTION: ("a",)})
    SearchSlot([expert(server)], [searcher]).run({"model": "search-1"}, context())
    assert searcher.asked == [QUESTION]


@pytest.mark.parametrize(
    ("query", "words"), [("unknown", "web_search is down"), ("bug", "KeyError: 'hits'")]
)
def test_one_searcher_that_fails_is_told_of(server: OpenAIServer, query: str, words: str) -> None:
    server.script(streamed(f"<query>{query}</query><query>known</query>"))
    seen = SearchSlot([expert(server)], [Searcher({"known": ("a",)}, name="web_search")]).run(
        {"model": "search-1"}, context()
    )
    assert seen.documents == ("a",)
    assert words in seen.text
    assert seen.error is None


def test_all_searchers_failing_is_an_error_that_keeps_the_bill(server: OpenAIServer) -> None:
    server.script(streamed("<query>unknown</query>", tokens=(100, 20)))
    slot = SearchSlot([expert(server)], [Searcher({}), Searcher({}, name="web_search")])
    with pytest.raises(ToolError) as caught:
        slot.run({"model": "search-1"}, context())
    assert str(caught.value) == "no search worked: local_search is down; web_search is down"
    names = [line.who for line in caught.value.usage]
    assert names == ["gpt-5-mini", "local_search", "web_search"]


def test_to_find_nothing_is_no_error(server: OpenAIServer) -> None:
    server.script(streamed("<query>a</query>"))
    seen = SearchSlot([expert(server)], [Searcher({"a": ()})]).run({"model": "search-1"}, context())
    assert (seen.documents, seen.text) == ((), "Queries: a\nnothing there")
