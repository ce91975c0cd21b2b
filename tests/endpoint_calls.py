"""Calls of a model behind an endpoint, drained as the tools drain them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from openai_server import OpenAIServer, Reply

from tools.endpoint import Endpoint, EndpointError, EndpointReply

KEY = "sk-test-0123456789abcdef"
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]


def drain(stream: Generator[str, None, EndpointReply]) -> tuple[str, EndpointReply]:
    """What was shown, and the reply."""
    shown: list[str] = []
    while True:
        try:
            shown.append(next(stream))
        except StopIteration as end:
            return "".join(shown), end.value


def ask(server: OpenAIServer, *replies: Reply, **how: Any) -> tuple[str, EndpointReply]:
    """What was shown, and the reply to the question of `MESSAGES`."""
    server.script(*replies)
    return drain(Endpoint(server.base_url, "m").stream(MESSAGES, **{"max_tokens": 64} | how))


def failure(server: OpenAIServer, *replies: Reply, **how: Any) -> EndpointError:
    """The error that it ends in."""
    with pytest.raises(EndpointError) as caught:
        ask(server, *replies, **how)
    assert "\n" not in str(caught.value)
    return caught.value
