"""Drawing tokens: a llama.cpp sampler chain, and the grammar that allows only a legal call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from orchestra_cli.engines.base import Sampling
from orchestra_cli.engines.library import load_library
from tools.base import JsonObject

_PENALTY_TOKENS = 256


def call_grammar(functions: Sequence[JsonObject]) -> str:
    """A GBNF grammar of one `{"name": …, "arguments": …}` that passes some function's schema."""
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": function["name"]},
                "arguments": function["parameters"],
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for function in functions
    ]
    grammar: str = json_schema_to_gbnf(json.dumps({"oneOf": calls}), ["name", "arguments"])
    return grammar


class Sampler:
    """A chain for one reply; a context manager, because the chain lives in C."""

    def __init__(self, vocab: Any, sampling: Sampling, *, grammar: str | None = None) -> None:
        c = load_library()
        self._c = c
        self._chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
        links = []
        if grammar is not None:
            links.append(c.llama_sampler_init_grammar(vocab, grammar.encode(), b"root"))
        if sampling.repeat_penalty != 1:
            size, penalty = c.llama_vocab_n_tokens(vocab), sampling.repeat_penalty
            links.append(c.llama_sampler_init_penalties(size, _PENALTY_TOKENS, penalty, 0, 0))
        if sampling.temperature == 0:
            links.append(c.llama_sampler_init_greedy())
        else:
            if sampling.top_k > 0:
                links.append(c.llama_sampler_init_top_k(sampling.top_k))
            if sampling.top_p < 1:
                links.append(c.llama_sampler_init_top_p(sampling.top_p, 1))
            if sampling.min_p > 0:
                links.append(c.llama_sampler_init_min_p(sampling.min_p, 1))
            links.append(c.llama_sampler_init_temp(sampling.temperature))
            links.append(c.llama_sampler_init_dist(sampling.seed))
        for link in links:
            c.llama_sampler_chain_add(self._chain, link)

    def sample(self, context: Any) -> int:
        """The next token after the last one evaluated."""
        return int(self._c.llama_sampler_sample(self._chain, context, -1))

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *exception: object) -> None:
        self._c.llama_sampler_free(self._chain)
