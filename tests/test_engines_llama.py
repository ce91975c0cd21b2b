"""The engine on the real embedded model: right text, nothing evaluated twice, always stoppable."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from llama_requests import (
    CAT,
    CAT_REPLY,
    Reference,
    ask,
    drain,
    engine_over,
    logits,
    logits_of,
    user,
    works,
)

from orchestra_cli.engines.base import ContextOverflowError, Message, Request, Sampling
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.session import Lane

SYSTEM: Message = {"role": "system", "content": "You are brief and kind. You know the world."}
FILLER = "The quick brown fox jumps over the lazy dog. "


@pytest.fixture(scope="module")
def engine(gguf: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf, context=4096) as engine:
        yield engine


@pytest.fixture(scope="module")
def reference(gguf: Path) -> Iterator[Reference]:
    reference = Reference(gguf)
    yield reference
    reference.close()


def evaluated(engine: LlamaEngine, text: str, **options: object) -> int:
    """Tokens of the prompt that were not in the cache; the reply is one token."""
    before = engine.evaluated_tokens
    ask(engine, text, max_tokens=1, **options)
    return engine.evaluated_tokens - before - 1


# What comes back


@pytest.mark.parametrize("text", [CAT, "Count from 1 to 20.", FILLER * 23 + CAT])
def test_the_reply_is_llama_cpps_own(text: str, engine: LlamaEngine, reference: Reference) -> None:
    prompt = reference.prompt(text)
    theirs = reference.logits(prompt)
    assert np.abs(logits_of(engine, prompt, Lane.POLICY) - theirs).max() < 1e-3
    _, completion = drain(engine, user(text, max_tokens=10))
    assert completion.usage.input_tokens == len(prompt)
    assert completion.text == reference.reply(prompt, max_tokens=10)


def test_pieces_joined_are_the_text(engine: LlamaEngine) -> None:
    pieces, completion = drain(engine, user("Count from 1 to 20.", max_tokens=8))
    assert "".join(pieces) == completion.text
    assert len(pieces) == completion.usage.output_tokens == 8
    assert completion.truncated


def test_a_character_spread_over_tokens_comes_whole(engine: LlamaEngine) -> None:
    request = user("Translate to Chinese: hello. Reply with 你好.", max_tokens=10)
    pieces, completion = drain(engine, request)
    assert "".join(pieces) == completion.text
    assert not pieces[0].isascii()
    assert len(pieces) < completion.usage.output_tokens
    assert all("\N{REPLACEMENT CHARACTER}" not in piece for piece in pieces[:-1])


def test_a_character_that_was_cut_off_is_marked(engine: LlamaEngine) -> None:
    texts = [
        ask(engine, "Translate to Chinese: hello. Reply with 你好.", max_tokens=n)
        for n in range(1, 4)
    ]
    assert any(text.endswith("\N{REPLACEMENT CHARACTER}") for text in texts)
    for text in texts:
        assert text.encode("utf-8")


def test_a_reply_that_ends_by_itself_is_not_truncated(engine: LlamaEngine) -> None:
    _, completion = drain(engine, user(CAT, max_tokens=50))
    assert (completion.text, completion.truncated) == (CAT_REPLY, False)
    assert completion.usage.who == "orchestrator"
    assert completion.usage.output_tokens == 7
    assert completion.usage.cost_usd == 0.0
    assert completion.usage.latency_s > 0


def test_special_tokens_in_a_message_are_counted_as_the_model_sees_them(
    engine: LlamaEngine,
) -> None:
    assert engine.count_tokens("") == 0
    assert engine.count_tokens("<|im_end|>") == 1
    assert engine.count_tokens(FILLER * 10) > 80


def test_sampling_is_by_seed_and_a_penalty_ends_loops(engine: LlamaEngine) -> None:
    def drawn(sampling: Sampling) -> str:
        return ask(engine, "Tell me a story.", sampling=sampling, max_tokens=6)

    hot = Sampling(temperature=1.5, top_p=0.95, top_k=40, min_p=0.01, seed=7)
    assert drawn(hot) == drawn(hot)
    assert drawn(hot) != drawn(Sampling(temperature=1.5, top_p=0.95, top_k=40, seed=8))
    plain = ask(engine, "What is the capital of France?", max_tokens=16)
    assert plain.count("la France") > 1
    penalised = Sampling(repeat_penalty=1.3)
    held = ask(engine, "What is the capital of France?", max_tokens=16, sampling=penalised)
    assert held.count("la France") < 2


# Stopping


def test_a_cancel_from_another_thread_stops_within_a_token(engine: LlamaEngine) -> None:
    cancelled, third = threading.Event(), threading.Event()

    def cancel() -> None:
        third.wait(10)
        cancelled.set()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    stream = engine.stream(user("Count from 1 to 20.", max_tokens=500, cancelled=cancelled))
    pieces = [next(stream) for _ in range(3)]
    third.set()
    canceller.join()
    with pytest.raises(StopIteration) as end:
        while True:
            pieces.append(next(stream))
    assert len(pieces) <= 4
    assert end.value.value.truncated
    assert end.value.value.text == "".join(pieces)
    assert works(engine)


def test_a_cancel_ends_a_long_prefill_within_a_second(engine: LlamaEngine) -> None:
    cancelled = threading.Event()
    canceller = threading.Timer(0.4, cancelled.set)
    canceller.start()
    started = time.monotonic()
    pieces, completion = drain(engine, user(FILLER * 300, cancelled=cancelled))
    assert time.monotonic() - started < 1.4
    assert (pieces, completion.text, completion.truncated) == ([], "", True)
    assert completion.usage.input_tokens > 3_000
    assert works(engine)


class SetAfter(threading.Event):
    """Is set from the n-th look on: the same place in the graph in every run."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks_left = looks

    def is_set(self) -> bool:
        self.looks_left -= 1
        return self.looks_left < 0


