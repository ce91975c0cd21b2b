"""Whoever draws the rollouts of a recipe draws them by the adapter of the moment."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from grpo_runs import schedule
from openai_server import OpenAIServer, streamed
from tiny_llama import tiny_model, write_tiny
from tiny_training import write_base, write_data
from training_episodes import replies

from orchestra_cli.errors import UsageError
from orchestra_cli.training.grpo import run_grpo
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.models import load_trainable
from orchestra_cli.training.recipe import Recipe, Recorded
from orchestra_cli.training.rollout import Group
from orchestra_cli.training.rollouts.base import RolloutSource
from orchestra_cli.training.rollouts.choosing import open_rollouts
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.trainer import Trainer

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
KEY = ("made_up", 0, 0)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("base") / "base.gguf", tiny_model())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@contextmanager
def opened(
    base: Path, data: Path, folder: Path, **fields: object
) -> Iterator[tuple[Trainer, RolloutSource]]:
    """Over recorded experts, sampled."""
    table = Recorded(records="made_up.jsonl.gz", judge="choice", answers=4, share=1.0)
    grpo = schedule(1, recorded_questions=1, tool_tasks=0, exact=False, filters=False, **fields)
    recipe = Recipe(base=str(base), recorded=[table], grpo=grpo)
    torch.manual_seed(0)
    trainer = Trainer(load_trainable(base, rank=2), grpo, folder=folder)
    sources = Sources(recipe, data=data)
    with open_rollouts(trainer, recipe, sources, data=data, folder=folder) as source:
        yield trainer, source


def group_of(source: RolloutSource, *, seed: int = 1) -> Group:
    (group,) = source.roll([KEY], group_size=2, sampling_seed=seed)
    assert group.episode_key == KEY and len(group.rollouts) == 2
    return group


def make_loud(trainer: Trainer) -> None:
    """So that the adapter is heard in every reply."""
    with torch.no_grad():
        for parameter in trainer.trainable.parameters():
            parameter.normal_(0.0, 0.4)


@pytest.mark.parametrize("kind", ["torch", "llama"])
def test_engines_of_this_process_follow_the_adapter(
    kind: str, base: Path, data: Path, tmp_path: Path
) -> None:
    with opened(base, data, tmp_path, rollouts=kind) as (trainer, source):
        before = group_of(source)
        assert replies(group_of(source)) == replies(before)
        assert all(rollout.samples for rollout in before.rollouts)
        make_loud(trainer)
        assert replies(group_of(source)) != replies(before)
        assert list(source.roll([], group_size=2, sampling_seed=0)) == []
    assert (tmp_path / "0" / "adapter.gguf").exists() is (kind == "llama")


def test_llama_cpp_needs_a_file(data: Path, tmp_path: Path) -> None:
    folder = write_base(tmp_path / "base")
    says = r'is no \.gguf, which llama\.cpp needs: name one, or set \[grpo\] rollouts = "torch"'
    with (
        pytest.raises(UsageError, match=says),
        opened(folder, data, tmp_path / "run", rollouts="llama"),
    ):
        pass


def test_an_endpoint_is_asked_and_the_adapter_lies_ready(
    server: OpenAIServer, base: Path, data: Path, tmp_path: Path
) -> None:
    server.script(streamed("It is B."))
    address = f"{server.base_url}#served"
    with opened(base, data, tmp_path, rollouts="endpoint", endpoint=address, workers=2) as (
        trainer,
        source,
    ):
        group = group_of(source)
        assert replies(group) == [("It is B.",)] * 2
        assert {each.body["model"] for each in server.requests} == {"served"}
        prompt = group.rollouts[0].samples[0].prompt
        assert prompt.startswith("<|im_start|>system\n")
        assert (tmp_path / "0" / "adapter" / "adapter_model.safetensors").exists()
        steps: list[StepMetrics] = []
        table = Recorded(records="made_up.jsonl.gz", judge="choice", answers=4, share=1.0)
        grpo = schedule(1, recorded_questions=1, tool_tasks=0, exact=False)
        sources = Sources(Recipe(recorded=[table]), data=data)
        run_grpo(trainer, sources, grpo, rollouts=source, report=steps.append)
    assert steps[0].accuracy == 0.0 and steps[0].filters["flat"] == 2


@pytest.mark.parametrize(
    ("address", "says"), [("nowhere", "no model address"), ("http://h/v1", "names no model")]
)
def test_an_address_that_is_none_is_one_line(
    address: str, says: str, base: Path, data: Path, tmp_path: Path
) -> None:
    with (
        pytest.raises(UsageError, match=says),
        opened(base, data, tmp_path, rollouts="endpoint", endpoint=address),
    ):
        pass


def test_ray_s_actors_open_the_recipe_s_environments(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="needs the extra [ray]")
    with opened(base, data, tmp_path / "here", rollouts="llama") as (_, source):
        here = group_of(source)
    folder = tempfile.mkdtemp(prefix="ray")  # the paths of Ray's sockets must be short
    monkeypatch.setenv("RAY_TMPDIR", folder)
    try:
        with opened(base, data, tmp_path / "ray", rollouts="ray", workers=1) as (_, source):
            there = group_of(source)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert replies(there) == replies(here)
    assert [r.metrics for r in there.rollouts] == [r.metrics for r in here.rollouts]
