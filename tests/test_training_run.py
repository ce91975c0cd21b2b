"""Whole runs on a tiny model: the same bits though it was broken off, and one-line errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tiny_training import (
    broken_off_at,
    leave_only,
    metrics_of,
    same_tensors,
    tensors_of,
    write_base,
    write_data,
    write_recipe,
)

from orchestra_cli.errors import ConfigError, ModelError, OrchestraError, UsageError
from orchestra_cli.training.checkpoint import newest_checkpoint
from orchestra_cli.training.run import open_run, train

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of both stages without a break."""
    folder = tmp_path_factory.mktemp("whole")
    recipe = write_recipe(folder / "made.toml", base, sft=6, grpo=5)
    train(folder, open_run(folder, recipe), data=data, show=lambda metrics: None)
    return folder


def adapter_of(stage_folder: Path) -> dict[str, torch.Tensor]:
    newest = newest_checkpoint(stage_folder)
    assert newest is not None
    return tensors_of(newest.adapter)


def test_a_run_that_was_broken_off_comes_to_the_same_bits(
    whole: Path, data: Path, tmp_path: Path
) -> None:
    """Steps after the last checkpoint are made again: 4 and 5 of each stage."""
    recipe = open_run(tmp_path, whole / "made.toml")
    for stage in ("sft", "grpo"):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, recipe, data=data, show=broken_off_at(5, stage))
        newest = newest_checkpoint(tmp_path / stage)
        assert newest is not None and newest.step == 3
        assert [each["step"] for each in metrics_of(tmp_path / stage)] == [1, 2, 3, 4, 5]
    adapter = train(tmp_path, open_run(tmp_path, None), data=data, show=lambda metrics: None)
    assert adapter.parent == tmp_path / "grpo" / "checkpoints" / "step-000005"
    for stage in ("sft", "grpo"):
        assert metrics_of(tmp_path / stage) == metrics_of(whole / stage)
        assert same_tensors(adapter_of(tmp_path / stage), adapter_of(whole / stage))


def test_each_stage_has_its_steps_and_the_second_begins_where_the_first_ended(whole: Path) -> None:
    sft, grpo = metrics_of(whole / "sft"), metrics_of(whole / "grpo")
    assert [each["step"] for each in sft] == [1, 2, 3, 4, 5, 6]
    assert [each["step"] for each in grpo] == [1, 2, 3, 4, 5]
    assert sft[-1]["loss"] < sft[0]["loss"]
    assert {each["stage"] for each in grpo} == {"grpo"}
    assert all(each["kl"] > 0 and 0 <= each["accuracy"] <= 1 for each in grpo)
    assert sum(grpo[0]["calls"].values()) >= 1
    before, after = adapter_of(whole / "sft"), adapter_of(whole / "grpo")
    assert before.keys() == after.keys() and not same_tensors(before, after)


def test_a_finished_run_is_not_trained_further(whole: Path, data: Path) -> None:
    shown: list[object] = []
    before = (whole / "grpo" / "metrics.jsonl").read_bytes()
    adapter = train(whole, open_run(whole, None), data=data, show=shown.append)
    assert shown == [] and same_tensors(tensors_of(adapter), adapter_of(whole / "grpo"))
    assert (whole / "grpo" / "metrics.jsonl").read_bytes() == before


def test_another_seed_comes_to_another_adapter(
    whole: Path, base: Path, data: Path, tmp_path: Path
) -> None:
    recipe = write_recipe(tmp_path / "other.toml", base, sft=6)
    recipe.write_text(recipe.read_text().replace("seed = 3", "seed = 4"))
    train(tmp_path, open_run(tmp_path, recipe), data=data, show=lambda metrics: None)
    assert not same_tensors(adapter_of(tmp_path / "sft"), adapter_of(whole / "sft"))


