"""The live view of training: state, curves, rows at any width, lines for a log, and following."""

from __future__ import annotations

import io
import threading
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from training_runs import dev_step, grpo_step, sft_step, whole_run, write_run

from orchestra_cli.errors import UsageError
from orchestra_cli.training.metrics import StepMetrics, append_metrics, keep_metrics_until
from orchestra_cli.training.views.live import LiveTraining, training_view
from orchestra_cli.training.views.render import render
from orchestra_cli.training.views.sparkline import bar, sparkline
from orchestra_cli.training.views.training_view import TrainingView
from orchestra_cli.training.views.watch import follow, watch_run


def view_of(records: list[StepMetrics], **of: int) -> TrainingView:
    view = TrainingView(of=of)
    for each in records:
        view = view.apply(each, 100.0)
    return view


def drawn(view: TrainingView, width: int = 80, **options: object) -> list[str]:
    console = Console(width=width, height=50, color_system=None, file=io.StringIO())
    with console.capture() as capture:
        console.print(render(view, 103.2, **options))  # type: ignore[arg-type]
    return capture.get().splitlines()


def row(lines: list[str], start: str) -> str:
    (found,) = [line for line in lines if line.startswith(start)]
    return " ".join(found.split())


def test_every_figure_has_its_present_value_mean_and_evaluation() -> None:
    lines = drawn(view_of(whole_run(), sft=10, grpo=40))
    assert row(lines, "grpo") == f"grpo step 30 of 40 {'━' * 20} 75% 7:20 left ⠹ 3.2 s"
    assert "now last 20 dev 30" in (" ".join(line.split()) for line in lines)
    assert row(lines, "reward").startswith("reward 0.7000 0.6050 0.6500 ▁")
    assert row(lines, "accuracy").startswith("accuracy 80.0% 70.5% 70.0% ▁")
    assert row(lines, "cost a run").startswith("cost a run 0.20 ¢ 0.20 ¢ 0.10 ¢ ▄▄▄")
    assert row(lines, "KL").startswith("KL 0.3000 0.2050 – ▁")
    assert row(lines, "tokens/s").startswith("tokens/s 600 600 –")


def test_time_left_counts_the_evaluations_too() -> None:
    """20 steps of 40 s and two evaluations of 80 s among them: 48 s a step."""
    records = [grpo_step(step) for step in range(1, 21)]
    view = view_of([*records[:10], dev_step(10, 0.5), *records[10:], dev_step(20, 0.5)], grpo=30)
    assert view.left_s == pytest.approx(10 * 48)
    assert view_of(records).left_s is None, "nobody knows where it ends"


def test_calls_are_bars_with_counts_and_shares() -> None:
    lines = drawn(view_of(whole_run()))
    assert row(lines, "gpt-4o") == f"gpt-4o {'█' * 30} 600 75%"
    assert row(lines, "python") == f"python {'█' * 10} 200 25%"
    assert row(lines, "rollouts") == (
        "rollouts, last 20 steps: 2,000 kept · 80 malformed · 480 flat"
    )


def test_only_the_most_called_have_a_bar_of_their_own() -> None:
    calls = {f"expert-{number}": 100 - number for number in range(20)}
    lines = drawn(view_of([grpo_step(1, calls=calls)]))
    assert row(lines, "14 others").endswith(f"{sum(range(81, 95)):,} 68%")
    assert row(lines, "calls") == "calls, last step"
    assert not [line for line in lines if line.startswith("expert-6 ")]


def test_a_warm_start_shows_what_it_has() -> None:
    lines = drawn(view_of([sft_step(1), sft_step(2)]))
    assert row(lines, "loss") == "loss 1.000 1.500 █▁"
    assert not [line for line in lines if line.startswith(("reward", "KL", "calls", "rollouts"))]


def test_before_the_first_step_and_after_the_last() -> None:
    assert drawn(TrainingView(of={"sft": 9}, since=100.0))[0].startswith("starting  step 0 of 9")
    over = drawn(view_of(whole_run(), sft=10, grpo=30), is_over=True)
    assert row(over, "grpo").endswith("100% took 24:20")


def test_the_warm_start_s_last_step_is_not_the_run_s() -> None:
    begun = view_of([sft_step(step) for step in range(1, 11)], sft=10, grpo=30)
    assert not begun.is_finished
    assert view_of(whole_run()[:11], sft=10, grpo=30).end == 30


def test_a_resumed_run_repeats_steps_and_the_last_one_counts() -> None:
    view = view_of([*whole_run(), grpo_step(5, calls={"search": 5})])
    assert [each.step for each in view.of_stage] == [1, 2, 3, 4, 5]
    assert view.dev == () and view.latest == grpo_step(5, calls={"search": 5})
    assert len(view.steps) == 15, "the warm start stays"


@pytest.mark.parametrize("height", [10, 14, 17, 19])
def test_a_low_terminal_gets_what_matters_most(height: int) -> None:
    lines = drawn(view_of(whole_run(), sft=10, grpo=40), height=height)
    assert len(lines) <= height
    assert row(lines, "reward") and row(lines, "accuracy") and row(lines, "rollouts")
    assert not [line for line in lines if line.startswith("rate")]


