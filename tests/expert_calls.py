"""Experts behind a loopback server, and calls of them as a run makes them."""

from __future__ import annotations

import time
from typing import Any

from openai_server import OpenAIServer

from tools.base import CallContext
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import ExpertCard
from tools.metered_endpoint import Patience
from tools.prices import FlatPrice

IMPATIENT = Patience(max_tries=2, first_wait_s=0.02)
QUESTION = "Who wrote the opera that Verdi admired most?"


def card(name: str = "gpt-5-mini", **more: Any) -> ExpertCard:
    """What is known of an expert, unless said otherwise."""
    known: dict[str, Any] = {
        "skills": "broad knowledge",
        "price": FlatPrice(0.25, 2.0),
        "latency_s": 27,
    }
    return ExpertCard(name, "m", **known | more)


def expert(server: OpenAIServer, **more: Any) -> EndpointExpert:
    """The model behind the server as an expert with this card."""
    return EndpointExpert(card(**more), Endpoint(server.base_url, "m"), patience=IMPATIENT)


def context(**more: Any) -> CallContext:
    """A call for `QUESTION` that has 20 seconds."""
    return CallContext(QUESTION, **{"deadline": time.monotonic() + 20} | more)


def prompt_of(server: OpenAIServer) -> str:
    """All that the last request told the expert."""
    return "\n".join(message["content"] for message in server.requests[-1].body["messages"])
