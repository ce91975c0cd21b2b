"""Each loss against numbers worked by hand, and against what it stands for."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from tiny_llama import tiny_model
from torch import Tensor

from orchestra_cli.training.losses import (
    Scored,
    clipped_loss,
    expected_loss,
    kl_to_base,
    score_paths,
    supervised_loss,
)
from orchestra_cli.training.paths import TokenPath

MODEL = tiny_model()
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
"""peft asks transformers by a name that is going away."""


def logs(*probabilities: float) -> Tensor:
    return torch.tensor(probabilities).log()


def path(prompt: str, reply: str, weight: float = 1.0, skipped: int = 0) -> TokenPath:
    return TokenPath(tuple(prompt.encode()), tuple(reply.encode()), weight, skipped)


def alone(path: TokenPath) -> Tensor:
    """(T,): the reply's log-probabilities, by the whole model over the whole text."""
    tokens = torch.tensor([[*path.prompt, *path.reply]])
    with torch.no_grad():
        every = MODEL(input_ids=tokens).logits[0].log_softmax(-1)  # (L, V)
    start = len(path.prompt)
    positions = range(start + path.skipped, tokens.shape[1])
    return torch.stack([every[at - 1, tokens[0, at]] for at in positions])


def test_reply_tokens_have_the_chances_that_the_model_gives_them() -> None:
    paths = [path("ab", "cde"), path("ab", "cf"), path("ab", "cdgh", skipped=2), path("abx", "y")]
    scored = score_paths(MODEL, paths)
    assert scored.sizes == (3, 2, 2, 1)
    assert scored.num_tokens == len({"a", "ab", "abc", "abcd", "abcdg", "abx"})
    for found, each in zip(scored.by_path(), paths, strict=True):
        torch.testing.assert_close(found, alone(each), rtol=1e-4, atol=1e-5)


def test_entropy_is_of_the_whole_next_token_distribution() -> None:
    scored = score_paths(MODEL, [path("ab", "c")])
    with torch.no_grad():
        chances = MODEL(input_ids=torch.tensor([list(b"ab")])).logits[0, -1].softmax(-1)
    assert float(scored.entropy) == pytest.approx(float(-(chances * chances.log()).sum()), rel=1e-4)
    assert not scored.entropy.requires_grad


def test_an_adapter_around_the_model_is_seen_through() -> None:
    config = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM")
    adapted = get_peft_model(tiny_model(), config)
    one = [path("ab", "cd")]
    torch.testing.assert_close(
        score_paths(adapted, one).log_probs, score_paths(MODEL, one).log_probs
    )


def test_supervised() -> None:
    """−(1·(log ½ + log ¼) + 0.3·log ⅛) = 0.6931 + 1.3863 + 0.6238"""
    scored = Scored(logs(1 / 2, 1 / 4, 1 / 8), torch.zeros(3), (2, 1), 9)
    paths = [path("a", "bc"), path("a", "d", weight=0.3)]
    assert float(supervised_loss(scored, paths)) == pytest.approx(2.7032, abs=1e-4)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "is_held"),
    [
        (1.0, 2.0, -2.0, False),
        (1.2, 1.0, -1.2, False),
        (1.5, 1.0, -1.28, True),
        (0.5, 1.0, -0.5, False),
        (1.5, -1.0, 1.5, False),
        (0.5, -1.0, 0.8, True),
        (0.9, -2.0, 1.8, False),
        (1.0, 0.0, 0.0, False),
    ],
    ids=[
        "unchanged", "within", "gain is clipped high", "a worse ratio counts whole",
        "a loss that grows counts whole", "loss is clipped low", "within below", "nothing",
    ],
)  # fmt: skip
def test_clipped(ratio: float, advantage: float, loss: float, is_held: bool) -> None:
    now = logs(0.4 * ratio).requires_grad_()
    found, held = clipped_loss(now, logs(0.4), torch.tensor([advantage]))
    assert float(found.detach()) == pytest.approx(loss, abs=1e-6)
    assert bool(held) is is_held
    found.sum().backward()
    assert now.grad is not None
    expected = 0.0 if is_held else -ratio * advantage  # d(ρ·A)/d(log p) = ρ·A
    assert float(now.grad) == pytest.approx(expected, abs=1e-6)


def test_kl_of_a_token() -> None:
    """exp(q − p) − (q − p) − 1 with q = ¼, p = ½: ½ + log 2 − 1 = 0.1931"""
    found = kl_to_base(logs(1 / 2, 1 / 2, 1 / 4), logs(1 / 4, 1 / 2, 1 / 2))
    assert found.tolist() == pytest.approx([0.1931, 0.0, 1 - math.log(2)], abs=1e-4)


@given(st.lists(st.tuples(st.floats(-9, 0), st.floats(-9, 0)), min_size=1, max_size=9))
def test_kl_is_never_negative(pairs: list[tuple[float, float]]) -> None:
    now, base = (torch.tensor(each, dtype=torch.double) for each in zip(*pairs, strict=True))
    assert (kl_to_base(now, base) >= -1e-12).all()


def test_kl_is_on_average_the_divergence_of_the_distributions() -> None:
    """Over samples of p: Σ p·k3 = Σ p·log(p/q)."""
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.2, 0.3, 0.5])
    mean = (p * kl_to_base(p.log(), q.log())).sum()
    assert float(mean) == pytest.approx(float((p * (p / q).log()).sum()), abs=1e-6)


def test_expected() -> None:
    """Options ½, ¼, ¼ (of what is theirs) with rewards 1, 0, −1: −(½ − ¼)."""
    loss = expected_loss(logs(0.4, 0.2, 0.2), torch.tensor([1.0, 0.0, -1.0]))
    assert float(loss) == pytest.approx(-0.25, abs=1e-6)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-4, 0), st.floats(-2, 2)), min_size=2, max_size=8))
def test_the_expectation_has_the_mean_gradient_of_the_sampled_surrogate(
    options: list[tuple[float, float]],
) -> None:
    """Σ_a p(a) · ∇(−ρ(a)·A(a)) over all samples a, with the mean reward as the baseline."""
    drawn, rewards = (torch.tensor(each, dtype=torch.double) for each in zip(*options, strict=True))
    exact = drawn.clone().requires_grad_()
    expected_loss(exact, rewards).backward()
    sampled = drawn.clone().requires_grad_()
    log_probs = sampled.log_softmax(0)
    chances = log_probs.detach().exp()
    advantages = rewards - (chances * rewards).sum()
    by_sample, held = clipped_loss(log_probs, log_probs.detach(), advantages)
    (chances * by_sample).sum().backward()
    assert not held.any()
    torch.testing.assert_close(exact.grad, sampled.grad, rtol=1e-9, atol=1e-12)


def test_a_step_against_the_gradient_makes_the_rewarded_option_likelier() -> None:
    scores = logs(0.2, 0.5, 0.3).requires_grad_()
    rewards = torch.tensor([1.0, 0.0, 0.0])
    expected_loss(scores, rewards).backward()
    assert scores.grad is not None
    stepped = (scores.detach() - 0.5 * scores.grad).softmax(0)
    assert float(stepped[0]) > 0.2 and float(stepped[1]) < 0.5