@given(st.integers(20, 160), st.integers(0, 43), st.text(max_size=40))
def test_no_row_is_wider_than_the_terminal(width: int, count: int, name: str) -> None:
    records = [*whole_run()[:count], grpo_step(50, calls={name: 3, "模型" * 20: 2, "python": 1})]
    for line in drawn(view_of(records, grpo=60), width):
        assert cell_len(line) <= width
        assert "\x1b" not in line


def test_a_loss_that_is_no_number_is_shown() -> None:
    lines = drawn(view_of([sft_step(1), StepMetrics(2, "sft", loss=float("nan"), seconds=1.0)]))
    assert row(lines, "loss").startswith("loss nan nan")


def test_sparkline() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, 0, 4, 4, 7, 7], 3) == "▁▅█", "more values than cells are averaged"
    assert sparkline([5.0, 5.0], 9) == "▄▄"
    assert sparkline([], 9) == ""


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(1, 80))
def test_sparkline_fits_and_reaches_both_ends(values: list[float], cells: int) -> None:
    curve = sparkline(values, cells)
    assert len(curve) == min(len(values), cells)
    assert len(set(curve)) == 1 or {"▁", "█"} <= set(curve)


def test_bar() -> None:
    assert bar(0.5, 4) == "██  "
    assert bar(1 / 32, 4) == "▏   "
    assert bar(2.0, 3) == "███" and bar(0.0, 3) == "   "


def test_a_pipe_gets_a_line_for_each_record() -> None:
    out = io.StringIO()
    with training_view(Console(file=out, width=40), of={"sft": 12, "grpo": 14}) as show:
        show(sft_step(10))
        show(grpo_step(11))
        show(dev_step(11, 0.5))
    assert out.getvalue().splitlines() == [
        "sft 10/12 · loss 0.2000 · tokens/s 300 · 0:20 left",
        "grpo 11/14 · reward 0.5100 · accuracy 61.0% · loss -0.0110 · cost a run 0.20 ¢ · "
        "time a run 3.0 s · KL 0.1100 · entropy 0.8900 · tokens/s 600 · "
        "kept 100, malformed 4, flat 24 · 2:00 left",
        "dev 11/14 · reward 0.5000 · accuracy 70.0% · cost a run 0.10 ¢ · time a run 2.0 s",
    ]


def test_a_terminal_keeps_the_last_state() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, height=24, force_terminal=True)
    with LiveTraining(console, of={"sft": 10, "grpo": 30}) as show:
        for each in whole_run():
            show(each)
    assert "step 30 of 30" in out.getvalue() and "took" in out.getvalue()


def test_watching_a_finished_run_ends_by_itself(tmp_path: Path) -> None:
    write_run(tmp_path, whole_run(), sft=10, grpo=30)
    out = io.StringIO()
    watch_run(tmp_path, Console(file=out, width=80, height=24, force_terminal=True), poll_s=60.0)
    assert "took 24:20" in out.getvalue()


def test_watching_in_a_pipe_does_not_wait(tmp_path: Path) -> None:
    write_run(tmp_path, whole_run()[:5], sft=40)
    out = io.StringIO()
    watch_run(tmp_path, Console(file=out), poll_s=60.0)
    assert len(out.getvalue().splitlines()) == 5


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no training run"):
        watch_run(tmp_path, Console(file=io.StringIO()))


def test_following_sees_each_record_once_and_what_a_resumed_run_repeats(tmp_path: Path) -> None:
    write_run(tmp_path, [sft_step(1), grpo_step(1), grpo_step(2)])
    records = follow(tmp_path, of={"grpo": 4}, is_going=lambda: True, poll_s=0.005)
    assert list(islice(records, 3)) == [sft_step(1), grpo_step(1), grpo_step(2)]
    append_metrics(tmp_path / "grpo", grpo_step(3))
    assert next(records).step == 3
    keep_metrics_until(tmp_path / "grpo", 1)
    for step in (2, 3, 4):
        append_metrics(tmp_path / "grpo", grpo_step(step, calls={"search": 1}))
    assert [each.step for each in records] == [2, 3, 4]


def test_following_waits_for_the_evaluation_after_the_last_step(tmp_path: Path) -> None:
    write_run(tmp_path, [dev_step(0, 0.3), grpo_step(1)])
    late = threading.Timer(0.05, append_metrics, (tmp_path / "grpo", dev_step(1, 0.5)))
    late.start()
    found = list(follow(tmp_path, of={"grpo": 1}, is_going=lambda: True, poll_s=0.005))
    late.join()
    assert found[-1] == dev_step(1, 0.5)


def test_following_stops_when_the_run_does(tmp_path: Path) -> None:
    write_run(tmp_path, [grpo_step(1)])
    assert len(list(follow(tmp_path, of={}, is_going=lambda: False, poll_s=60.0))) == 1
