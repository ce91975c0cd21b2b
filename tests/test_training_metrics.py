"""The file of metrics: what is written comes back, whatever a crash has left of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from training_runs import dev_step, grpo_step, sft_step, whole_run, write_stage

from orchestra_cli.training.metrics import (
    METRICS_FILE,
    StepMetrics,
    append_metrics,
    keep_metrics_until,
    read_metrics,
)


def test_what_is_written_comes_back_in_order(tmp_path: Path) -> None:
    write_stage(tmp_path, whole_run())
    assert list(read_metrics(tmp_path)) == whole_run()


def test_a_record_is_one_line_without_what_is_absent(tmp_path: Path) -> None:
    append_metrics(tmp_path, StepMetrics(3, "sft", loss=0.0, tokens=12))
    text = (tmp_path / METRICS_FILE).read_text()
    assert text.count("\n") == 1
    assert json.loads(text) == {
        "step": 3, "stage": "sft", "loss": 0.0, "tokens": 12, "seconds": 0.0
    }  # fmt: skip
    (found,) = read_metrics(tmp_path)
    assert found.loss == 0.0 and found.reward is None


def test_a_folder_without_metrics_has_none(tmp_path: Path) -> None:
    assert list(read_metrics(tmp_path)) == []


@pytest.mark.parametrize("cut_bytes", [1, 2, 20])
def test_a_last_line_that_was_cut_is_left_out(tmp_path: Path, cut_bytes: int) -> None:
    path = write_stage(tmp_path, [sft_step(1), sft_step(2)]) / METRICS_FILE
    path.write_bytes(path.read_bytes()[:-cut_bytes])
    assert list(read_metrics(tmp_path)) == [sft_step(1)]


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    write_stage(tmp_path, [grpo_step(1), grpo_step(2), dev_step(2, 0.5), grpo_step(3)])
    path = tmp_path / METRICS_FILE
    path.write_text(path.read_text() + '{"step": 4, "sta')
    keep_metrics_until(tmp_path, 2)
    append_metrics(tmp_path, grpo_step(3, calls={"search": 1}))
    found = list(read_metrics(tmp_path))
    assert found == [grpo_step(1), grpo_step(2), dev_step(2, 0.5),
                     grpo_step(3, calls={"search": 1})]  # fmt: skip


def test_a_run_that_starts_over_keeps_nothing(tmp_path: Path) -> None:
    write_stage(tmp_path, [sft_step(1), sft_step(2)])
    keep_metrics_until(tmp_path, 0)
    assert list(read_metrics(tmp_path)) == []
