"""A training run as one HTML file that needs nothing else: no request leaves the page.

Its content security policy forbids every load, so that the promise does not hang on the template.
Every text from data is escaped: by Jinja in the page, by `charts.shown` in the plots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import fmean

from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.report.curves import curve_charts
from orchestra_cli.training.report.page import as_script_data, plotly_script
from orchestra_cli.training.report.stacks import stack_charts
from orchestra_cli.training.report.stages import Stage, stages_of
from orchestra_cli.training.run_files import (
    SavedCheckpoint,
    check_run_folder,
    flat_configuration,
    read_configuration,
    read_run,
    saved_checkpoints,
)
from orchestra_cli.training.views.figures import FIGURES, clock
from orchestra_cli.training.views.training_view import figure_of, known, tokens_per_s
from orchestra_cli.views.clean_text import clean_text, one_line

REPORT_FILE = "report.html"
_TEMPLATE = "training_report.html.j2"
_OF_ROLLOUTS = ("reward", "accuracy", "cost_usd", "latency_s")
_AT_AN_END = 0.1
"""The share of the steps that stands for the beginning of a stage, and for its end."""


@dataclass(frozen=True, slots=True)
class _Finding:
    title: str
    value: str
    note: str


def write_training_report(folder: Path) -> Path:
    """`report.html` in the run's folder, finished or not.

    Raises UsageError where the folder holds no training run, or plotly is not installed.
    """
    check_run_folder(folder)
    path = folder / REPORT_FILE
    text = render_training_report(
        title=folder.resolve().name,
        records=list(read_run(folder)),
        configuration=list(flat_configuration(read_configuration(folder))),
        checkpoints=saved_checkpoints(folder),
    )
    half_written = path.with_name(f"{REPORT_FILE}.part")
    half_written.write_text(text, encoding="utf-8")
    return half_written.replace(path)


def render_training_report(
    *,
    title: str,
    records: Sequence[StepMetrics],
    configuration: Sequence[tuple[str, str]] = (),
    checkpoints: Sequence[SavedCheckpoint] = (),
) -> str:
    """The text of the file."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["data"] = as_script_data
    template = (files(__package__) / _TEMPLATE).read_text(encoding="utf-8")
    stages = stages_of(records)
    return environment.from_string(template).render(
        title=one_line(title),
        stages=[_section(stage, f"stage-{number}") for number, stage in enumerate(stages)],
        configuration=[(clean_text(key), clean_text(value)) for key, value in configuration],
        checkpoints=[_checkpoint_row(each, stages) for each in checkpoints],
        plotly_js=plotly_script(),
    )


def _section(stage: Stage, key: str) -> dict[str, object]:
    return {
        "name": one_line(stage.name),
        "summary": _summary(stage),
        "findings": list(_findings(stage)),
        "charts": list(curve_charts(stage, key)),
        "stacks": list(stack_charts(stage, key)),
        "dev": _dev_table(stage),
    }


def _summary(stage: Stage) -> str:
    evaluations = f", {len(stage.dev):,} evaluations on dev tasks" if stage.dev else ""
    if not stage.steps:
        return evaluations.removeprefix(", ")
    first, last = stage.steps[0].step, stage.steps[-1].step
    return f"steps {first:,} to {last:,}, {clock(stage.seconds)}{evaluations}"


def _findings(stage: Stage) -> Iterator[_Finding]:
    """From where to where the main figures went, and the best evaluation."""
    count = max(1, int(_AT_AN_END * len(stage.steps)))
    names = _OF_ROLLOUTS if known(stage.steps, "reward") else ("loss",)
    for figure in (each for each in FIGURES if each.name in names):
        values = known(stage.steps, figure.name)
        if len(values) > 1:
            first, last = fmean(values[:count]), fmean(values[-count:])
            note = f"from {figure.text(first)}; means of {count:,} steps"
            yield _Finding(f"{figure.heading}, at the end", figure.text(last), note)
    name = next((each for each in ("reward", "accuracy") if known(stage.dev, each)), None)
    if name is not None:
        figure = next(each for each in FIGURES if each.name == name)
        scored = [each for each in stage.dev if figure_of(each, name) is not None]
        best = max(scored, key=lambda each: figure_of(each, name) or 0.0)
        value = figure.text(figure_of(best, name) or 0.0)
        yield _Finding(f"best {figure.heading} on dev", value, f"at step {best.step:,}")
    if (pace := tokens_per_s(stage.steps)) is not None:
        total = sum(each.tokens for each in stage.steps)
        yield _Finding("tokens a second", f"{pace:,.0f}", f"{total:,} tokens in all")


def _dev_table(stage: Stage) -> tuple[list[str], list[list[str]]] | None:
    shown = [each for each in FIGURES if each.on_dev and known(stage.dev, each.name)]
    names = list(dict.fromkeys(name for each in stage.dev for name in each.by_environment))
    if not shown and not names:
        return None
    headings = ["step", *(each.heading for each in shown), *map(one_line, names)]
    rows = [
        [
            f"{each.step:,}",
            *(_text(figure_of(each, figure.name), figure.text) for figure in shown),
            *(_text(each.by_environment.get(name), "{:.3f}".format) for name in names),
        ]
        for each in stage.dev
    ]
    return headings, rows


def _text(value: float | None, text: Callable[[float], str]) -> str:
    return "–" if value is None else text(value)


def _checkpoint_row(checkpoint: SavedCheckpoint, stages: Sequence[Stage]) -> list[str]:
    dev = [each for stage in stages if stage.name == checkpoint.stage for each in stage.dev]
    at_step = [each for each in dev if each.step == checkpoint.step]
    on_dev = [
        text
        for figure in FIGURES[:2]
        for each in at_step[-1:]
        if (text := figure.of(each)) is not None
    ]
    size = f"{checkpoint.num_bytes / 1e6:,.1f} MB"
    return [checkpoint.stage, f"{checkpoint.step:,}", size, ", ".join(on_dev) or "–"]
