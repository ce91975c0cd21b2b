"""Adapted layers as one product: peft's numbers, and its gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from lora_logits import make_loud
from tiny_llama import LAYERS, TOKENS, tiny_model, write_tiny
from torch import Tensor

from orchestra_cli.training.architecture import LINEAR
from orchestra_cli.training.merged_linear import merge_adapted_layers
from orchestra_cli.training.models import Trainable, load_trainable

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
IDS = torch.randint(0, len(TOKENS), (3, 17), generator=torch.Generator().manual_seed(1))


@pytest.fixture
def trainable(tmp_path: Path) -> Trainable:
    trained = load_trainable(write_tiny(tmp_path / "tiny.gguf", tiny_model()), rank=3)
    make_loud(trained, scale=0.5)
    return trained


def merged_layers(model: Any) -> list[Any]:
    return [module for module in model.modules() if "forward" in vars(module)]


@contextmanager
def as_peft_has_it(model: Any) -> Iterator[None]:
    layers = merged_layers(model)
    kept = [vars(layer).pop("forward") for layer in layers]
    yield
    for layer, forward in zip(layers, kept, strict=True):
        layer.forward = forward


def logits_and_gradients(trainable: Trainable) -> tuple[Tensor, list[Tensor]]:
    logits = trainable.model(IDS).logits
    logits.log_softmax(-1)[..., 3].sum().backward()
    gradients = [p.grad for p in trainable.parameters()]
    trainable.model.zero_grad()
    return logits.detach(), [each for each in gradients if each is not None]


def assert_as_peft_has_it(trainable: Trainable) -> Tensor:
    logits, gradients = logits_and_gradients(trainable)
    with as_peft_has_it(trainable.model):
        wanted, wanted_gradients = logits_and_gradients(trainable)
    torch.testing.assert_close(logits, wanted, rtol=1e-3, atol=1e-3)
    assert len(gradients) == 2 * LAYERS * len(LINEAR)
    for got, want in zip(gradients, wanted_gradients, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-3, atol=1e-3 * float(want.abs().max()))
    return logits


def test_numbers_and_gradients_are_pefts_before_and_after_a_step(trainable: Trainable) -> None:
    assert len(merged_layers(trainable.model)) == LAYERS * len(LINEAR)
    before = assert_as_peft_has_it(trainable)
    optimizer = torch.optim.AdamW(trainable.parameters(), lr=0.05)
    trainable.model(IDS).logits.sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    after = assert_as_peft_has_it(trainable)
    assert not torch.allclose(before, after, atol=0.1)


def test_switched_off_it_is_the_base(trainable: Trainable) -> None:
    with torch.no_grad():
        on = trainable.model(IDS).logits
        with trainable.as_reference():
            off = trainable.model(IDS).logits
        bare = tiny_model()(IDS).logits
    torch.testing.assert_close(off, bare, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(on, off, atol=0.1)


def test_in_fewer_bits_nothing_is_merged(trainable: Trainable) -> None:
    halved = trainable.model.to(torch.bfloat16)
    with torch.no_grad():
        got = halved(IDS).logits
        with as_peft_has_it(halved):
            torch.testing.assert_close(got, halved(IDS).logits, rtol=0, atol=0)


def test_dropout_stays_with_peft() -> None:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=2, target_modules=["q_proj"], lora_dropout=0.5)
    assert merge_adapted_layers(get_peft_model(tiny_model(), config)) == 0
