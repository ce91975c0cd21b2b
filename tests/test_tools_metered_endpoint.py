"""Tries, waits and the bill of one call, against a real loopback server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from endpoint_calls import KEY, MESSAGES
from hypothesis import given
from hypothesis import strategies as st
from openai_server import Json, OpenAIServer, Reply, delta, event, events, refused, streamed

from tools.base import Usage
from tools.budget import Budget, BudgetError, max_input_tokens
from tools.endpoint import Endpoint
from tools.endpoint_errors import EndpointError, Failure, is_maybe_billed, parse_retry_after
from tools.metered_endpoint import MeteredEndpoint, MeteredReply, Patience, RetryNote
from tools.prices import FlatPrice, Price

PRICE = FlatPrice(1.0, 10.0, 0.1)
PATIENCE = Patience(max_tries=3, first_wait_s=0.02, max_wait_s=1.5)
GOOD = streamed("Paris.", tokens=(1000, 10))
GOOD_USD = 0.0011
WORST_IN = max_input_tokens(MESSAGES)


class TimedServer(OpenAIServer):
    """Notes when each request came."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def take(self, request: Any) -> Reply:
        self.times.append(time.monotonic())
        return super().take(request)


@pytest.fixture
def server() -> Iterator[TimedServer]:
    server = TimedServer()
    with server:
        yield server


def ask(
    server: OpenAIServer,
    *replies: Reply,
    price: Price | None = PRICE,
    patience: Patience = PATIENCE,
    budget: Budget | None = None,
    within_s: float = 20.0,
    **how: Any,
) -> tuple[list[str], MeteredReply]:
    """(what was shown, the reply)."""
    server.script(*replies)
    at = Endpoint(server.base_url, "m", KEY, stall_timeout_s=0.06)
    shown: list[str] = []
    stream = MeteredEndpoint(at, price, who="gpt", patience=patience).stream(
        MESSAGES,
        **{"max_tokens": 64} | how,
        budget=budget or Budget(),
        deadline=time.monotonic() + within_s,
    )
    try:
        while True:
            shown.append(next(stream))
    except StopIteration as done:
        return shown, done.value


def failed(server: OpenAIServer, *replies: Reply, **how: Any) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        ask(server, *replies, **how)
    return caught.value


# Tries


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_other_4xx_are_final_in_the_providers_words(server: TimedServer, status: int) -> None:
    error = failed(server, refused(status, "no such thing"), GOOD)
    assert "no such thing" in str(error) and error.usage == ()
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(server: TimedServer, status: int) -> None:
    shown, metered = ask(server, refused(status, "busy"), GOOD)
    assert metered.reply.text == "Paris."
    (note,) = metered.notes
    assert f"HTTP {status}: busy; tried again after 0.0 s" in note
    assert isinstance(shown[0], RetryNote) and "trying again in 0.0 s" in shown[0]
    assert [type(piece) for piece in shown[1:]] == [str]


@pytest.mark.parametrize(
    "reply", [streamed("Par", ending="cut"), streamed("Par", ending="hang"), Reply((), 200)]
)
def test_lost_and_silent_connections_are_tried_again(server: TimedServer, reply: Reply) -> None:
    _, metered = ask(server, reply, GOOD)
    assert metered.reply.text == "Paris."
    assert (metered.usage.calls, metered.usage.estimated) == (2, True)


def test_an_address_where_nobody_listens_is_tried_again() -> None:
    with OpenAIServer() as server:
        pass
    began = time.monotonic()
    error = failed(server)
    assert error.failure is Failure.PASSING and error.usage == ()
    assert 0.02 < time.monotonic() - began < 2


def test_tries_end_and_waits_double_with_jitter(server: TimedServer) -> None:
    patience = Patience(max_tries=5, first_wait_s=0.08, max_wait_s=0.2)
    failed(server, refused(500, "kaputt"), patience=patience)
    gaps = [after - before for before, after in pairwise(server.times)]
    assert len(gaps) == 4
    for gap, bound in zip(gaps, (0.08, 0.16, 0.2, 0.2), strict=True):
        assert bound / 2 <= gap < bound + 0.08


def test_waits_differ(server: TimedServer) -> None:
    at = MeteredEndpoint(Endpoint(server.base_url, "m"), PRICE, who="gpt")
    assert len({next(at._waits()) for _ in range(20)}) > 10


# Retry-After


def test_the_server_says_how_long(server: TimedServer) -> None:
    ask(server, refused(429, "slow down", headers={"Retry-After": "0.3"}), GOOD)
    assert 0.3 <= server.times[1] - server.times[0] < 0.6


