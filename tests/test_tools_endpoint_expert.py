"""An expert behind a real loopback server: what is shown, what it costs, and how it fails."""

from __future__ import annotations

import threading
import time

import pytest
from expert_calls import context, expert
from openai_server import OpenAIServer, refused, streamed

from tools.base import ToolError
from tools.endpoint_expert import without_thinking


def test_an_expert_shows_its_text_and_not_its_thinking(server: OpenAIServer) -> None:
    shown: list[str] = []
    server.script(
        streamed("<th", "ink>hm</", "think>Ver", "di <t", "oo", thought="ah", tokens=(40, 1_000))
    )
    reply = expert(server).complete([], max_tokens=99, context=context(emit=shown.append))
    assert reply.text == "".join(shown) == "Verdi <too"
    assert len(shown) > 2
    assert (reply.usage.who, reply.usage.input_tokens, reply.usage.output_tokens) == (
        "gpt-5-mini",
        40,
        1_000,
    )
    assert reply.usage.cost_usd == pytest.approx(0.00201)
    assert reply.usage.latency_s > 0


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("a<think>b</think>c", "ac"),
        ("<think>never closed", ""),
        ("opened in the prompt</think>\n\nc", "c"),
        ("a < b <think", "a < b <think"),
        ("<think>a</think>b<think>c</think>d", "bd"),
    ],
)
def test_thinking_is_removed(text: str, visible: str) -> None:
    assert without_thinking(text) == visible


def test_an_unknown_price_makes_the_cost_unknown(server: OpenAIServer) -> None:
    server.script(streamed("x"))
    unpriced = expert(server, price=None)
    assert unpriced.complete([], max_tokens=9, context=context()).usage.cost_usd is None


def test_an_expert_that_fails_is_named_and_what_it_cost_is_kept(server: OpenAIServer) -> None:
    server.script(refused(500, "kaputt"))
    with pytest.raises(ToolError, match="^gpt-5-mini: .*kaputt") as caught:
        expert(server).complete([], max_tokens=9, context=context())
    assert caught.value.usage == ()
    server.script(streamed("x" * 40, ending="cut"))
    with pytest.raises(ToolError, match="broke off") as caught:
        expert(server).complete([], max_tokens=99, context=context())
    assert caught.value.usage[0].output_tokens == 20  # two tries


def test_half_a_reply_is_no_answer(server: OpenAIServer) -> None:
    server.script(streamed("It was not", ending="hang"))
    late = context(deadline=time.monotonic() + 0.2)
    with pytest.raises(ToolError, match="stopped before") as caught:
        expert(server).complete([], max_tokens=9, context=late)
    assert caught.value.usage[0].output_tokens > 0
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    with pytest.raises(ToolError, match="stopped before"):
        expert(server).complete([], max_tokens=9, context=context(cancelled=cancelled))
