"""The HTML report of a training run: one file that needs nothing else, drawn by a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from statistics import fmean

import pytest
from training_runs import dev_step, grpo_step, sft_step, whole_run, write_run

from orchestra_cli.errors import UsageError
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.report.curves import curve_charts, running_mean
from orchestra_cli.training.report.html import render_training_report, write_training_report
from orchestra_cli.training.report.stacks import stack_charts
from orchestra_cli.training.report.stages import Stage, stages_of
from orchestra_cli.training.run_files import last_steps, saved_checkpoints

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with two checkpoints."""
    folder = write_run(tmp_path_factory.mktemp("runs") / "first", whole_run(), sft=10, grpo=30)
    for place in ("grpo/checkpoints/step-000030", "sft/checkpoints/step-000009"):
        checkpoint = folder / place
        checkpoint.mkdir(parents=True)
        (checkpoint / "adapter.safetensors").write_bytes(b"x" * 1_500_000)
    (folder / "grpo/checkpoints/step-000040.partial").mkdir()
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return write_training_report(folder).read_text(encoding="utf-8")


class _Page(HTMLParser):
    """What a page would fetch, and what it says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.words: list[str] = []
        self._tag = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            is_load = name in ("src", "srcset", "data") or (tag == "link" and name == "href")
            if is_load and value and not value.startswith("data:"):
                self.loads.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._tag not in ("script", "style") and data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " | ".join(self.words)


def grpo_stage(records: list[StepMetrics] | None = None) -> Stage:
    return stages_of(whole_run() if records is None else records)[-1]


def test_nothing_is_fetched(page: str) -> None:
    assert _Page(page).loads == []
    assert "default-src 'none'" in page


def test_it_says_what_the_run_came_to(page: str) -> None:
    text = _Page(page).text
    assert "sft | · steps 1 to 10, 1:40" in text
    assert "grpo | · steps 1 to 30, 22:40, 2 evaluations on dev tasks" in text
    assert "reward, at the end | 0.6900 | from 0.4200; means of 3 steps" in text
    assert "best reward on dev | 0.6500 | at step 30" in text
    assert "sft | 9 | 1.5 MB | – | grpo | 30 | 1.5 MB | reward 0.6500, accuracy 70.0%" in text
    assert "seed | 7 | recorded.1.records | mmlu | sft.steps | 10 | grpo.steps | 30" in text
    assert "10 | 0.5500 | 70.0% | 0.10 ¢ | 2.0 s | 0.550" in text


def test_a_browser_draws_every_curve(page: str, folder: Path, tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [CHROMIUM, *FLAGS, profile, "--window-size=1280,2000", "--dump-dom",
         (folder / "report.html").as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if ":CONSOLE" in line] == []
    drawn = re.findall(r'js-plotly-plot" id="([\w-]+)"', done.stdout)
    assert drawn == re.findall(r'data-plot="([\w-]+)"', page)
    assert len(drawn) == 4 + 12 + 2
    calls = done.stdout.partition('id="stage-1-calls"')[2].partition("</figure>")[0]
    assert ">gpt-4o</text>" in calls and 'class="js-fill"' in calls


def test_every_figure_has_a_curve_and_evaluations_are_marked() -> None:
    charts = {chart.title: chart for chart in curve_charts(grpo_stage(), "g")}
    assert list(charts) == [
        "reward", "accuracy", "loss", "cost a run", "time a run", "KL", "entropy", "clipped",
        "gradient", "rate", "tokens/s", "by environment",
    ]  # fmt: skip
    thin, bold, dev = charts["reward"].figure["data"]
    assert thin["x"] == bold["x"] == list(range(1, 31))
    assert thin["y"] == [each.reward for each in whole_run() if each.stage == "grpo"]
    assert (dev["x"], dev["y"], dev["marker"]["symbol"]) == ([10, 30], [0.55, 0.65], "diamond")
    names = [trace["name"] for trace in charts["by environment"].figure["data"]]
    assert names == ["recorded", "tools"]


def test_shares_of_calls_and_of_filters_are_stacked() -> None:
    calls, filters = stack_charts(grpo_stage(), "g")
    assert {trace["name"]: trace["y"][0] for trace in calls.figure["data"]} == {
        "gpt-4o": 75.0, "python": 25.0
    }  # fmt: skip
    shares = {trace["name"]: trace["y"][0] for trace in filters.figure["data"]}
    assert shares == pytest.approx({"kept": 78.125, "malformed": 3.125, "flat": 18.75})


def test_many_steps_and_experts_are_drawn_as_few_areas() -> None:
    steps = [grpo_step(step, calls={f"e{n}": 1 + n for n in range(20)}) for step in range(500)]
    calls, _ = stack_charts(grpo_stage(steps), "g")
    assert len(calls.figure["data"]) == 10
    assert calls.figure["data"][-1]["name"] == "11 others"
    assert len(calls.figure["data"][0]["x"]) == 60 and calls.figure["data"][0]["x"][-1] == 499
    assert sum(trace["y"][7] for trace in calls.figure["data"]) == pytest.approx(100)


def test_an_evaluation_belongs_to_the_stage_before_it() -> None:
    first, second = stages_of([dev_step(0, 0.1), sft_step(1), dev_step(1, 0.2), grpo_step(2)])
    assert (first.name, [each.step for each in first.dev]) == ("sft", [0, 1])
    assert (second.name, second.dev) == ("grpo", ())
    assert stages_of([]) == []
    (only,) = stages_of([dev_step(0, 0.1)])
    assert only.steps == () and len(only.dev) == 1


def test_the_running_mean_keeps_the_mean_and_lags_nowhere() -> None:
    values = [float(number % 7) for number in range(200)]
    smooth = running_mean(values)
    assert smooth[100] == fmean(values[95:106])
    line = [float(number) for number in range(200)]
    assert running_mean(line)[20:-20] == line[20:-20]
    assert running_mean([3.0]) == [3.0]


def test_what_is_no_number_leaves_a_gap() -> None:
    records = [grpo_step(1), replace(grpo_step(2), loss=float("nan")), grpo_step(3)]
    charts = {chart.title: chart for chart in curve_charts(grpo_stage(records), "g")}
    assert charts["loss"].figure["data"][0]["x"] == [1, 3]
    json.dumps([chart.figure for chart in charts.values()], allow_nan=False)


def test_text_from_data_stays_text() -> None:
    evil = "<script>alert(1)</script></script><img src=x onerror=alert(2)>"
    step = replace(grpo_step(1, calls={evil: 3}), by_environment={evil: 0.5}, filters={evil: 2})
    page = render_training_report(
        title=evil, records=[step, replace(step, step=2, stage=evil)], configuration=[(evil, evil)]
    )
    assert "<script>alert" not in page and "<img src=x" not in page


@pytest.mark.parametrize("records", [[], [sft_step(1)], [dev_step(0, 0.5)]])
def test_a_run_that_has_hardly_begun_has_a_page_all_the_same(
    tmp_path: Path, records: list[StepMetrics]
) -> None:
    page = write_training_report(write_run(tmp_path / "young", records, sft=9)).read_text()
    assert "young" in _Page(page).text
    assert ("No step has been made yet." in page) == (not records)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no training run"):
        write_training_report(tmp_path)


def test_what_the_folder_says(folder: Path, tmp_path: Path) -> None:
    saved = saved_checkpoints(folder)
    assert [(each.stage, each.step) for each in saved] == [("sft", 9), ("grpo", 30)]
    assert last_steps(folder) == {"sft": 10, "grpo": 30}
    assert last_steps(tmp_path) == {}
    (tmp_path / "recipe.toml").write_text("[")
    with pytest.raises(UsageError, match=r"recipe\.toml cannot be read"):
        last_steps(tmp_path)
