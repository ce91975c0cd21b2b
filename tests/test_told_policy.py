"""Steering behind an endpoint that tells log-probabilities, and behind one that does not."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from openai_server import Json, OpenAIServer, Reply, events, refused, streamed, usage
from orchestra_command import orchestra, write_config

QUESTION = "Who wrote the opera that Verdi admired most?"


def told(*tokens: tuple[str, dict[str, float]]) -> Reply:
    """A streamed reply, token by token, with what else might have stood there."""
    chunks: list[Json | str] = []
    for text, chances in tokens:
        top = [{"token": t, "logprob": math.log(p)} for t, p in chances.items()]
        shown = {"token": text, "logprob": math.log(chances[text]), "top_logprobs": top}
        choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": [shown]}}
        chunks.append({"choices": [choice]})
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": usage(300, 12)})
    return events(*chunks, "[DONE]")


CALL = told(
    ("<tool_call>\n", {"<tool_call>\n": 1.0}),
    ('{"name": "answer", "arguments": {"model": "answer-', {
        '{"name": "answer", "arguments": {"model": "answer-': 1.0}),
    ("1", {"1": 0.7, "2": 0.3}),
    ('"}}\n</tool_call>', {'"}}\n</tool_call>': 1.0}),
)  # fmt: skip


def experts(dear: OpenAIServer, mini: OpenAIServer) -> str:
    return f"""
[experts.dear]
base_url = "{dear.base_url}"
model = "dear"
price_in_usd_per_mtok = 5.0
price_out_usd_per_mtok = 25.0
latency_s = 30
success_rate = 0.8
[experts.mini]
base_url = "{mini.base_url}"
model = "mini"
price_in_usd_per_mtok = 0.25
price_out_usd_per_mtok = 2.0
latency_s = 6
success_rate = 0.72
"""


def asked(server: OpenAIServer, *flags: str) -> dict[str, Any]:
    with OpenAIServer() as dear, OpenAIServer() as mini:
        dear.script(streamed("Dear says Rossini.", tokens=(100, 9)))
        mini.script(streamed("Mini says Rossini.", tokens=(100, 9)))
        write_config(experts(dear, mini))
        done = orchestra("ask", "--json", *flags, "-m", f"{server.base_url}#m", QUESTION)
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document


def test_what_the_endpoint_tells_is_steered(server: OpenAIServer) -> None:
    server.script(CALL)
    document = asked(server, "--cheap")
    (turn,) = document["turns"]
    assert (turn["slot"], document["answer"]) == ("answer-2", "Mini says Rossini.")
    assert turn["arguments"] == {"model": "answer-2"}
    by_name = {each["name"]: each for each in turn["candidates"]}
    assert by_name["answer-1"]["probability"] == pytest.approx(0.7)
    assert by_name["answer-2"]["steered"] > 0.5
    assert turn["why"].endswith("your cost weight decides")
    body = server.requests[0].body
    assert (body["logprobs"], body["top_logprobs"]) == (True, 20)


def test_the_model_may_have_its_way(server: OpenAIServer) -> None:
    server.script(CALL)
    (turn,) = asked(server, "--accurate")["turns"]
    assert turn["slot"] == "answer-1"


def test_what_tells_nothing_is_not_steered_and_said_so(server: OpenAIServer) -> None:
    call = '<tool_call>\n{"name": "answer", "arguments": {"model": "answer-1"}}\n</tool_call>'
    server.script(refused(400, "logprobs is not supported"), streamed(call))
    (turn,) = asked(server, "--cheap")["turns"]
    assert (turn["slot"], turn["candidates"]) == ("answer-1", [])
    assert turn["why"].startswith("the endpoint tells no probabilities")
    assert "logprobs" not in server.requests[-1].body
