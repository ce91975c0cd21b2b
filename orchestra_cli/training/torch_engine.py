"""The model under training as an engine: rollouts by the very weights of the moment, no export.

The prompt's keys and values are kept from request to request, as far as the next prompt begins
alike; they are dropped as soon as a trained parameter has changed. No grammar is at hand: a reply
that must be a call is drawn until one is legal, and after a few tries the likeliest whole call is
taken, where the functions leave such.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from orchestra_cli.engines.base import (
    Completion,
    ContextOverflowError,
    EngineError,
    Request,
    Scores,
)
from orchestra_cli.engines.grammar import call_head
from orchestra_cli.engines.token_tree import common_length
from orchestra_cli.options import options_of
from orchestra_cli.parsing import parse_reply
from orchestra_cli.training.kept_prompt import KeptPrompt
from orchestra_cli.training.prompt_engine import PromptEngine
from orchestra_cli.training.token_draw import TokenDraw
from tools.base import Usage
from tools.toolbox import problem_with

_CALL = "<tool_call>"
_CALL_TRIES = 4
_END_MARKS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>", "</s>")
"""What ends a turn for llama.cpp too, whatever a tokenizer says of it."""
_HALF_A_CHARACTER = "\ufffd"


class TorchEngine(PromptEngine):
    """An `Engine` and `Scorer` over a causal model of transformers, with a LoRA of peft or not."""

    name = "torch"

    def __init__(self, model: Any, tokenizer: Any, *, context_tokens: int = 8192) -> None:
        super().__init__(tokenizer, context_tokens=context_tokens)
        self._model = model
        self._kept = KeptPrompt(model)
        self._ends = _end_tokens(model, tokenizer)
        self._busy = threading.Lock()

    @property
    def evaluated_tokens(self) -> int:
        """Tokens evaluated so far: prompts less what the cache spared, and replies."""
        return self._kept.evaluated

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """Yield text as tokens are drawn. Raises EngineError."""
        with self._busy, _evaluating(self._model):
            if not request.force_call:
                return (yield from self._draw(request, request.opening))
            completion = self._force(request)
            yield completion.text
            return completion

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        """Each continuation by the bare probabilities; `engines.scoring` says how it is summed."""
        with self._busy, _evaluating(self._model):
            return self._score(request, continuations)

    def _draw(self, request: Request, opening: str) -> Generator[str, None, Completion]:
        started = time.monotonic()
        prompt = self._fitting(self._tokens(self.render(request) + opening))
        logits = self._kept.read(prompt, as_expert=request.as_expert)
        draw = TokenDraw(request.sampling, device=logits.device)
        barred = self._tokens(_CALL)[0] if request.no_call else None
        most = min(request.max_tokens, self.context_tokens - len(prompt))
        drawn: list[int] = []
        shown, truncated = opening, True
        if opening:
            yield opening
        while len(drawn) < most and not _is_over(request):
            token = draw.token(logits, history=prompt + drawn, barred=barred)
            barred = None
            if token in self._ends:
                truncated = False
                break
            drawn.append(token)
            whole, truncated = _up_to_mark(self._text(drawn), request.stop_at)
            whole = opening + whole
            if not whole.endswith(_HALF_A_CHARACTER):
                yield whole[len(shown) :]
                shown = whole
            if not truncated:
                break
            logits = self._kept.append(token, as_expert=request.as_expert)
        rest = opening + _up_to_mark(self._text(drawn), request.stop_at)[0]
        if rest != shown:
            yield rest[len(shown) :]
        return Completion(rest, _usage(started, prompt, drawn), truncated=truncated)

    def _force(self, request: Request) -> Completion:
        """A legal call where one comes about; else the last try, which is a format error."""
        functions = request.functions
        opening = f"{request.opening}{_CALL}\n"
        if request.forced is not None:
            functions = tuple(f for f in functions if f["name"] == request.forced)
            if not functions:
                raise EngineError(f"no function {request.forced} is on offer")
            opening += call_head(functions[0])
        spent = Usage("orchestrator", calls=0)
        for number in range(_CALL_TRIES):
            sampling = replace(request.sampling, seed=request.sampling.seed + number)
            completion = _drained(self._draw(replace(request, sampling=sampling), opening))
            spent += completion.usage
            calls = parse_reply(completion.text).calls
            if calls and problem_with(calls[0], functions) is None:
                return replace(completion, usage=spent)
        options = [o.text for o in options_of(functions, own_answer=False) if o.call is not None]
        if not options:
            return replace(completion, usage=spent)
        scores = self._score(request, options)
        likeliest = max(zip(scores.log_likelihoods, options, strict=True))[1]
        return Completion(request.opening + likeliest, spent + scores.usage)

    def _score(self, request: Request, continuations: Sequence[str]) -> Scores:
        started = time.monotonic()
        text = self.render(request) + request.opening
        prompt, *continued = (
            self._fitting(self._tokens(text + each)) for each in ("", *continuations)
        )
        root = min((common_length(prompt, each) for each in continued), default=len(prompt)) - 1
        if root < 1:
            raise EngineError("the prompt is too short: nothing of it is left as tokens of its own")
        self._kept.read(prompt[:root], as_expert=request.as_expert)
        base, *totals = (
            self._kept.log_likelihood(tokens[root:], as_expert=request.as_expert)
            for tokens in (prompt, *continued)
        )
        return Scores(tuple(total - base for total in totals), _usage(started, prompt, ()))

    def _tokens(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return found

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    def _fitting(self, tokens: list[int]) -> list[int]:
        if len(tokens) >= self.context_tokens:
            raise ContextOverflowError(
                f"the prompt has {len(tokens)} tokens and the model's context holds "
                f"{self.context_tokens}"
            )
        return tokens


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Without dropout; training goes on as before."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """What ends a turn, by the tokenizer, by the model's own settings and by name."""
    own = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    vocabulary = tokenizer.get_vocab()
    named = (vocabulary.get(mark) for mark in _END_MARKS)
    ends = (*(own if isinstance(own, list) else [own]), tokenizer.eos_token_id, *named)
    return frozenset(token for token in ends if token is not None)


def _up_to_mark(text: str, marks: tuple[str, ...]) -> tuple[str, bool]:
    """(the text up to the end of the first mark in it, whether there is none)."""
    ends = [text.find(mark) + len(mark) for mark in marks if mark in text]
    return (text[: min(ends)], False) if ends else (text, True)


def _is_over(request: Request) -> bool:
    return request.cancelled.is_set() or time.monotonic() >= request.deadline


def _drained(stream: Generator[str, None, Completion]) -> Completion:
    while True:
        try:
            next(stream)
        except StopIteration as done:
            completion: Completion = done.value
            return completion


def _usage(started: float, prompt: Sequence[int], drawn: Sequence[int]) -> Usage:
    return Usage(
        who="orchestrator",
        input_tokens=len(prompt),
        output_tokens=len(drawn),
        latency_s=time.monotonic() - started,
    )