def test_a_server_that_asks_for_too_much_is_given_up_at_once(server: TimedServer) -> None:
    hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    for asked, within_s in (("60", 20.0), ("inf", 20.0), (hour, 20.0), ("1", 0.8)):
        began = time.monotonic()
        error = failed(
            server, refused(429, "slow", headers={"Retry-After": asked}), GOOD, within_s=within_s
        )
        assert "HTTP 429: slow" in str(error)
        assert time.monotonic() - began < 0.7
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 12.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("nan", None),
        ("soon", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (parse_retry_after(soon) or 0) <= 90
    without_zone = soon.replace("GMT", "-0000")
    assert 80 < (parse_retry_after(without_zone) or 0) <= 90


@given(st.text() | st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,5} \d\d:\d\d:\d\d [+-]\d{4,9}"))
def test_any_retry_after_is_a_wait_or_nothing(value: str) -> None:
    seconds = parse_retry_after(value)
    assert seconds is None or seconds >= 0


# The bill


def counted(usage: Json) -> Reply:
    return events(delta(content="x"), delta("stop"), {"choices": [], "usage": usage}, "[DONE]")


@pytest.mark.parametrize(
    ("usage", "tokens", "cost_usd"),
    [
        (
            {
                "prompt_tokens": 1000,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 800},
                "completion_tokens_details": {"reasoning_tokens": 40},
            },
            (1000, 50, 800, 40),
            0.00078,
        ),
        (
            {
                "prompt_tokens": 1000,
                "completion_tokens": 50,
                "prompt_cache_hit_tokens": 800,
                "prompt_cache_miss_tokens": 200,
            },
            (1000, 50, 800, 0),
            0.00078,
        ),
        (
            {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1060},
            (1000, 60, 0, 0),
            0.0016,
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 99},
                "completion_tokens_details": {"reasoning_tokens": 99},
            },
            (10, 5, 10, 5),
            0.000051,
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": None},
            (10, 5, 0, 0),
            0.00006,
        ),
    ],
    ids=["OpenAI", "DeepSeek", "hidden thinking", "more than there is", "null details"],
)
def test_tokens_are_billed_as_the_provider_reports_them(
    server: TimedServer, usage: Json, tokens: tuple[int, ...], cost_usd: float
) -> None:
    line = ask(server, counted(usage))[1].usage
    assert tokens == (
        line.input_tokens,
        line.output_tokens,
        line.cached_input_tokens,
        line.reasoning_tokens,
    )
    assert line.cost_usd == pytest.approx(cost_usd)
    assert (line.who, line.calls, line.estimated) == ("gpt", 1, False)
    assert line.latency_s > 0


def test_a_count_that_came_before_the_end_is_no_count() -> None:
    """Some servers count all along: what follows the last count has to be guessed."""
    early = {"usage": {"prompt_tokens": 30, "completion_tokens": 1}}
    texts = [delta(content="x" * 40) | early, delta(content="y" * 40), delta("stop")]
    with TimedServer() as server:
        line = ask(server, events(*texts))[1].usage
        assert (line.input_tokens, line.output_tokens, line.estimated) == (30, 20, True)
        late = [*texts[:-1], texts[-1] | {"usage": {"prompt_tokens": 30, "completion_tokens": 25}}]
        line = ask(server, events(*late))[1].usage
        assert (line.output_tokens, line.estimated) == (25, False)


def test_every_try_is_on_the_bill(server: TimedServer) -> None:
    cut = streamed("x" * 40, ending="cut")
    line = ask(server, cut, refused(500, "no"), GOOD)[1].usage
    assert (line.calls, line.output_tokens, line.estimated) == (2, 20, True)
    assert (line.cost_usd or 0) > GOOD_USD
    error = failed(server, cut, refused(429, "no"), refused(400, "no"))
    (line,) = error.usage
    assert (line.calls, line.output_tokens, line.estimated) == (1, 10, True)
    assert line.latency_s > 0.02, "the waits count as well"


def test_a_guess_is_no_longer_than_the_reply_may_be(server: TimedServer) -> None:
    (line,) = failed(server, streamed("x" * 4000, ending="cut"), refused(400, "no")).usage
    assert line.output_tokens == 64


@pytest.mark.parametrize(("price", "cost_usd"), [(None, None), (FlatPrice(0.0, 0.0), 0.0)])
def test_an_unknown_price_is_no_sum(
    server: TimedServer, price: Price | None, cost_usd: float | None
) -> None:
    line = ask(server, GOOD, price=price)[1].usage
    assert (line.cost_usd, line.output_tokens) == (cost_usd, 10)


@pytest.mark.parametrize(
    ("status", "words", "billed"),
    [
        (400, "no such parameter", False),
        (400, "The response was filtered: content management policy", True),
        (400, '{"code": "content_filter"}', True),
        (401, "content filter", False),
        (408, "timeout", True),
        (429, "slow down", False),
        (500, "oops", False),
        (502, "bad gateway", True),
        (503, "overloaded", False),
        (504, "timeout", True),
        (529, "overloaded", False),
    ],
)
def test_which_refusals_may_cost_something(status: int, words: str, billed: bool) -> None:
    assert is_maybe_billed(status, words) is billed


