"""llama.cpp in the process: messages rendered by the model's own template, tokens streamed."""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from enum import Enum, auto
from pathlib import Path

from orchestra_cli.engines.base import Completion, EngineError, Request, Scores
from orchestra_cli.engines.grammar import arguments_grammar, call_grammar, call_head
from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.prefix_store import PrefixStore
from orchestra_cli.engines.sampler import Sampler
from orchestra_cli.engines.scoring import log_likelihoods
from orchestra_cli.engines.session import Lane, Session
from orchestra_cli.engines.weights import Weights
from orchestra_cli.prompts.template import ChatTemplate
from tools.base import JsonObject, Usage

_CALL = "<tool_call>"
_FORCED_OPEN = f"{_CALL}\n"
_FORCED_CLOSE = "\n</tool_call>"
_LET_GO_S = 5.0
"""A request still running then is left its memory until the process ends."""


class _End(Enum):
    """Why nothing more is drawn."""

    TURN = auto()
    """The model ended its turn."""
    MARK = auto()
    """One of `stop_at` was drawn."""
    CUT = auto()
    """Tokens, context or time ran out, or it was cancelled."""


class LlamaEngine:
    """An `Engine` and `Scorer` over a GGUF file, one request at a time."""

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

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        """Each continuation by the model's bare probabilities, no sampling and no grammar applied.

        The prompt stays in the cache: a stream of the same request evaluates one token of it.
        """
        with self._busy:
            return self._score(request, continuations)

    def _score(self, request: Request, continuations: Sequence[str]) -> Scores:
        started = time.monotonic()
        prompt, constant = self._prompt(request, request.opening)
        found = log_likelihoods(
            self._session,
            prompt,
            self._continued(request, prompt, continuations),
            lane=_lane_of(request),
            stop=_stop_of(request),
            constant=constant,
        )
        return Scores(
            log_likelihoods=found,
            usage=Usage(
                who="orchestrator",
                input_tokens=len(prompt),
                latency_s=time.monotonic() - started,
            ),
        )

    def _stream(self, request: Request) -> Generator[str, None, Completion]:
        started = time.monotonic()
        lane, stop = _lane_of(request), _stop_of(request)
        given, grammar = _forced(request) if request.force_call else ("", None)
        prompt, constant = self._prompt(request, request.opening + given)
        writer = _Writer(stop_at=request.stop_at)
        end = _End.CUT
        if request.opening:
            yield writer.add(request.opening)
        if self._session.evaluate(prompt, lane=lane, stop=stop, constant=constant):
            if given:
                yield writer.add(given)
            with Sampler(self._weights.vocab, request.sampling, grammar=grammar) as sampler:
                end = yield from self._draw(request, lane, writer, sampler, stop)
        if request.force_call and end is _End.TURN:
            yield writer.add(_FORCED_CLOSE)
        return Completion(
            text=writer.text,
            usage=Usage(
                who="orchestrator",
                input_tokens=len(prompt),
                output_tokens=writer.num_tokens,
                latency_s=time.monotonic() - started,
            ),
            truncated=end is _End.CUT,
        )

    def close(self) -> None:
        """Free the memory, once a request that was cancelled in another thread has let go."""
        if self._busy.acquire(timeout=_LET_GO_S):
            self._session.close()
            self._weights.close()

    def _prompt(self, request: Request, opening: str) -> tuple[list[int], int]:
        """(tokens, how many of them are the constant prefix)."""
        tokenize = self._weights.tokenize
        tokens = tokenize(self.render(request) + opening)
        fixed = tokenize(self._template.render_constant(request.messages, _unlisted(request)))
        constant = next(
            (i for i, pair in enumerate(zip(fixed, tokens, strict=False)) if pair[0] != pair[1]),
            min(len(fixed), len(tokens)),
        )
        return tokens, min(constant, len(tokens) - 1)

    def render(self, request: Request) -> str:
        """The prompt as the model reads it, up to where its reply begins."""
        return self._template.render(request.messages, _unlisted(request))

    def _continued(
        self, request: Request, prompt: list[int], continuations: Sequence[str]
    ) -> list[list[int]]:
        """Prompt and continuation tokenized as one text, for tokens can reach over the seam.

        They cannot reach over a control token: what is before the last one is not read again.
        """
        tokenize, text = self._weights.tokenize, self.render(request) + request.opening
        start = self._last_control(prompt)
        mark = self._weights.piece(prompt[start]).decode("utf-8", errors="replace")
        end = text[text.rindex(mark) :] if start else text
        return [prompt[:start] + tokenize(end + continuation) for continuation in continuations]

    def _last_control(self, tokens: list[int]) -> int:
        """Where it is; 0 where there is none."""
        is_control, vocab = load_library().llama_vocab_is_control, self._weights.vocab
        return next((i for i in reversed(range(len(tokens))) if is_control(vocab, tokens[i])), 0)

    def _draw(
        self,
        request: Request,
        lane: Lane,
        writer: _Writer,
        sampler: Sampler,
        stop: Callable[[], bool],
    ) -> Generator[str, None, _End]:
        """Sample until the model ends its turn or something else ends it."""
        session, weights = self._session, self._weights
        barred = weights.tokenize(_CALL)[0] if request.no_call else None
        for _ in range(request.max_tokens):
            if stop():
                return _End.CUT
            token = sampler.sample(session.context, except_for=barred)
            barred = None
            if weights.ends(token):
                yield from writer.finish()
                return _End.TURN
            yield from writer.write(weights.piece(token))
            if writer.at_mark:
                return _End.MARK
            if not session.append(token, lane):
                break
        yield from writer.finish()
        return _End.CUT


class _Writer:
    """Gathers bytes into text; a character whose bytes are spread over tokens comes out whole."""

    def __init__(self, *, stop_at: tuple[str, ...] = ()) -> None:
        self.text = ""
        self.num_tokens = 0
        self.at_mark = False
        """The drawn text ends with one of `stop_at`; what a token had beyond it is dropped."""
        self._stop_at = stop_at
        self._end = ""
        """Of the drawn text, as much as a mark can begin in."""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def write(self, raw: bytes) -> Iterator[str]:
        self.num_tokens += 1
        if text := self._decoder.decode(raw):
            yield self.add(self._up_to_mark(text) if self._stop_at else text)

    def finish(self) -> Iterator[str]:
        if text := self._decoder.decode(b"", final=True):
            yield self.add(text)

    def add(self, text: str) -> str:
        self.text += text
        return text

    def _up_to_mark(self, text: str) -> str:
        seen = self._end + text
        ends = [seen.find(mark) + len(mark) for mark in self._stop_at if mark in seen]
        if ends:
            self.at_mark = True
            return seen[len(self._end) : min(ends)]
        self._end = seen[-max(map(len, self._stop_at)) :]
        return text


def _forced(request: Request) -> tuple[str, str]:
    """How the call begins, which is given, and the grammar of the rest."""
    if request.forced is None:
        return _FORCED_OPEN, call_grammar(request.functions)
    for function in request.functions:
        if function["name"] == request.forced:
            return _FORCED_OPEN + call_head(function), arguments_grammar(function)
    raise EngineError(f"no function {request.forced} is on offer")


def _unlisted(request: Request) -> tuple[JsonObject, ...]:
    """The functions that the template has to list."""
    return () if request.functions_listed else request.functions


def _lane_of(request: Request) -> Lane:
    return Lane.EXPERT if request.as_expert else Lane.POLICY


def _stop_of(request: Request) -> Callable[[], bool]:
    return lambda: request.cancelled.is_set() or time.monotonic() >= request.deadline
