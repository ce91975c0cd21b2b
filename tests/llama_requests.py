"""Asking an engine, and llama-cpp-python itself as the reference for what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from orchestra_cli.engines.base import Completion, Engine, Request
from orchestra_cli.engines.hardware import thread_count
from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.session import Lane
from orchestra_cli.engines.weights import Weights
from tools.base import JsonObject

Logits = np.ndarray[tuple[int], np.dtype[np.float32]]

CAT = "Repeat after me: the cat sat on the mat."
CAT_REPLY = "The cat sat on the mat."
"""At every token of this reply the embedded model's first choice leads by 1.7 and more: rounding,
which differs with how a prompt is split into batches, cannot change it."""

SEARCH: JsonObject = {
    "name": "search",
    "description": "Looks up what is not known.",
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string", "maxLength": 60}},
        "required": ["query"],
    },
}


def user(text: str, **options: Any) -> Request:
    """A request of one user message."""
    return Request(({"role": "user", "content": text},), **options)


def drain(engine: Engine, request: Request) -> tuple[list[str], Completion]:
    """(the pieces, the whole)."""
    stream, pieces = engine.stream(request), []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return pieces, end.value


def ask(engine: Engine, text: str, **options: Any) -> str:
    """The text of a reply of at most 16 tokens."""
    return drain(engine, user(text, **{"max_tokens": 16} | options))[1].text


def works(engine: Engine) -> bool:
    """Whether the engine is free and its cache holds what it should."""
    return ask(engine, CAT, max_tokens=3) == "The cat sat"


@contextmanager
def engine_over(
    gguf: Path, *, context: int = 1024, prefix_folder: Path | None = None, **options: Any
) -> Iterator[LlamaEngine]:
    """An engine of its own."""
    weights = Weights(gguf, context=context, **options)
    engine = LlamaEngine(weights, name="embedded", prefix_folder=prefix_folder)
    yield engine
    engine.close()


def logits_of(engine: LlamaEngine, prompt: list[int], lane: Lane) -> Logits:
    """After the prompt, evaluated from its beginning."""
    engine._session.evaluate([2, 2], lane=lane, stop=lambda: False)
    engine._session.evaluate(prompt, lane=lane, stop=lambda: False)
    return logits(engine)


def logits(engine: LlamaEngine) -> Logits:
    """After the last token that was evaluated."""
    c, vocab = load_library(), engine._weights.vocab
    found = c.llama_get_logits_ith(engine._session.context, -1)
    return np.ctypeslib.as_array(found, shape=(c.llama_vocab_n_tokens(vocab),)).copy()


class Reference:
    """llama-cpp-python's own class, evaluating in the engine's chunks."""

    def __init__(self, gguf: Path, **options: Any) -> None:
        self._c = load_library()  # first: it chooses how llama.cpp's threads wait
        self._llama = self._c.Llama(
            str(gguf),
            n_ctx=2048,
            n_batch=256,
            n_ubatch=256,
            n_threads=thread_count(),
            n_threads_batch=thread_count(),
            flash_attn=True,
            verbose=False,
            **options,
        )

    def prompt(self, text: str) -> list[int]:
        """SmolLM2's prompt of one user message."""
        lead = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
        turns = f"<|im_start|>system\n{lead}<|im_end|>\n<|im_start|>user\n{text}<|im_end|>\n"
        raw = f"{turns}<|im_start|>assistant\n".encode()
        tokens: list[int] = self._llama.tokenize(raw, add_bos=False, special=True)
        return tokens

    def logits(self, tokens: list[int]) -> Logits:
        """After the last token."""
        self._llama.reset()
        self._llama.eval(tokens)
        found = self._c.llama_get_logits_ith(self._llama.ctx, -1)
        return np.ctypeslib.as_array(found, shape=(self._llama.n_vocab(),)).copy()

    def reply(self, tokens: list[int], *, max_tokens: int) -> str:
        """The greedy one; of the prompt, what was evaluated last is not evaluated again."""
        drawn: list[int] = []
        for token in self._llama.generate(tokens, temp=0.0, top_k=1, repeat_penalty=1.0):
            if token == self._llama.token_eos() or len(drawn) == max_tokens:
                break
            drawn.append(token)
        text: bytes = self._llama.detokenize(drawn, special=True)
        return text.decode()

    def close(self) -> None:
        self._llama.close()
