"""The engine on the real embedded model: right text, nothing evaluated twice, always stoppable."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from adapter_gguf import write_adapter
from llama_requests import CAT, CAT_REPLY, SEARCH, Reference, ask, drain, engine_over, user

from orchestra_cli.engines.base import ContextOverflowError, EngineError, Message, Request, Sampling
from orchestra_cli.engines.expert import EngineExpert
from orchestra_cli.engines.lazy import LazyEngine
from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.session import Lane
from orchestra_cli.parsing import parse_reply
from tools.base import CallContext, JsonObject, ToolError
from tools.experts import ExpertCard

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


@pytest.mark.parametrize(
    "text",
    [CAT, "Count from 1 to 20.", FILLER * 25 + CAT],
    ids=["cat", "count", "two chunks"],
)
def test_greedy_reply_is_llama_cpps_own(
    text: str, engine: LlamaEngine, reference: Reference
) -> None:
    prompt = reference.prompt(text)
    _, completion = drain(engine, user(text, max_tokens=10))
    assert completion.usage.input_tokens == len(prompt)
    assert completion.text == reference.reply(prompt, max_tokens=10)


def test_logits_are_llama_cpps_own(engine: LlamaEngine, reference: Reference) -> None:
    prompt = reference.prompt(FILLER * 25 + CAT)
    engine._session.evaluate([2, 2], lane=Lane.POLICY, stop=lambda: False)
    engine._session.evaluate(prompt, lane=Lane.POLICY, stop=lambda: False)
    ours, theirs = logits(engine), reference.logits(prompt)
    assert ours.argmax() == theirs.argmax()
    assert np.abs(ours - theirs).max() < 1e-3


def logits(engine: LlamaEngine) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """After the last token that was evaluated."""
    c, vocab = load_library(), engine._weights.vocab
    found = c.llama_get_logits_ith(engine._session.context, -1)
    return np.ctypeslib.as_array(found, shape=(c.llama_vocab_n_tokens(vocab),)).copy()


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
        return ask(engine, "Tell me a story.", sampling=sampling, max_tokens=10)

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
    canceller = threading.Thread(target=lambda: (third.wait(10), cancelled.set()))
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
    assert ask(engine, CAT) == CAT_REPLY


def test_a_cancel_ends_a_long_prefill_within_a_second(engine: LlamaEngine) -> None:
    cancelled = threading.Event()
    canceller = threading.Timer(0.4, cancelled.set)
    canceller.start()
    started = time.monotonic()
    pieces, completion = drain(engine, user(FILLER * 300, cancelled=cancelled))
    assert time.monotonic() - started < 1.4
    assert (pieces, completion.text, completion.truncated) == ([], "", True)
    assert completion.usage.input_tokens > 3_000
    assert ask(engine, CAT) == CAT_REPLY


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
    text = FILLER * 30  # two chunks
    prompt = reference.prompt(text)
    theirs = reference.logits(prompt)
    never = SetAfter(1_000_000)
    drain(engine, user(text, cancelled=never, max_tokens=1))
    looks = 1_000_000 - never.looks_left
    assert looks > 1_000
    for look, chunks in ((0, 0), (1, 0), (looks // 4, 0), (looks - 20, 1)):
        engine._session.evaluate([2, 2], lane=Lane.POLICY, stop=lambda: False)
        before = engine.evaluated_tokens
        _, completion = drain(engine, user(text, cancelled=SetAfter(look), max_tokens=1))
        assert (completion.text, completion.truncated) == ("", True)
        assert engine.evaluated_tokens - before == 256 * chunks
        if look > 1:
            engine._session.evaluate(prompt, lane=Lane.POLICY, stop=lambda: False)
            assert engine.evaluated_tokens - before == len(prompt)
            assert np.abs(logits(engine) - theirs).max() < 1e-3


def test_a_deadline_ends_it_with_what_it_has(engine: LlamaEngine) -> None:
    started = time.monotonic()
    _, completion = drain(
        engine, user("Count from 1 to 20.", max_tokens=2_000, deadline=started + 0.7)
    )
    assert time.monotonic() - started < 1.7
    assert completion.truncated
    assert completion.text.startswith("1. 1")
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
    assert ask(engine, CAT) == CAT_REPLY


def test_a_stream_that_is_dropped_leaves_the_engine_free(engine: LlamaEngine) -> None:
    stream = engine.stream(user("Count from 1 to 20.", max_tokens=500))
    assert next(stream)
    stream.close()
    assert ask(engine, CAT) == CAT_REPLY


# What is evaluated


def test_a_second_turn_evaluates_only_what_is_new(engine: LlamaEngine) -> None:
    first: tuple[Message, ...] = (SYSTEM, {"role": "user", "content": FILLER * 10 + CAT})
    _, completion = drain(engine, Request(first, max_tokens=16))
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
    assert again.usage.input_tokens > 100


def test_the_same_prompt_evaluates_one_token(engine: LlamaEngine) -> None:
    assert evaluated(engine, FILLER * 10) > 90
    assert evaluated(engine, FILLER * 10) == 1
    assert ask(engine, CAT) == ask(engine, CAT) == CAT_REPLY


def test_the_policys_prefix_survives_an_expert_call(engine: LlamaEngine) -> None:
    ask(engine, FILLER * 20, max_tokens=1)
    assert evaluated(engine, "What is 2+2?", as_expert=True) > 5
    assert evaluated(engine, FILLER * 20) == 1
    assert evaluated(engine, "What is 2+2?", as_expert=True) == 1


def test_two_lanes_give_the_text_of_one(engine: LlamaEngine) -> None:
    texts = (CAT, "Count from 1 to 20.")
    alone = [ask(engine, text) for text in texts]
    assert [ask(engine, text, as_expert=True) for text in texts] == alone
    assert [ask(engine, text, as_expert=i % 2 == 0) for i, text in enumerate(texts)] == alone


# The context's end


def test_a_prompt_that_is_too_long_says_so(engine: LlamaEngine) -> None:
    with pytest.raises(ContextOverflowError, match="context holds 4096"):
        drain(engine, user(FILLER * 500))
    assert ask(engine, CAT) == CAT_REPLY


def test_a_reply_ends_where_the_context_does(gguf: Path) -> None:
    with engine_over(gguf, context=256) as engine:
        text = FILLER * 20 + "Count from 1 to 100."
        _, completion = drain(engine, user(text, max_tokens=200))
        used = completion.usage.input_tokens + completion.usage.output_tokens
        assert completion.truncated
        assert used == 256 + 1  # the last token that was drawn need not be held
        assert ask(engine, CAT) == CAT_REPLY


def test_lanes_that_do_not_fit_together_take_turns(gguf: Path) -> None:
    with engine_over(gguf, context=256) as engine:
        assert evaluated(engine, FILLER * 11) > 130
        assert evaluated(engine, FILLER * 11, as_expert=True) > 130
        assert evaluated(engine, FILLER * 11) > 130
        assert evaluated(engine, FILLER * 4, as_expert=True) > 50
        assert evaluated(engine, FILLER * 11) == 1
        # The reply of one lane grows until the other has to go.
        _, completion = drain(engine, user(FILLER * 4, as_expert=True, max_tokens=40))
        assert completion.usage.output_tokens == 40
        assert evaluated(engine, FILLER * 11) > 130
        assert ask(engine, CAT) == CAT_REPLY


# Forced calls

ANSWER: JsonObject = {
    "name": "answer",
    "description": "Hands the question on.",
    "parameters": {
        "type": "object",
        "properties": {"model": {"type": "string", "enum": ["answer-1", "answer-math-1"]}},
        "required": ["model"],
        "additionalProperties": False,
    },
}
ROUTE: JsonObject = {
    "name": "route",
    "description": "Plans a way.",
    "parameters": {
        "type": "object",
        "properties": {
            "from": {"type": "string", "maxLength": 20},
            "stops": {"type": "array", "items": {"enum": ["Köln", 'the "Spa"']}, "maxItems": 2},
            "people": {"type": "integer", "minimum": 1, "maximum": 9},
        },
        "required": ["from", "stops"],
        "additionalProperties": False,
    },
}
NOTHING: JsonObject = {"name": "wait", "description": "", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    ("functions", "temperature"),
    [
        ((SEARCH,), 0.0),
        ((ANSWER,), 1.5),
        ((SEARCH, ANSWER), 0.0),
        ((SEARCH, ANSWER), 1.5),
        ((ROUTE,), 0.0),
        ((NOTHING, ROUTE, SEARCH), 1.2),
    ],
    ids=["one", "slot", "two", "two, hot", "arrays and ranges", "three, hot"],
)
def test_a_forced_call_passes_the_schema(
    functions: tuple[JsonObject, ...], temperature: float, engine: LlamaEngine
) -> None:
    request = user(
        "What is the capital of France?",
        functions=functions,
        force_call=True,
        sampling=Sampling(temperature=temperature, seed=3),
        max_tokens=150,
    )
    pieces, completion = drain(engine, request)
    assert "".join(pieces) == completion.text
    assert not completion.truncated
    assert completion.text.startswith("<tool_call>\n{")
    assert completion.text.endswith("}\n</tool_call>")
    (call,) = parse_reply(completion.text).calls
    schema = {function["name"]: function["parameters"] for function in functions}[call.name]
    jsonschema.validate(call.arguments, schema)


def test_a_forced_call_that_is_cut_is_truncated(engine: LlamaEngine) -> None:
    request = user("What is 2+2?", functions=(SEARCH,), force_call=True, max_tokens=4)
    pieces, completion = drain(engine, request)
    assert completion.truncated
    assert completion.text == "".join(pieces)
    assert completion.text.startswith('<tool_call>\n{"name":')
    assert "</tool_call>" not in completion.text
    request = user("x", functions=(SEARCH,), force_call=True, deadline=time.monotonic())
    assert drain(engine, request)[1].text == ""


def test_a_grammar_that_cannot_be_read_is_an_error_not_a_crash(engine: LlamaEngine) -> None:
    endless: JsonObject = {"name": "f", "parameters": {"$ref": "#"}}
    with pytest.raises(EngineError, match="cannot read the grammar"):
        drain(engine, user("x", functions=(endless,), force_call=True))
    assert ask(engine, CAT) == CAT_REPLY


# The adapter


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_adapter(tmp_path_factory.mktemp("adapter") / "adapter.gguf")


@pytest.fixture(scope="module")
def adapted(gguf: Path, adapter: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf, context=2048, adapter=adapter) as engine:
        yield engine


@pytest.mark.parametrize("text", [CAT, "Count from 1 to 20."])
def test_the_adapter_is_on_for_the_policy_and_off_for_the_expert(
    text: str, adapted: LlamaEngine, reference: Reference
) -> None:
    prompt = reference.prompt(text)
    base = reference.reply(prompt, max_tokens=6)
    for _ in range(2):
        policys = logits_of(adapted, prompt, Lane.POLICY)
        assert ask(adapted, text, as_expert=True, max_tokens=6) == base
        experts = logits_of(adapted, prompt, Lane.EXPERT)
        assert np.abs(experts - reference.logits(prompt)).max() < 1e-3
        assert np.abs(policys - experts).max() > 1


def logits_of(
    engine: LlamaEngine, prompt: list[int], lane: Lane
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    engine._session.evaluate([2, 2], lane=lane, stop=lambda: False)
    engine._session.evaluate(prompt, lane=lane, stop=lambda: False)
    return logits(engine)


def test_the_policys_text_is_that_of_llama_cpp_with_the_adapter(
    adapted: LlamaEngine, gguf: Path, adapter: Path
) -> None:
    with_adapter = Reference(gguf, lora_path=str(adapter))
    prompt = with_adapter.prompt(CAT)
    theirs = with_adapter.logits(prompt)
    with_adapter.close()
    ask(adapted, CAT, as_expert=True)
    assert np.abs(logits_of(adapted, prompt, Lane.POLICY) - theirs).max() < 1e-3


# As an expert, and loaded late


def card() -> ExpertCard:
    return ExpertCard("smollm", "SmolLM2", "small", 0.0, 0.0, leaves_machine=False)


def test_the_weights_serve_as_an_expert(engine: LlamaEngine) -> None:
    shown: list[str] = []
    expert = EngineExpert(card(), engine, Sampling())
    context = CallContext(question=CAT, emit=shown.append)
    reply = expert.complete([{"role": "user", "content": CAT}], max_tokens=50, context=context)
    assert reply.text == "".join(shown) == CAT_REPLY
    assert (reply.usage.who, reply.usage.output_tokens) == ("smollm", 7)


def test_an_experts_prompt_that_is_too_long_is_a_failed_tool(engine: LlamaEngine) -> None:
    expert = EngineExpert(card(), engine, Sampling())
    message = {"role": "user", "content": FILLER * 500}
    with pytest.raises(ToolError, match="smollm: the prompt has"):
        expert.complete([message], max_tokens=5, context=CallContext(question=""))


def test_a_view_that_fails_leaves_the_engine_free(engine: LlamaEngine) -> None:
    def fail(text: str) -> None:
        raise BrokenPipeError

    expert = EngineExpert(card(), engine, Sampling())
    context = CallContext(question=CAT, emit=fail)
    with pytest.raises(BrokenPipeError) as kept:
        expert.complete([{"role": "user", "content": CAT}], max_tokens=50, context=context)
    assert ask(engine, CAT) == CAT_REPLY
    assert kept.tb is not None


def test_a_lazy_engine_is_loaded_once_and_again_after_it_was_closed(gguf: Path) -> None:
    loads: list[int] = []

    def load() -> LlamaEngine:
        from orchestra_cli.engines.weights import Weights

        loads.append(1)
        return LlamaEngine(Weights(gguf, context=768), name="m")

    lazy = LazyEngine(load, name="m", context_tokens=8_192)
    lazy.close()
    assert (loads, lazy.context_tokens) == ([], 8_192)
    askers = [threading.Thread(target=ask, args=(lazy, CAT)) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (len(loads), lazy.context_tokens) == (1, 768)
    assert ask(lazy, CAT) == CAT_REPLY
    lazy.close()
    assert ask(lazy, CAT) == CAT_REPLY
    assert len(loads) == 2
    lazy.close()
