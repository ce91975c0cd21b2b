"""Reservations: what is held, what is given back, and what is refused."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator

import pytest
from search_server import SearchServer

from tools.base import CallContext, ToolError
from tools.budget import MIN_OUTPUT_TOKENS, Budget, BudgetError, max_input_tokens
from tools.prices import FREE, FlatPrice
from tools.web_search import WebSearchTool

PRICE = FlatPrice(1.0, 10.0)


def test_without_a_limit_anything_goes() -> None:
    budget = Budget()
    assert budget.left_usd == math.inf
    assert budget.affords(None, input_tokens=10**9)
    held = budget.reserve(None, input_tokens=10**9, max_tokens=4000)
    assert (held.max_tokens, held.worst_usd) == (4000, 0.0)
    budget.reserve_usd(None).settle(5.0)
    assert budget.left_usd == math.inf


@pytest.mark.parametrize("nonsense", [-0.01, math.nan])
def test_a_limit_that_is_none(nonsense: float) -> None:
    """Nothing is greater than not-a-number: such a limit would hold nothing back."""
    with pytest.raises(ValueError, match="0 or more"):
        Budget(nonsense)


def test_the_worst_case_is_held_until_the_provider_has_counted() -> None:
    budget = Budget(0.10)
    held = budget.reserve(PRICE, input_tokens=10_000, max_tokens=2_000)
    assert held.max_tokens == 2_000 and held.worst_usd == pytest.approx(0.03)
    assert budget.left_usd == pytest.approx(0.07)
    held.settle(0.004)
    assert budget.left_usd == pytest.approx(0.096)
    refused = budget.reserve(PRICE, input_tokens=10_000, max_tokens=2_000)
    refused.release()
    assert budget.left_usd == pytest.approx(0.096)


def test_a_reply_is_shortened_to_what_is_left() -> None:
    held = Budget(0.03).reserve(PRICE, input_tokens=10_000, max_tokens=8_000)
    assert held.max_tokens == 2_000
    at_least = Budget(0.01 + MIN_OUTPUT_TOKENS * 10e-6)
    assert at_least.affords(PRICE, input_tokens=10_000)
    assert at_least.reserve(PRICE, input_tokens=10_000, max_tokens=8_000).max_tokens == 64


def test_what_does_not_fit_is_refused_in_words() -> None:
    budget = Budget(0.01)
    assert not budget.affords(PRICE, input_tokens=10_000)
    with pytest.raises(BudgetError, match=r"it may cost more than the \$0\.010000 left"):
        budget.reserve(PRICE, input_tokens=10_000, max_tokens=64)
    with pytest.raises(BudgetError, match="its price is not known"):
        budget.reserve(None, input_tokens=1, max_tokens=1)
    assert not budget.affords(None, input_tokens=1)
    assert budget.left_usd == pytest.approx(0.01)


@pytest.mark.parametrize("cap_usd", [0.0, 0.1])
def test_what_is_free_always_fits(cap_usd: float) -> None:
    """Also after a provider has charged more than it may."""
    budget = Budget(cap_usd)
    budget.reserve_usd(cap_usd).settle(cap_usd + 1.0)
    assert budget.left_usd == 0.0
    assert budget.affords(FREE, input_tokens=10**6)
    assert budget.reserve(FREE, input_tokens=10**6, max_tokens=900).max_tokens == 900
    budget.reserve_usd(0.0)
    with pytest.raises(BudgetError):
        budget.reserve_usd(0.001)


def test_three_times_a_tenth_is_three_tenths() -> None:
    budget = Budget(0.3)
    for _ in range(3):
        budget.reserve_usd(0.1)
    with pytest.raises(BudgetError, match=r"it costs \$0\.1, more than the \$0\.000000 left"):
        budget.reserve_usd(0.1)


def test_threads_share_a_limit() -> None:
    budget, held = Budget(1.0), []
    begin = threading.Barrier(8)

    def work() -> None:
        begin.wait()
        for _ in range(50):
            try:
                held.append(budget.reserve(PRICE, input_tokens=5_000, max_tokens=64).worst_usd)
            except BudgetError:
                return

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(held) <= 1.0
    assert len(held) == int(1.0 / 0.00564)


@pytest.mark.parametrize("text", ["plain words", "𝔘𝔫𝔦 😀", '"quoted"\n\\', "\ud800", "x" * 10_000])
def test_a_prompt_has_no_more_tokens_than_bytes(text: str) -> None:
    message = {"role": "user", "content": text}
    num_bytes = len(text.encode("utf-8", "replace"))
    assert max_input_tokens([message]) > num_bytes + len("user")
    assert max_input_tokens([message] * 3) > 3 * num_bytes
    function = {"name": "f", "description": text}
    more = max_input_tokens([message], [function]) - max_input_tokens([message])
    assert more > len(json.dumps(function, ensure_ascii=False).encode("utf-8", "replace")) + 500


# A search has a price for each call


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    with SearchServer() as server:
        server.reply.body = (
            b'{"results": [{"title": "Tides", "url": "https://t.example", "content": "Why."}]}'
        )
        yield server


def tavily(server: SearchServer, price_usd: float | None) -> WebSearchTool:
    return WebSearchTool(
        backend="tavily", api_key="k" * 20, base_url=server.url, price_usd_per_call=price_usd
    )


def test_searches_stop_at_the_limit(server: SearchServer) -> None:
    context = CallContext("q", budget=Budget(0.025))
    tool = tavily(server, 0.01)
    for _ in range(2):
        (line,) = tool.run({"query": "tides"}, context).usage
        assert (line.who, line.cost_usd) == ("web_search", 0.01)
    with pytest.raises(ToolError, match=r"web_search: it costs \$0\.01, more than the \$0\.005"):
        tool.run({"query": "tides"}, context)
    assert len(server.reply.asked) == 2


def test_a_search_that_fails_is_paid_for(server: SearchServer) -> None:
    server.reply.status = 500
    budget = Budget(0.025)
    with pytest.raises(ToolError) as caught:
        tavily(server, 0.01).run({"query": "tides"}, CallContext("q", budget=budget))
    assert caught.value.usage[0].cost_usd == 0.01
    assert budget.left_usd == pytest.approx(0.015)


def test_a_search_of_unknown_price(server: SearchServer) -> None:
    tool = tavily(server, None)
    assert tool.run({"query": "tides"}, CallContext("q")).usage[0].cost_usd is None
    with pytest.raises(ToolError, match="its price is not known"):
        tool.run({"query": "tides"}, CallContext("q", budget=Budget(5.0)))
    free = WebSearchTool(backend="searxng", base_url=server.url)
    assert free.price_usd == 0.0
    assert len(server.reply.asked) == 1