def test_what_an_interrupted_prefill_leaves_is_right(
    engine: LlamaEngine, reference: Reference
) -> None:
    text = FILLER * 24  # two chunks
    prompt = reference.prompt(text)
    theirs = reference.logits(prompt)
    never = SetAfter(1_000_000)
    engine._session.evaluate([2, 2], lane=Lane.POLICY, stop=lambda: False)
    drain(engine, user(text, cancelled=never, max_tokens=1))
    looks = 1_000_000 - never.looks_left
    assert looks > 800
    for look, chunks in ((0, 0), (1, 0), (looks // 6, 0), (looks - 20, 1)):
        engine._session.evaluate([2, 2], lane=Lane.POLICY, stop=lambda: False)
        before = engine.evaluated_tokens
        _, completion = drain(engine, user(text, cancelled=SetAfter(look), max_tokens=1))
        assert (completion.text, completion.truncated) == ("", True)
        assert engine.evaluated_tokens - before == 256 * chunks
        if look == looks - 20:
            engine._session.evaluate(prompt, lane=Lane.POLICY, stop=lambda: False)
            assert engine.evaluated_tokens - before == len(prompt)
            assert np.abs(logits(engine) - theirs).max() < 1e-3


def test_a_deadline_ends_it_with_what_it_has(engine: LlamaEngine) -> None:
    started = time.monotonic()
    _, completion = drain(
        engine, user("Count from 1 to 20.", max_tokens=2_000, deadline=started + 1.2)
    )
    assert 1.2 <= time.monotonic() - started < 2.2
    assert completion.truncated
    assert completion.text.startswith("1.")
    _, completion = drain(engine, user(CAT, deadline=started))
    assert (completion.text, completion.truncated) == ("", True)


def test_an_interrupt_in_the_middle_of_a_prefill_is_raised(engine: LlamaEngine) -> None:
    class Interrupting(SetAfter):
        def is_set(self) -> bool:
            if super().is_set():
                raise KeyboardInterrupt
            return False

    with pytest.raises(KeyboardInterrupt):
        drain(engine, user(FILLER * 30, cancelled=Interrupting(300)))
    assert works(engine)


def test_a_stream_that_is_dropped_leaves_the_engine_free(engine: LlamaEngine) -> None:
    stream = engine.stream(user("Count from 1 to 20.", max_tokens=500))
    assert next(stream)
    stream.close()
    assert works(engine)


# What is evaluated


def test_a_second_turn_evaluates_only_what_is_new(engine: LlamaEngine) -> None:
    first: tuple[Message, ...] = (SYSTEM, {"role": "user", "content": FILLER * 4 + CAT})
    _, completion = drain(engine, Request(first, max_tokens=8))
    second = (
        *first,
        {"role": "assistant", "content": completion.text},
        {"role": "user", "content": "Again."},
    )
    before = engine.evaluated_tokens
    _, again = drain(engine, Request(second, max_tokens=1))
    new = engine.count_tokens("<|im_end|>\n<|im_start|>user\nAgain.<|im_end|>\n")
    new += engine.count_tokens("<|im_start|>assistant\n")
    assert engine.evaluated_tokens - before == new + 1
    assert again.usage.input_tokens > 80


def test_the_same_prompt_evaluates_one_token(engine: LlamaEngine) -> None:
    assert evaluated(engine, FILLER * 8) > 70
    assert evaluated(engine, FILLER * 8) == 1
    assert ask(engine, CAT) == ask(engine, CAT) == CAT_REPLY


def test_the_policys_prefix_survives_an_expert_call(engine: LlamaEngine) -> None:
    ask(engine, FILLER * 9, max_tokens=1)
    assert evaluated(engine, "What is 2+2?", as_expert=True) > 5
    assert evaluated(engine, FILLER * 9) == 1
    assert evaluated(engine, "What is 2+2?", as_expert=True) == 1


def test_two_lanes_give_the_text_of_one(engine: LlamaEngine) -> None:
    streams = [engine.stream(user(CAT, as_expert=as_expert)) for as_expert in (False, True)]
    assert ["".join(stream) for stream in streams] == [CAT_REPLY, CAT_REPLY]
    texts = ("Count from 1 to 20.", CAT)
    alone = [ask(engine, text, max_tokens=5) for text in texts]
    crossed = [ask(engine, t, max_tokens=5, as_expert=t == CAT) for t in texts]
    assert crossed == alone


# The context's end


def test_a_prompt_that_is_too_long_says_so(engine: LlamaEngine) -> None:
    with pytest.raises(ContextOverflowError, match="context holds 4096"):
        drain(engine, user(FILLER * 500))
    assert works(engine)


def test_a_reply_ends_where_the_context_does(gguf: Path) -> None:
    with engine_over(gguf, context=128) as engine:
        text = FILLER * 7 + "Count from 1 to 100."
        _, completion = drain(engine, user(text, max_tokens=100))
        used = completion.usage.input_tokens + completion.usage.output_tokens
        assert completion.truncated
        assert used == 128 + 1  # the last token that was drawn need not be held
        assert works(engine)


def test_lanes_that_do_not_fit_together_take_turns(gguf: Path) -> None:
    with engine_over(gguf, context=128) as engine:
        assert evaluated(engine, FILLER * 5) > 60
        assert evaluated(engine, FILLER * 5, as_expert=True) > 60
        assert evaluated(engine, FILLER * 5) > 60
        assert evaluated(engine, FILLER, as_expert=True) > 20
        assert evaluated(engine, FILLER * 5) == 1
        # The reply of one lane grows until the other has to go.
        _, completion = drain(engine, user(FILLER, as_expert=True, max_tokens=9))
        assert completion.usage.output_tokens == 9
        assert evaluated(engine, FILLER * 5) > 60
        assert works(engine)
