"""The model under training as an engine: what llama.cpp says of the same weights, it says too."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from llama_requests import SEARCH, drain, engine_over, user
from peft import LoraConfig, get_peft_model
from tiny_llama import tiny_model, tiny_tokenizer, write_tiny

from orchestra_cli.engines.base import ContextOverflowError, EngineError, Sampling, Scorer
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.parsing import parse_reply
from orchestra_cli.training.token_draw import TokenDraw
from orchestra_cli.training.torch_engine import TorchEngine
from tools.base import JsonObject
from tools.toolbox import problem_with

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
"""peft asks transformers by a name that is going away."""

WAYS = ["the", "thea", "<tool_call>\n{", "an end", "Grüße", "", "the end of it all"]
CHOICE: JsonObject = {
    "name": "answer",
    "description": "",
    "parameters": {
        "type": "object",
        "properties": {"model": {"type": "string", "enum": ["answer-1", "answer-2"]}},
        "required": ["model"],
        "additionalProperties": False,
    },
}


@pytest.fixture(scope="module")
def torch_engine() -> TorchEngine:
    return TorchEngine(tiny_model(), tiny_tokenizer(), context_tokens=1024)


@pytest.fixture(scope="module")
def llama_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    path = write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf", tiny_model())
    with engine_over(path) as engine:
        yield engine


def reply(engine: TorchEngine | LlamaEngine, text: str, **options: object) -> str:
    return drain(engine, user(text, **{"max_tokens": 24} | options))[1].text


def with_adapter(seed: int = 0) -> TorchEngine:
    torch.manual_seed(seed)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    return TorchEngine(get_peft_model(tiny_model(), config), tiny_tokenizer())


# The same as llama.cpp


@pytest.mark.parametrize("opening", ["", "Well, "])
def test_scores_are_those_of_llama_cpp(
    torch_engine: TorchEngine, llama_engine: LlamaEngine, opening: str
) -> None:
    request = user("Where is the cat?", opening=opening)
    ours, theirs = (e.score(request, WAYS).log_likelihoods for e in (torch_engine, llama_engine))
    assert isinstance(torch_engine, Scorer)
    assert np.allclose(ours, theirs, atol=0.02)
    assert ours[WAYS.index("")] == 0.0 and min(ours) < -10


def test_text_is_the_same_tokens(torch_engine: TorchEngine, llama_engine: LlamaEngine) -> None:
    request = user("the 12 cats\n\n<tool_call> ÄÖ")
    assert torch_engine.render(request) == llama_engine.render(request)
    for text in ("the then an 12", torch_engine.render(request)):
        assert torch_engine.count_tokens(text) == llama_engine.count_tokens(text)


def test_greedy_replies_are_those_of_llama_cpp(
    torch_engine: TorchEngine, llama_engine: LlamaEngine
) -> None:
    for text in ("One.", "And the other?"):
        assert reply(torch_engine, text) == reply(llama_engine, text) != ""


# Drawing


def test_the_same_seed_draws_the_same(torch_engine: TorchEngine) -> None:
    def drawn(seed: int) -> str:
        return reply(torch_engine, "Go", sampling=Sampling(temperature=1.0, seed=seed))

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(8)}) > 4


def test_draws_follow_the_probabilities() -> None:
    logits = torch.log(torch.tensor([0.6, 0.3, 0.1]))

    def shares(**sampling: float) -> list[float]:
        draw = TokenDraw(Sampling(temperature=1.0, **sampling), device=logits.device)  # type: ignore[arg-type]
        drawn = [draw.token(logits, history=[0]) for _ in range(2000)]
        return [drawn.count(token) / 2000 for token in range(3)]

    assert np.allclose(shares(), [0.6, 0.3, 0.1], atol=0.04)
    assert np.allclose(shares(top_k=2), [2 / 3, 1 / 3, 0], atol=0.04)
    assert np.allclose(shares(top_p=0.7), [2 / 3, 1 / 3, 0], atol=0.04)
    assert np.allclose(shares(min_p=0.4), [2 / 3, 1 / 3, 0], atol=0.04)
    assert shares(top_p=0.1)[0] == 1.0
    assert shares(repeat_penalty=2.0)[0] > 0.4  # -0.51 becomes -1.02
    assert TokenDraw(Sampling(), device=logits.device).token(logits, history=[], barred=0) == 1


def test_pieces_make_up_the_text(torch_engine: TorchEngine) -> None:
    sampling = Sampling(temperature=1.5, seed=3)
    request = user("Go", max_tokens=60, opening="So: ", sampling=sampling)
    pieces, completion = drain(torch_engine, request)
    assert "".join(pieces) == completion.text and completion.text.startswith("So: ")
    assert completion.usage.output_tokens <= 60


def test_it_stops_at_a_mark(torch_engine: TorchEngine) -> None:
    whole = reply(torch_engine, "One.")
    mark = whole[3:5]
    pieces, cut = drain(torch_engine, user("One.", max_tokens=24, stop_at=(mark,)))
    assert cut.text == whole[: whole.index(mark) + 2] == "".join(pieces)
    assert not cut.truncated


def test_it_is_cut_by_tokens_a_cancel_or_the_deadline(torch_engine: TorchEngine) -> None:
    cancelled = threading.Event()
    cancelled.set()
    for options in ({"max_tokens": 2}, {"cancelled": cancelled}, {"deadline": 0.0}):
        assert drain(torch_engine, user("One.", **options))[1].truncated


def test_the_end_of_the_turn_ends_it() -> None:
    model, tokenizer = tiny_model(), tiny_tokenizer()
    with torch.no_grad():  # whatever is asked: the mark, or by the sign of one number all others
        model.lm_head.weight.zero_()
        model.lm_head.weight[tokenizer.eos_token_id, 0] = 1e3
        model.lm_head.weight[0, 0] = -1e3
    engine = TorchEngine(model, tokenizer)
    completions = [drain(engine, user(f"{n}", max_tokens=4))[1] for n in range(12)]
    ended = [each for each in completions if not each.truncated]
    assert ended and all("<|im_end|>" not in each.text for each in ended)
    assert all(each.truncated or each.usage.output_tokens < 4 for each in completions)


def test_too_long_a_prompt_is_refused(torch_engine: TorchEngine) -> None:
    with pytest.raises(ContextOverflowError, match="holds 1024"):
        reply(torch_engine, "x" * 2000)
    assert reply(torch_engine, "One.")


# Calls


@pytest.mark.parametrize("seed", range(3))
def test_a_forced_call_is_legal_where_all_is_chosen(torch_engine: TorchEngine, seed: int) -> None:
    sampling = Sampling(temperature=1.0, seed=seed)
    text = reply(torch_engine, "Go", functions=(CHOICE,), force_call=True, sampling=sampling)
    (call,) = parse_reply(text).calls
    assert problem_with(call, (CHOICE,)) is None


def test_a_forced_call_that_never_comes_is_left_to_the_agent(torch_engine: TorchEngine) -> None:
    text = reply(torch_engine, "Go", functions=(SEARCH,), force_call=True, forced="search")
    assert text.startswith('<tool_call>\n{"name": "search", "arguments":')
    with pytest.raises(EngineError, match="no function nothing"):
        reply(torch_engine, "Go", functions=(SEARCH,), force_call=True, forced="nothing")


# What is kept


def test_a_prompt_that_begins_alike_is_not_read_again() -> None:
    engine = TorchEngine(tiny_model(), tiny_tokenizer())
    long = "the cat and the dog " * 20
    first = reply(engine, long, max_tokens=1)
    before = engine.evaluated_tokens
    assert reply(engine, long, max_tokens=1) == first
    assert engine.evaluated_tokens - before <= 3
    other = TorchEngine(tiny_model(), tiny_tokenizer())
    assert reply(engine, f"{long} now") == reply(other, f"{long} now")


def test_a_step_of_training_is_seen_at_once() -> None:
    engine = with_adapter()
    before = engine.score(user("Go"), WAYS).log_likelihoods
    assert engine.score(user("Go"), WAYS).log_likelihoods == pytest.approx(before, abs=1e-4)
    trained = [p for p in engine._model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.4)
    sum(p.square().sum() for p in trained).backward()
    optimizer.step()
    after = engine.score(user("Go"), WAYS).log_likelihoods
    fresh = TorchEngine(engine._model, tiny_tokenizer()).score(user("Go"), WAYS).log_likelihoods
    assert after == pytest.approx(fresh, abs=1e-4)
    assert max(abs(a - b) for a, b in zip(after, before, strict=True)) > 0.1


def test_as_an_expert_the_adapter_is_off(torch_engine: TorchEngine) -> None:
    engine = with_adapter()
    on, off = (
        engine.score(user("Go", as_expert=expert), WAYS).log_likelihoods for expert in (False, True)
    )
    bare = torch_engine.score(user("Go"), WAYS).log_likelihoods
    assert off == pytest.approx(bare, abs=1e-4)
    assert on != pytest.approx(bare, abs=0.01)


def test_training_goes_on_as_before() -> None:
    engine = with_adapter()
    engine._model.train()
    reply(engine, "Go", max_tokens=2)
    assert engine._model.training