# The limit

CAP_USD = 0.01


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        (refused(400, "no"), lambda worst: 0.0),
        (refused(500, "no"), lambda worst: 0.0),
        (refused(400, "content_filter"), lambda worst: worst),
        (refused(504, "no"), lambda worst: worst),
        (streamed("x", ending="cut"), lambda worst: worst),
        (events({"error": {"message": "gone", "code": 400}}), lambda worst: worst),
        (events({"choices": []}, "[DONE]"), lambda worst: worst),
        (GOOD, lambda worst: GOOD_USD),
        (Reply(GOOD.pieces[:-2]), lambda worst: worst),
    ],
    ids=["400", "500", "filtered", "504", "cut", "error event", "no usage", "counted", "uncounted"],
)
def test_what_a_try_leaves_of_the_limit(
    server: TimedServer, reply: Reply, kept: Callable[[float], float]
) -> None:
    budget = Budget(CAP_USD)
    worst_usd = PRICE.worst_usd(input_tokens=WORST_IN, output_tokens=64)
    try:
        ask(server, reply, budget=budget, patience=replace(PATIENCE, max_tries=1))
    except EndpointError as error:
        assert error.usage == () or error.usage[0].estimated
    assert CAP_USD - budget.left_usd == pytest.approx(kept(worst_usd))


def test_a_retry_needs_money_of_its_own(server: TimedServer) -> None:
    """Enough for one worst case: what broke off may have cost it, so there is no second try."""
    cap_usd = 1.5 * PRICE.worst_usd(input_tokens=WORST_IN, output_tokens=64)
    error = failed(server, streamed("x", ending="cut"), GOOD, budget=Budget(cap_usd))
    assert "broke off" in str(error) and len(error.usage) == 1
    assert len(server.requests) == 1
    assert ask(server, refused(500, "no"), GOOD, budget=Budget(cap_usd))[1].reply.text == "Paris."


def test_a_reply_is_shortened_and_the_user_is_told(server: TimedServer) -> None:
    cap_usd = PRICE.worst_usd(input_tokens=WORST_IN, output_tokens=500)
    cut = streamed("Par", finish="length", tokens=(9, 500))
    _, metered = ask(server, cut, budget=Budget(cap_usd), max_tokens=4000)
    assert server.requests[0].body["max_tokens"] == 500
    assert metered.notes == ("the cost limit left room for 500 tokens",)
    _, metered = ask(server, GOOD, budget=Budget(cap_usd), max_tokens=4000)
    assert metered.notes == ()


@pytest.mark.parametrize("price", [None, FlatPrice(1000.0, 1000.0)])
def test_what_does_not_fit_is_not_sent(server: TimedServer, price: Price | None) -> None:
    with pytest.raises(BudgetError):
        ask(server, GOOD, price=price, budget=Budget(CAP_USD))
    assert server.requests == []


def test_negotiation_costs_nothing_and_stops_where_it_might(server: TimedServer) -> None:
    """A parameter that is refused is left out; an error event may have been paid for already."""
    unknown = "unknown parameter: seed"
    sampling = {"seed": 1}
    assert ask(server, refused(400, unknown), GOOD, sampling=sampling)[1].usage.calls == 1
    in_stream = events({"error": {"message": unknown, "code": 400}})
    error = failed(server, in_stream, GOOD, sampling=sampling)
    assert unknown in str(error) and len(server.requests) == 3


# Deadline and cancel


@pytest.mark.parametrize("how", ["deadline", "cancel"])
def test_waiting_for_a_retry_ends_in_time(server: TimedServer, how: str) -> None:
    cancelled = threading.Event()
    if how == "cancel":
        threading.Timer(0.1, cancelled.set).start()
    began = time.monotonic()
    patience = Patience(max_tries=9, first_wait_s=1.0)
    within_s = 20.0 if how == "cancel" else 0.3
    if how == "deadline":
        failed(server, refused(500, "no"), patience=patience, within_s=within_s)
    else:
        _, metered = ask(
            server, refused(500, "no"), patience=patience, within_s=within_s, cancelled=cancelled
        )
        assert metered.reply.truncated
        assert metered.usage == Usage("gpt", latency_s=metered.usage.latency_s)
    assert time.monotonic() - began < 0.9
    assert len(server.requests) == 1


def test_a_stream_that_nobody_reads_on_keeps_its_worst_case(server: TimedServer) -> None:
    server.script(Reply((event(delta(content="x")),), ending="hang"))
    budget = Budget(CAP_USD)
    at = MeteredEndpoint(Endpoint(server.base_url, "m"), PRICE, who="gpt")
    stream = at.stream(MESSAGES, max_tokens=64, budget=budget)
    next(stream)
    stream.close()
    assert budget.left_usd < CAP_USD
    assert server.hung_up.wait(2)
