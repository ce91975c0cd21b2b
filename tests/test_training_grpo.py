"""Reinforcement of a tiny model: what did better becomes likelier, and nothing else is learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from grpo_runs import broken, likelihood, open_trainer, reinforced, said, schedule
from tiny_training import same_tensors, tensors_of, write_base

from orchestra_cli.errors import ConfigError
from orchestra_cli.training.advantages import OUTCOMES
from orchestra_cli.training.losses import score_paths
from orchestra_cli.training.models import Trainable, load_trainable
from orchestra_cli.training.packs import ReplyPack
from orchestra_cli.training.paths import Tokens
from orchestra_cli.training.recipe import load_recipe
from orchestra_cli.training.rollout import Sample
from orchestra_cli.training.trainer import Trainer

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
RIGHT, WRONG = [said("It is {}.")], [said("It is 7.")]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


def adapter_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    return tensors_of(trainer.save().adapter)


def test_what_is_right_becomes_likelier_than_what_is_wrong(base: Path, tmp_path: Path) -> None:
    grpo = schedule(6, kl_weight=0.0)
    trainer, fresh = open_trainer(base, tmp_path, grpo), open_trainer(base, tmp_path, grpo)
    steps, source = reinforced(trainer, grpo, [RIGHT, WRONG])
    for group in source.groups[:3]:
        right, wrong = (rollout.samples[0] for rollout in group.rollouts)
        gain = likelihood(trainer, right) - likelihood(fresh, right)
        loss = likelihood(trainer, wrong) - likelihood(fresh, wrong)
        assert gain > 0.5 and gain > loss + 1.0
    assert [each.step for each in steps] == [1, 2, 3, 4, 5, 6]
    assert {each.accuracy for each in steps} == {0.5} and steps[0].calls == {}
    assert steps[0].kl is None and steps[0].clipped == 0.0 and (steps[0].entropy or 0) > 1


def test_the_divergence_is_nothing_at_the_start_and_grows(base: Path, tmp_path: Path) -> None:
    grpo = schedule(3, kl_weight=1e-3)
    steps, _ = reinforced(open_trainer(base, tmp_path, grpo), grpo, [RIGHT, WRONG])
    kl = [each.kl or 0.0 for each in steps]
    assert kl[0] == pytest.approx(0.0, abs=1e-6)
    assert kl[1] > 1e-5 and kl[2] > kl[1]


def test_a_heavy_weight_on_the_divergence_keeps_the_model_at_its_base(
    base: Path, tmp_path: Path
) -> None:
    light, heavy = (
        reinforced(open_trainer(base, tmp_path, grpo), grpo, [RIGHT, WRONG])[0][-1].kl or 0.0
        for grpo in (schedule(6, kl_weight=1e-6), schedule(6, kl_weight=10.0))
    )
    assert heavy < light / 2


def test_what_the_filters_drop_is_counted_and_not_learned(base: Path, tmp_path: Path) -> None:
    """One that broke the format at first, and one without an answer."""
    scripts = [RIGHT, WRONG, [broken("<tool_call>{"), said("It is {}.")], [broken("?")] * 4]
    grpo = schedule(1)
    trainer = open_trainer(base, tmp_path, grpo)
    (step,), _ = reinforced(trainer, grpo, scripts)
    assert step.filters == dict.fromkeys(OUTCOMES, 0) | {"kept": 2, "malformed": 2}
    other = open_trainer(base, tmp_path / "other", grpo)
    reinforced(other, grpo, scripts[:2])
    assert same_tensors(adapter_of(trainer), adapter_of(other))


def test_where_all_did_alike_nothing_is_learned(base: Path, tmp_path: Path) -> None:
    grpo = schedule(2)
    trainer = open_trainer(base, tmp_path, grpo)
    before = adapter_of(trainer)
    steps, _ = reinforced(trainer, grpo, [RIGHT, RIGHT])
    assert [each.filters["flat"] for each in steps] == [2, 2]
    assert {each.tokens for each in steps} == {0} and steps[0].entropy is None
    assert steps[0].reward is not None and same_tensors(before, adapter_of(trainer))


def test_without_filters_a_broken_reply_is_never_praised(base: Path, tmp_path: Path) -> None:
    """It led to the right answer, which is praised."""
    mended = [broken("<tool_call>{"), said("It is {}.")]
    grpo = schedule(4, filters=False, kl_weight=0.0)
    trainer, fresh = open_trainer(base, tmp_path, grpo), open_trainer(base, tmp_path, grpo)
    _, source = reinforced(trainer, grpo, [mended, WRONG])
    bad, good = source.groups[0].rollouts[0].samples
    assert not bad.is_legal and good.is_legal
    gained = [likelihood(trainer, each) - likelihood(fresh, each) for each in (bad, good)]
    assert gained[1] > 0.5 and gained[1] / len(good.reply) > gained[0] / len(bad.reply)


@pytest.fixture(scope="module")
def trainable(base: Path) -> Trainable:
    return load_trainable(base, rank=2)


@pytest.mark.parametrize(
    ("sample", "advantage", "kept"),
    [
        (Sample("p", "r"), 1.0, True),
        (Sample("p", "r"), -1.0, True),
        (Sample("p", "r", is_legal=False), 1.0, False),
        (Sample("p", "r", is_legal=False), -1.0, True),
        (Sample("p", "", is_legal=False, ended=False), -1.0, False),
        (Sample("p", "", is_legal=False), -1.0, True),
    ],
    ids=["praised", "blamed", "broken", "broken and blamed", "nothing said", "only its end"],
)
def test_which_replies_are_trained_on(
    trainable: Trainable, sample: Sample, advantage: float, kept: bool
) -> None:
    pack = ReplyPack()
    pack.add(sample, advantage, Tokens(trainable.tokenizer))
    assert (len(pack.paths), pack.advantages) == ((1, [advantage]) if kept else (0, []))
    assert pack.num_tokens == (len(sample.reply) + sample.ended if kept else 0)


# Several updates on the same rollouts


def test_the_clip_binds_from_the_second_update_on(base: Path, tmp_path: Path) -> None:
    """Of the first update the ratio is 1; a high rate then moves tokens over the bounds."""
    held = {}
    for updates in (1, 2, 4):
        grpo = schedule(1, updates=updates, learning_rate=0.05)
        trainer = open_trainer(base, tmp_path, grpo)
        (step,), _ = reinforced(trainer, grpo, [RIGHT, WRONG])
        held[updates] = step.clipped or 0.0
        assert trainer.step == step.step == 1
    assert held[1] == 0.0 < held[2] < held[4] < 1.0


def test_the_clip_holds_those_tokens_that_went_too_far_the_way_they_should(
    base: Path, tmp_path: Path
) -> None:
    trainer = open_trainer(base, tmp_path, schedule(1, learning_rate=0.05))
    tokens, pack = Tokens(trainer.trainable.tokenizer), ReplyPack()
    pack.add(Sample("Which?\n", "this one it is"), 1.0, tokens)
    pack.add(Sample("Which?\n", "that one it was"), -1.0, tokens)
    first = pack.sums(score_paths(trainer.model, pack.paths))
    assert first.num_held == 0 and pack.old is not None and not pack.old.requires_grad
    trainer.backward(first.loss)
    trainer.update()
    now = score_paths(trainer.model, pack.paths)
    ratio = (now.log_probs - pack.old).exp().split(now.sizes)
    expected = int((ratio[0] > 1.28).sum() + (ratio[1] < 0.8).sum())
    assert 0 < pack.sums(now).num_held == expected < pack.num_tokens


# The run


def test_a_run_that_is_taken_up_comes_to_the_same_bits(base: Path, tmp_path: Path) -> None:
    grpo = schedule(4, updates=2, kl_weight=1e-3)
    whole = open_trainer(base, tmp_path / "whole", grpo)
    steps, _ = reinforced(whole, grpo, [RIGHT, WRONG])
    half = open_trainer(base, tmp_path / "half", grpo)
    first, _ = reinforced(half, schedule(2, updates=2, kl_weight=1e-3), [RIGHT, WRONG])
    saved = half.save()
    again = Trainer(load_trainable(base, adapter=saved.adapter), grpo, folder=tmp_path / "half")
    again.resume(saved)
    second, _ = reinforced(again, grpo, [RIGHT, WRONG])
    assert [s.loss for s in (*first, *second)] == [s.loss for s in steps]
    assert same_tensors(adapter_of(again), adapter_of(whole))


@pytest.mark.parametrize("lines", ['rollouts = "endpoint"', 'endpoint = "http://h/v1#m"'])
def test_an_endpoint_and_its_address_need_each_other(lines: str, tmp_path: Path) -> None:
    path = tmp_path / "made.toml"
    path.write_text(f"[grpo]\nsteps = 1\nlearning_rate = 1.0\n{lines}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"made\.toml: .*grpo: rollouts = .* need each other$"):
        load_recipe(path)
