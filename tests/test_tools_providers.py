"""Places at a provider: no more calls at a time than it is allowed, however many want one."""

from __future__ import annotations

import threading
import time

import pytest
from expert_calls import IMPATIENT, card, context
from openai_server import OpenAIServer, streamed

from tools.base import ToolError
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.providers import provider_turn

FAR = float("inf")


def crowd(address: str, *, most: int, size: int) -> tuple[int, int]:
    """(the most that were inside at once, how many got in)."""
    inside, seen, lock = 0, [], threading.Lock()

    def come() -> None:
        nonlocal inside
        with provider_turn(
            address, most=most, deadline=FAR, cancelled=threading.Event()
        ) as granted:
            assert granted
            with lock:
                inside += 1
                seen.append(inside)
            time.sleep(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=come) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(seen), len(seen)


@pytest.mark.parametrize("most", [1, 3])
def test_as_many_as_allowed_and_each_in_the_end(most: int) -> None:
    assert crowd(f"crowd-{most}:1", most=most, size=9) == (most, 9)


def test_providers_have_places_of_their_own() -> None:
    never = threading.Event()
    with (
        provider_turn("one:1", most=1, deadline=FAR, cancelled=never) as first,
        provider_turn("two:1", most=1, deadline=FAR, cancelled=never) as other,
    ):
        assert first and other


@pytest.mark.parametrize("how", ["deadline", "cancel"])
def test_waiting_ends_with_the_deadline_and_a_cancel(how: str) -> None:
    never, cancelled = threading.Event(), threading.Event()
    if how == "cancel":
        threading.Timer(0.1, cancelled.set).start()
    deadline = time.monotonic() + (0.1 if how == "deadline" else 20)
    with provider_turn(f"{how}:1", most=1, deadline=FAR, cancelled=never):
        began = time.monotonic()
        with provider_turn(f"{how}:1", most=1, deadline=deadline, cancelled=cancelled) as granted:
            assert not granted
        assert 0.05 < time.monotonic() - began < 2
    with provider_turn(f"{how}:1", most=1, deadline=FAR, cancelled=never) as granted:
        assert granted, "whoever was refused has taken no place"


def test_a_call_that_fails_leaves_its_place() -> None:
    for _ in range(3):
        with (
            pytest.raises(ZeroDivisionError),
            provider_turn("fails:1", most=1, deadline=FAR, cancelled=threading.Event()) as granted,
        ):
            assert granted
            _ = 1 / 0


def test_experts_of_one_provider_share_its_places(server: OpenAIServer) -> None:
    """Two models at one address, one place: the second request waits for the first reply."""
    server.script(streamed("a", "b", "c", pause_s=0.05))
    experts = [
        EndpointExpert(
            card(name), Endpoint(server.base_url, name), max_concurrent=1, patience=IMPATIENT
        )
        for name in ("small", "large")
    ]
    began = time.monotonic()
    threads = [
        threading.Thread(target=each.complete, args=([],), kwargs=asked(20)) for each in experts
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.12)
    assert len(server.requests) == 1
    for thread in threads:
        thread.join()
    assert len(server.requests) == 2
    assert time.monotonic() - began > 0.3


def asked(seconds: float) -> dict[str, object]:
    return {"max_tokens": 9, "context": context(deadline=time.monotonic() + seconds)}


def test_an_expert_that_never_gets_a_place_costs_nothing(server: OpenAIServer) -> None:
    at = Endpoint(server.base_url, "m")
    full = provider_turn(at.address, most=1, deadline=FAR, cancelled=threading.Event())
    with full, pytest.raises(ToolError, match="stopped before its reply was whole") as caught:
        EndpointExpert(card(), at, max_concurrent=1).complete([], **asked(0.15))  # type: ignore[arg-type]
    assert server.requests == []
    assert [(line.input_tokens, line.cost_usd) for line in caught.value.usage] == [(0, 0.0)]
