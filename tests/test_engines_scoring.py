"""Scores are the model's own log-probabilities, and reading them leaves the cache as it was.

The small Qwen3 model computes in half and single precision, where a tree and single steps round
alike to some 0.001. The embedded model rounds what it computes to eight bits: the same token after
the same text then has another logarithm, by up to 0.25, when it is evaluated in another batch.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from adapter_gguf import write_adapter
from llama_requests import CAT, CAT_REPLY, ask, drain, engine_over, logits, logits_of, user, works
from qwen3_gguf import write_random

from orchestra_cli.engines.base import ContextOverflowError, EngineError, Request, Scorer
from orchestra_cli.engines.lazy import LazyEngine
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.scoring import log_likelihoods
from orchestra_cli.engines.session import MAX_BRANCHES, Lane

ALIASES = ("search-1", "search-2", "answer-1", "answer-2", "answer-10", "answer-math-1")
CALLS = [
    f'<tool_call>\n{{"name": "{alias.rpartition("-")[0]}", "arguments": {{"model": "{alias}"}}}}'
    for alias in ALIASES
]
WAYS = [*CALLS, "<tool_call>", "<think>", "Hello", "Hello there"]
FILLER = "The quick brown fox jumps over the lazy dog. "


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    path = write_random(tmp_path_factory.mktemp("qwen3") / "random.gguf")
    with engine_over(path, context=4096) as engine:
        yield engine


@pytest.fixture(scope="module")
def engine(gguf: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf, context=2048) as engine:
        yield engine


def scored(engine: Scorer, request: Request, ways: Sequence[str]) -> list[float]:
    return list(engine.score(request, ways).log_likelihoods)


def stepwise(engine: LlamaEngine, request: Request, way: str) -> tuple[float, int]:
    """(the log-likelihood, of how many tokens), fed to the model one after the other."""
    prompt, _ = engine._prompt(request, request.opening)
    whole = engine._weights.tokenize(engine.render(request) + request.opening + way)
    assert whole[: len(prompt)] == prompt
    found, total = logits_of(engine, prompt, Lane.POLICY), 0.0
    for token in whole[len(prompt) :]:
        wide = found.astype(np.float64)
        total += wide[token] - np.logaddexp.reduce(wide)
        engine._session.append(token, Lane.POLICY)
        found = logits(engine)
    return float(total), len(whole) - len(prompt)


def evaluated_by(engine: LlamaEngine, request: Request, ways: Sequence[str]) -> int:
    before = engine.evaluated_tokens
    engine.score(request, ways)
    return engine.evaluated_tokens - before


# What comes back


def test_a_score_is_the_sum_of_single_steps(small: LlamaEngine) -> None:
    for request in (user("Which one?"), user("Which one?", opening="Let me think about it.\n\n")):
        for way, score in zip(WAYS, scored(small, request, WAYS), strict=True):
            total, _ = stepwise(small, request, way)
            assert score == pytest.approx(total, abs=0.005)


def test_after_a_long_prefix_too(small: LlamaEngine) -> None:
    request = user(FILLER * 200)
    for way, score in zip(WAYS, scored(small, request, WAYS), strict=True):
        total, num_tokens = stepwise(small, request, way)
        assert score == pytest.approx(total, abs=0.02 * num_tokens + 0.05)


def test_on_the_embedded_model(engine: LlamaEngine) -> None:
    request, ways = user("Which one?"), [*CALLS[3:5], "<tool_call>", "Hello there"]
    for way, score in zip(ways, scored(engine, request, ways), strict=True):
        total, num_tokens = stepwise(engine, request, way)
        assert score == pytest.approx(total, abs=0.05 * num_tokens + 0.2)


def test_a_likely_continuation_scores_far_above_the_others(engine: LlamaEngine) -> None:
    likely, other = scored(engine, user(CAT), [CAT_REPLY, "The dog sat on the mat."])
    assert -2 < likely < 0
    assert other < likely - 3


def test_single_tokens_have_a_sum_of_one(small: LlamaEngine) -> None:
    session, prompt = small._session, small._prompt(user("Hi"), "")[0]
    size = 151_669
    scores = log_likelihoods(
        session,
        prompt,
        [[*prompt, token] for token in range(size)],
        lane=Lane.POLICY,
        stop=lambda: False,
    )
    assert math.fsum(map(math.exp, scores)) == pytest.approx(1, abs=1e-6)
    assert session.evaluated > 0


def test_order_and_repetition_do_not_matter(small: LlamaEngine) -> None:
    request = user("Which one?")
    plain = dict(zip(WAYS, scored(small, request, WAYS), strict=True))
    mixed = [*WAYS, *WAYS[:4]]
    random.Random(0).shuffle(mixed)
    assert scored(small, request, mixed) == [plain[way] for way in mixed]


def test_a_score_does_not_depend_on_its_company(small: LlamaEngine) -> None:
    request = user("Which one?")
    together = scored(small, request, [*WAYS, "\n\nHello"])  # which joins the prompt's line break
    alone = [scored(small, request, [way])[0] for way in (*WAYS, "\n\nHello")]
    assert together == pytest.approx(alone, abs=0.005)


def test_a_continuation_that_changes_the_prompts_last_token(small: LlamaEngine) -> None:
    request = user("Which one?")
    prompt, _ = small._prompt(request, "")
    joined = small._weights.tokenize(small.render(request) + "\nHello")
    assert joined[: len(prompt) - 1] == prompt[:-1]
    assert joined[len(prompt) - 1] != prompt[-1]
    before = logits_of(small, prompt[:-1], Lane.POLICY)  # what changes begins here
    after = logits_of(small, joined[:-1], Lane.POLICY).astype(np.float64)
    changed = float(before[joined[len(prompt) - 1]] - before[prompt[-1]])
    hello = float(after[joined[-1]] - np.logaddexp.reduce(after))
    assert scored(small, request, ["\nHello"])[0] == pytest.approx(changed + hello, abs=0.005)


def test_nothing_more_is_certain(small: LlamaEngine) -> None:
    assert scored(small, user("Hi"), ["", ""]) == [0.0, 0.0]
    assert scored(small, user("Hi"), []) == []
    assert scored(small, user("Hi"), ["", "Hello"])[0] == 0.0


def test_the_adapter_counts(gguf: Path, tmp_path: Path) -> None:
    request, adapter = user("Which one?"), write_adapter(tmp_path / "adapter.gguf")
    as_expert = user("Which one?", as_expert=True)
    with engine_over(gguf, adapter=adapter) as adapted, engine_over(gguf) as plain:
        own = scored(plain, request, CALLS)
        assert scored(adapted, as_expert, CALLS) == pytest.approx(own, abs=1e-6)
        steps, num_tokens = stepwise(adapted, request, CALLS[0])
        with_adapter = scored(adapted, request, CALLS)
        assert with_adapter[0] == pytest.approx(steps, abs=0.05 * num_tokens + 0.2)
        assert abs(with_adapter[0] - own[0]) > 2
        assert scored(adapted, as_expert, CALLS) == pytest.approx(own, abs=1e-6)


def test_what_it_cost_is_told(small: LlamaEngine) -> None:
    request = user("Which one?")
    usage = small.score(request, WAYS).usage
    assert (usage.who, usage.output_tokens, usage.cost_usd) == ("orchestrator", 0, 0)
    assert usage.input_tokens == len(small._prompt(request, "")[0])
    assert usage.latency_s > 0


# More than fits at once


def test_more_ways_than_there_are_sequences(small: LlamaEngine) -> None:
    request = user("Which one?")
    many = [f"<tool_call>\nexpert {n} of {n % 7}" for n in range(3 * MAX_BRANCHES)]
    together = scored(small, request, many)
    assert len(set(together)) == len(many)
    for place in (0, 20, MAX_BRANCHES, 50, len(many) - 1):
        assert together[place] == pytest.approx(stepwise(small, request, many[place])[0], abs=0.005)


def test_ways_longer_than_a_batch(small: LlamaEngine) -> None:
    request, long = user("Hi"), [FILLER * 12, FILLER * 11 + "The end.", "Hello"]
    for way, score in zip(long, scored(small, request, long), strict=True):
        assert score == pytest.approx(stepwise(small, request, way)[0], abs=0.2)


def test_ways_that_do_not_fit_the_context_together(gguf: Path) -> None:
    ways = [f"{n} {FILLER * 4}" for n in range(4)]
    with engine_over(gguf, context=128) as tight, engine_over(gguf, context=512) as roomy:
        ask(tight, FILLER * 2, as_expert=True, max_tokens=1)
        request = user(CAT)
        close = [scored(tight, request, [way])[0] for way in ways]
        assert scored(tight, request, ways) == pytest.approx(close, abs=3)
        assert scored(roomy, request, ways) == pytest.approx(close, abs=3)
        assert works(tight)


def test_what_is_longer_than_the_context_says_so(gguf: Path) -> None:
    with engine_over(gguf, context=128) as engine:
        with pytest.raises(ContextOverflowError, match="context holds 128"):
            engine.score(user(FILLER * 20), WAYS)
        with pytest.raises(ContextOverflowError, match="an option"):
            engine.score(user(CAT), ["Hello", FILLER * 20])
        assert works(engine)
        prompt = engine._prompt(user(CAT), "")[0]
        room = 128 - len(prompt)
        fits = "".join(" a" for _ in range(room))
        assert len(engine._weights.tokenize(engine.render(user(CAT)) + fits)) == 128
        assert scored(engine, user(CAT), [fits])[0] < 0
        assert works(engine)


# What is evaluated, and what stays


def test_a_tree_is_evaluated_once_and_leaves_nothing(small: LlamaEngine) -> None:
    request = user("Which one of the many?")
    prompt, _ = small._prompt(request, "")
    continued = small._continued(request, prompt, CALLS)
    nodes = {tuple(c[:n]) for c in continued for n in range(len(prompt) + 1, len(c))}
    engine_text = ask(small, "Which one of the many?", max_tokens=8)
    small._session.evaluate([2, 2], lane=Lane.POLICY, stop=lambda: False)
    assert evaluated_by(small, request, CALLS) == len(prompt) + len(nodes)
    assert evaluated_by(small, request, CALLS) == 1 + len(nodes)
    assert small._session._tokens[Lane.POLICY] == prompt[:-1]
    before = small.evaluated_tokens
    assert ask(small, "Which one of the many?", max_tokens=8) == engine_text
    assert small.evaluated_tokens - before == 1 + 8


def test_a_reply_is_the_same_with_and_without_scoring(engine: LlamaEngine) -> None:
    assert ask(engine, CAT, max_tokens=50) == CAT_REPLY
    engine.score(user(CAT), WAYS)
    assert ask(engine, CAT, max_tokens=50) == CAT_REPLY
    engine.score(user(CAT, as_expert=True), WAYS)
    before = engine.evaluated_tokens
    assert ask(engine, CAT, max_tokens=1) == "The"
    assert engine.evaluated_tokens - before == 2


def test_a_chosen_way_can_be_gone_on_from(engine: LlamaEngine) -> None:
    engine.score(user(CAT), ["The cat", "The dog"])
    assert ask(engine, CAT, opening="The cat", max_tokens=50) == CAT_REPLY


def test_the_constant_prefix_is_saved_by_it_and_read_by_it(gguf: Path, tmp_path: Path) -> None:
    system = {"role": "system", "content": FILLER * 10}
    request = Request((system, {"role": "user", "content": CAT}), max_tokens=3)
    with engine_over(gguf, prefix_folder=tmp_path) as first:
        scores = scored(first, request, WAYS)
    assert len(list(tmp_path.glob("*.state"))) == 1
    with engine_over(gguf, prefix_folder=tmp_path) as second:
        before = second.evaluated_tokens
        assert scored(second, request, WAYS) == pytest.approx(scores, abs=3)
        assert second.evaluated_tokens - before < 110
        assert len(second._prompt(request, "")[0]) > 120


def test_a_lazy_engine_scores(gguf: Path) -> None:
    with engine_over(gguf) as engine:
        lazy = LazyEngine(lambda: engine, name="m", context_tokens=1024)
        assert isinstance(lazy, Scorer)
        assert scored(lazy, user(CAT), WAYS) == scored(engine, user(CAT), WAYS)


# Stopping


def test_a_deadline_or_a_cancel_stops_it(engine: LlamaEngine) -> None:
    cancelled = threading.Event()
    cancelled.set()
    for stopped in (user(CAT, deadline=time.monotonic()), user(CAT, cancelled=cancelled)):
        with pytest.raises(EngineError, match="stopped"):
            engine.score(stopped, WAYS)
    assert works(engine)


class SetAfter(threading.Event):
    """Is set, or interrupts, from the n-th look on."""

    def __init__(self, looks: int, *, interrupts: bool = False) -> None:
        super().__init__()
        self.looks_left = looks
        self._interrupts = interrupts

    def is_set(self) -> bool:
        self.looks_left -= 1
        if self.looks_left < 0 and self._interrupts:
            raise KeyboardInterrupt
        return self.looks_left < 0


def test_wherever_it_is_stopped_the_cache_is_whole(engine: LlamaEngine) -> None:
    plain = scored(engine, user(CAT), WAYS)
    never = SetAfter(1_000_000)
    engine.score(user(CAT, cancelled=never), WAYS)
    looks = 1_000_000 - never.looks_left
    assert looks > 400
    for look in (0, 1, 2, looks // 2, looks - 5):
        with pytest.raises(EngineError, match="stopped"):
            engine.score(user(CAT, cancelled=SetAfter(look)), WAYS)
        assert ask(engine, CAT, max_tokens=50) == CAT_REPLY
    with pytest.raises(KeyboardInterrupt):
        engine.score(user(CAT, cancelled=SetAfter(looks // 2, interrupts=True)), WAYS)
    assert works(engine)
    assert scored(engine, user(CAT), WAYS) == pytest.approx(plain, abs=2)


def test_an_engine_that_is_streaming_is_waited_for(engine: LlamaEngine) -> None:
    stream = engine.stream(user("Count from 1 to 20.", max_tokens=6))
    next(stream)
    found: list[list[float]] = []
    scorer = threading.Thread(target=lambda: found.append(scored(engine, user(CAT), WAYS)))
    scorer.start()
    for _ in stream:
        assert not found
    scorer.join(20)
    assert len(found[0]) == len(WAYS)
    assert drain(engine, user(CAT, max_tokens=50))[1].text == CAT_REPLY
