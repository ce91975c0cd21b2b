"""llama.cpp in the process: messages rendered by the model's own template, tokens streamed."""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from orchestra_cli.engines.base import Completion, Request
from orchestra_cli.engines.grammar import call_grammar
from orchestra_cli.engines.prefix_store import PrefixStore
from orchestra_cli.engines.sampler import Sampler
from orchestra_cli.engines.session import Lane, Session
from orchestra_cli.engines.weights import Weights
from orchestra_cli.prompts.template import ChatTemplate
from tools.base import Usage

_FORCED_OPEN = "<tool_call>\n"
_FORCED_CLOSE = "\n</tool_call>"
_LET_GO_S = 5.0
"""A request still running then is left its memory until the process ends."""


class LlamaEngine:
    """An `Engine` over a GGUF file, one request at a time."""

    def __init__(self, weights: Weights, *, name: str, prefix_folder: Path | None = None) -> None:
        self.name = name
        self.context_tokens = weights.context_tokens
        self.device = weights.device
        self._weights = weights
        self._busy = threading.Lock()
        store = PrefixStore(prefix_folder, weights) if prefix_folder else None
        self._session = Session(weights, store)
        self._template = ChatTemplate(
            weights.chat_template,
            bos=weights.special_text("bos"),
            eos=weights.special_text("eos"),
        )

    @property
    def evaluated_tokens(self) -> int:
        """Tokens evaluated so far: prompts less what the KV cache spared, and replies."""
        return self._session.evaluated

    def count_tokens(self, text: str) -> int:
        """Exactly as the model sees it."""
        return len(self._weights.tokenize(text))

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """Yield text as tokens are drawn. Stops within a token of a cancel or the deadline."""
        with self._busy:
            return (yield from self._stream(request))

    def _stream(self, request: Request) -> Generator[str, None, Completion]:
        started = time.monotonic()
        lane = Lane.EXPERT if request.as_expert else Lane.POLICY
        opening = _FORCED_OPEN if request.force_call else ""
        prompt, constant = self._prompt(request, opening)
        stop = _stop_of(request)
        writer = _Writer()
        truncated = not self._session.evaluate(prompt, lane=lane, stop=stop, constant=constant)
        if not truncated:
            if opening:
                yield writer.add(opening)
            truncated = yield from self._draw(request, lane, writer, stop)
        if request.force_call and not truncated:
            yield writer.add(_FORCED_CLOSE)
        return Completion(
            text=writer.text,
            usage=Usage(
                who="orchestrator",
                input_tokens=len(prompt),
                output_tokens=writer.num_tokens,
                latency_s=time.monotonic() - started,
            ),
            truncated=truncated,
        )

    def close(self) -> None:
        """Free the memory, once a request that was cancelled in another thread has let go."""
        if self._busy.acquire(timeout=_LET_GO_S):
            self._session.close()
            self._weights.close()

    def _prompt(self, request: Request, opening: str) -> tuple[list[int], int]:
        """(tokens, how many of them are the constant prefix)."""
        tokenize = self._weights.tokenize
        tokens = tokenize(self._template.render(request.messages, request.functions) + opening)
        fixed = tokenize(self._template.render_constant(request.messages, request.functions))
        constant = next(
            (i for i, pair in enumerate(zip(fixed, tokens, strict=False)) if pair[0] != pair[1]),
            min(len(fixed), len(tokens)),
        )
        return tokens, min(constant, len(tokens) - 1)

    def _draw(
        self, request: Request, lane: Lane, writer: _Writer, stop: Callable[[], bool]
    ) -> Generator[str, None, bool]:
        """Sample until the model ends its turn; whether it was cut before that."""
        grammar = call_grammar(request.functions) if request.force_call else None
        session, weights = self._session, self._weights
        with Sampler(weights.vocab, request.sampling, grammar=grammar) as sampler:
            for _ in range(request.max_tokens):
                if stop():
                    return True
                token = sampler.sample(session.context)
                if weights.ends(token):
                    yield from writer.finish()
                    return False
                yield from writer.write(weights.piece(token))
                if not session.append(token, lane):
                    break
        yield from writer.finish()
        return True


class _Writer:
    """Gathers bytes into text; a character whose bytes are spread over tokens comes out whole."""

    def __init__(self) -> None:
        self.text = ""
        self.num_tokens = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def write(self, raw: bytes) -> Iterator[str]:
        self.num_tokens += 1
        if text := self._decoder.decode(raw):
            yield self.add(text)

    def finish(self) -> Iterator[str]:
        if text := self._decoder.decode(b"", final=True):
            yield self.add(text)

    def add(self, text: str) -> str:
        self.text += text
        return text


def _stop_of(request: Request) -> Callable[[], bool]:
    return lambda: request.cancelled.is_set() or time.monotonic() >= request.deadline
