"""Drawing tokens: a llama.cpp sampler chain."""

from __future__ import annotations

from typing import Any

from orchestra_cli.engines.base import EngineError, Sampling
from orchestra_cli.engines.library import load_library

_PENALTY_TOKENS = 256


class Sampler:
    """A chain for one reply; a context manager, because the chain lives in C."""

    def __init__(self, vocab: Any, sampling: Sampling, *, grammar: str | None = None) -> None:
        c = load_library()
        self._c = c
        self._chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
        links = []
        if grammar is not None:
            source = grammar.encode("utf-8", "replace")
            links.append(c.llama_sampler_init_grammar(vocab, source, b"root"))
            if not links[0]:
                c.llama_sampler_free(self._chain)
                raise EngineError("llama.cpp cannot read the grammar of the functions on offer")
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

    def sample(self, context: Any, *, except_for: int | None = None) -> int:
        """The next token after the last one evaluated."""
        if except_for is not None:
            self._c.llama_get_logits_ith(context, -1)[except_for] = float("-inf")
        return int(self._c.llama_sampler_sample(self._chain, context, -1))

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *exception: object) -> None:
        self._c.llama_sampler_free(self._chain)
