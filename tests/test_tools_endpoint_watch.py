"""How a reply ends early: silence, the deadline, a cancel, or a reader that goes away."""

from __future__ import annotations

import threading
import time

import pytest
from endpoint_calls import MESSAGES, ask, drain
from openai_server import OpenAIServer, Reply, silence, streamed

from tools.endpoint import Endpoint, EndpointError


def test_a_server_that_falls_silent(server: OpenAIServer) -> None:
    server.script(streamed("Par", ending="hang"))
    stream = Endpoint(server.base_url, "m", stall_timeout_s=0.2).stream(MESSAGES, max_tokens=9)
    began = time.monotonic()
    with pytest.raises(EndpointError, match=r"sent nothing for 0\.2 s") as caught:
        drain(stream)
    assert time.monotonic() - began < 2
    assert caught.value.partial is not None and caught.value.partial.text == "Par"
    assert server.hung_up.wait(2)


def test_the_first_bytes_may_take_longer(server: OpenAIServer) -> None:
    slow = Reply(streamed("Paris").pieces, pause_s=0.3)
    server.script(Reply((b"".join(slow.pieces),), pause_s=0.4))
    endpoint = Endpoint(server.base_url, "m", stall_timeout_s=0.2)
    assert drain(endpoint.stream(MESSAGES, max_tokens=9))[0] == "Paris"
    server.script(silence())
    with pytest.raises(EndpointError, match="sent nothing for 1 s"):
        drain(endpoint.stream(MESSAGES, max_tokens=9))


def test_a_reader_that_takes_its_time_is_no_stall(server: OpenAIServer) -> None:
    server.script(streamed("Par", "is", pause_s=0.05))
    stream = Endpoint(server.base_url, "m", stall_timeout_s=0.15).stream(MESSAGES, max_tokens=9)
    next(stream)
    time.sleep(0.4)
    assert drain(stream)[0] == "is"


@pytest.mark.parametrize("reply", [streamed("Par", ending="hang"), silence()], ids=["late", "mute"])
def test_the_deadline_ends_it_with_what_has_come(server: OpenAIServer, reply: Reply) -> None:
    began = time.monotonic()
    _, got = ask(server, reply, deadline=began + 0.3)
    assert 0.25 < time.monotonic() - began < 2
    assert got.truncated
    assert got.text == ("Par" if reply.pieces else "")
    assert server.hung_up.wait(2)


def test_the_deadline_holds_for_a_trickle(server: OpenAIServer) -> None:
    trickle = Reply(tuple(b": ping\n" for _ in range(100)), pause_s=0.05)
    began = time.monotonic()
    assert ask(server, trickle, deadline=began + 0.3)[1].truncated
    assert time.monotonic() - began < 2


def test_a_deadline_in_the_past_asks_nothing(server: OpenAIServer) -> None:
    _, reply = ask(server, streamed("Paris"), deadline=time.monotonic() - 1)
    assert reply.truncated
    assert server.requests == []


@pytest.mark.parametrize("reply", [streamed("Par", ending="hang"), silence()], ids=["late", "mute"])
def test_a_cancel_ends_it_and_the_server_hears_of_it(server: OpenAIServer, reply: Reply) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    began = time.monotonic()
    _, got = ask(server, reply, cancelled=cancelled)
    assert time.monotonic() - began < 2
    assert got.truncated
    assert server.hung_up.wait(2)


def test_a_reader_that_goes_away_closes_the_connection(server: OpenAIServer) -> None:
    server.script(streamed("Par", ending="hang"))
    stream = Endpoint(server.base_url, "m").stream(MESSAGES, max_tokens=9)
    assert next(stream) == "Par"
    stream.close()
    assert server.hung_up.wait(2)
    assert not [each for each in threading.enumerate() if each.name == "endpoint-watch"]
