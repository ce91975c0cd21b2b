"""The same weights as policy and as expert: the LoRA adapter goes on and off, and loading waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from adapter_gguf import write_adapter
from llama_requests import CAT, CAT_REPLY, Reference, ask, engine_over, logits_of, works

from orchestra_cli.engines.base import Sampling
from orchestra_cli.engines.expert import EngineExpert
from orchestra_cli.engines.lazy import LazyEngine
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.session import Lane
from orchestra_cli.engines.weights import Weights
from tools.base import CallContext, ToolError
from tools.experts import ExpertCard


@pytest.fixture(scope="module")
def engine(gguf: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf, context=256) as engine:
        yield engine


@pytest.fixture(scope="module")
def reference(gguf: Path) -> Iterator[Reference]:
    reference = Reference(gguf)
    yield reference
    reference.close()


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_adapter(tmp_path_factory.mktemp("adapter") / "adapter.gguf")


@pytest.fixture(scope="module")
def adapted(gguf: Path, adapter: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf, context=2048, adapter=adapter) as engine:
        yield engine


def test_the_adapter_is_on_for_the_policy_and_off_for_the_expert(
    adapted: LlamaEngine, reference: Reference
) -> None:
    prompt = reference.prompt(CAT)
    base = reference.logits(prompt)
    for _ in range(2):
        assert np.abs(logits_of(adapted, prompt, Lane.POLICY) - base).max() > 1
        assert np.abs(logits_of(adapted, prompt, Lane.EXPERT) - base).max() < 1e-3
        assert ask(adapted, CAT, max_tokens=4) != CAT_REPLY[:7]
        assert ask(adapted, CAT, as_expert=True) == CAT_REPLY


def test_the_policy_is_what_llama_cpp_makes_of_the_adapter(
    adapted: LlamaEngine, gguf: Path, adapter: Path
) -> None:
    with_adapter = Reference(gguf, lora_path=str(adapter))
    prompt = with_adapter.prompt(CAT)
    theirs = with_adapter.logits(prompt)
    with_adapter.close()
    ask(adapted, CAT, as_expert=True, max_tokens=1)
    assert np.abs(logits_of(adapted, prompt, Lane.POLICY) - theirs).max() < 1e-3


def card() -> ExpertCard:
    return ExpertCard(name="smollm", model="SmolLM2", skills="small", leaves_machine=False)


def test_the_weights_serve_as_an_expert(engine: LlamaEngine) -> None:
    shown: list[str] = []
    expert = EngineExpert(card(), engine, Sampling())
    context = CallContext(question=CAT, emit=shown.append)
    reply = expert.complete([{"role": "user", "content": CAT}], max_tokens=50, context=context)
    assert reply.text == "".join(shown) == CAT_REPLY
    assert (reply.usage.who, reply.usage.output_tokens) == ("smollm", 7)


def test_an_experts_prompt_that_is_too_long_is_a_failed_tool(engine: LlamaEngine) -> None:
    expert = EngineExpert(card(), engine, Sampling())
    message = {"role": "user", "content": "word " * 500}
    with pytest.raises(ToolError, match="smollm: the prompt has"):
        expert.complete([message], max_tokens=5, context=CallContext(question=""))


def test_a_view_that_fails_leaves_the_engine_free(engine: LlamaEngine) -> None:
    def fail(text: str) -> None:
        raise BrokenPipeError

    expert = EngineExpert(card(), engine, Sampling())
    context = CallContext(question=CAT, emit=fail)
    with pytest.raises(BrokenPipeError) as kept:
        expert.complete([{"role": "user", "content": CAT}], max_tokens=50, context=context)
    assert works(engine)
    assert kept.tb is not None


def test_a_lazy_engine_is_loaded_once_and_again_after_it_was_closed(gguf: Path) -> None:
    loads: list[int] = []

    def load() -> LlamaEngine:
        loads.append(1)
        return LlamaEngine(Weights(gguf, context=768), name="m")

    lazy = LazyEngine(load, name="m", context_tokens=8_192)
    lazy.close()
    assert (loads, lazy.context_tokens) == ([], 8_192)
    askers = [threading.Thread(target=works, args=(lazy,)) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (len(loads), lazy.context_tokens) == (1, 768)
    assert works(lazy)
    lazy.close()
    assert works(lazy)
    assert len(loads) == 2
    lazy.close()