@pytest.mark.parametrize("names", ["the run", "its adapter"])
def test_a_run_goes_on_from_the_adapter_of_another(
    names: str, whole: Path, base: Path, data: Path, tmp_path: Path
) -> None:
    """A first step of Adam moves no weight further than the learning rate."""
    newest = newest_checkpoint(whole / "grpo")
    assert newest is not None
    start = whole if names == "the run" else newest.adapter
    recipe = started_from(start, write_recipe(tmp_path / "more.toml", base, sft=1))
    train(tmp_path, open_run(tmp_path, recipe), data=data, show=lambda metrics: None)
    before, after = adapter_of(whole / "grpo"), adapter_of(tmp_path / "sft")
    assert before.keys() == after.keys() and not same_tensors(before, after)
    assert all((after[name] - before[name]).abs().max() <= 0.0101 for name in before)


def test_a_start_without_an_adapter_is_one_line(base: Path, data: Path, tmp_path: Path) -> None:
    recipe = started_from(tmp_path, write_recipe(tmp_path / "more.toml", base, sft=1))
    with pytest.raises(UsageError, match=r"\[lora\] start: .* holds no adapter: give the folder"):
        train(tmp_path, open_run(tmp_path, recipe), data=data, show=lambda metrics: None)


def started_from(start: Path, recipe: Path) -> Path:
    """The recipe, which goes on from there."""
    text = recipe.read_text().replace("rank = 2", f"start = {json.dumps(str(start))}")
    recipe.write_text(text)
    return recipe


def test_a_folder_keeps_the_recipe_that_it_began_with(whole: Path, base: Path) -> None:
    other = write_recipe(whole / "other.toml", base, sft=7)
    with pytest.raises(UsageError, match="trained by another recipe: name a new folder"):
        open_run(whole, other)
    assert open_run(whole, whole / "made.toml") == open_run(whole, None)


def test_without_a_recipe_there_must_be_a_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no recipe\.toml there: give a recipe to begin with"):
        open_run(tmp_path, None)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 3", "sed = 3", r"made\.toml: line 3: sed: unknown key: did you mean seed\?"),
        ("rank = 2", "rank = 0", r"made\.toml: line 7: lora\.rank: must be at least 1, got 0"),
        ("seed = 3", "seed = ", r"made\.toml: not valid TOML: line 3"),
        ('"choice"', '"choose"', r"recorded\[0\]\.judge: must be .*got 'choose'"),
    ],
)
def test_a_bad_recipe_is_one_line_and_no_run_is_begun(
    old: str, new: str, says: str, base: Path, tmp_path: Path
) -> None:
    recipe = write_recipe(tmp_path / "made.toml", base, sft=1)
    recipe.write_text(recipe.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=says) as raised:
        open_run(tmp_path / "run", recipe)
    assert "\n" not in str(raised.value) and not (tmp_path / "run").exists()


@pytest.mark.parametrize("wrong", ["no data", "no file", "no rows", "no base", "no stage"])
def test_what_is_missing_is_one_line(wrong: str, base: Path, data: Path, tmp_path: Path) -> None:
    kind: type[OrchestraError] = UsageError
    says = {
        "no data": "give the folder that holds them with --data, or in ORCHESTRA_EVAL_DATA",
        "no file": "made_up.jsonl.gz: cannot be read as recorded outcomes",
        "no rows": "no row of split train",
        "no base": "nowhere: no such base model",
        "no stage": r"the recipe has no stage: add \[sft\] or \[grpo\]",
    }[wrong]
    recipe = write_recipe(
        tmp_path / "made.toml", base, **({} if wrong == "no stage" else {"sft": 1})
    )
    folder: Path | None = data
    if wrong == "no data":
        folder = None
    elif wrong == "no file":
        folder = tmp_path
    elif wrong == "no rows":
        folder = leave_only(write_data(tmp_path / "rows"), "dev")
    elif wrong == "no base":
        kind = ModelError
        recipe.write_text(recipe.read_text().replace(str(base), "nowhere"))
    with pytest.raises(kind, match=says) as raised:
        train(tmp_path, open_run(tmp_path, recipe), data=folder, show=lambda metrics: None)
    assert "\n" not in str(raised.value)
