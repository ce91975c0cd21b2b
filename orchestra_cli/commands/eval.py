"""`orchestra eval`: run a suite of tasks under policies and preferences, and say what came of it.

`orchestra eval SUITE` is short for `orchestra eval run SUITE`. stdout carries the tables or JSON;
progress and remarks go to stderr. Every finished task is saved at once, in the run's folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from orchestra_cli.errors import ExitCode

if TYPE_CHECKING:
    from orchestra_cli.evaluation.execution.base import Executor
    from orchestra_cli.evaluation.plan import Request
    from orchestra_cli.evaluation.session import Evaluated
    from prefs.profile import Profile

_RUN = "run"
_PIPED_WIDTH = 160
"""Nobody's terminal: all columns fit."""


class _RunByDefault(TyperGroup):
    """`eval mmlu-pro` is `eval run mmlu-pro`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A first word that is no command is a suite or an option of `run`."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="eval",
    cls=_RunByDefault,
    help="Is it better, cheaper, faster, and does it obey?",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A run's folder.")]


@app.command(_RUN)
def run(
    suite: Annotated[
        str, typer.Argument(metavar="SUITE", help="A name of `eval suites`, a .toml, or tasks.")
    ],
    *,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="Who chooses, again and again: orchestrator, model, rule, experts, expert:NAME, "
            "cheapest, strongest, random, plan, domain-average, tfidf, knn, agree, agree-domain, "
            "vote, threshold, oracle, or all but the models; NAME@40% is held to a share of the "
            "cost."
        ),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", "-p", help="A profile or a preset; may be given again."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many tasks.")] = None,
    split: Annotated[str | None, typer.Option(help="Of the tasks: train, dev or test.")] = None,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Also with experts and prices nobody was fitted to.")
    ] = False,
    max_cost: Annotated[
        float | None, typer.Option(min=0, metavar="USD", help="Start nothing once this is spent.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; 1, or with --ray every processor, if not given."),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on this Ray cluster; `local` starts one."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder; else one is made.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the folder, or with the newest run.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Go on, and run again what failed.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(envvar="ORCHESTRA_EVAL_DATA", help="The folder with recorded outcomes."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(help="What a file of tasks is (gsm8k, frames …), where that is not seen."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", envvar="ORCHESTRA_MODEL", help="Who conducts, as in `ask`."),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(metavar="URL#MODEL", help="A model to judge what no rule can."),
    ] = None,
    judge_key_env: Annotated[
        str | None, typer.Option(help="The environment variable with that model's key.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Nothing leaves this machine.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of whatever is drawn.")] = 0,
    as_json: Json = False,
) -> int:
    """Run every policy on every task, and show accuracy, cost, time and obedience."""
    from orchestra_cli.config import Config, config_path, load_config
    from orchestra_cli.evaluation.plan import Request
    from orchestra_cli.evaluation.suite import load_suite

    config = load_config(config_path()).with_orchestrator(model=model)
    chosen = load_suite(suite, data=data, split=split, limit=limit, form=form)
    if chosen.is_alone:
        config = Config(orchestrator=config.orchestrator)
    request = Request(
        suite=chosen,
        config=config,
        profiles=_profiles(profile or []),
        policies=policy or (["orchestrator"] if chosen.is_live else ["all"]),
        with_unseen=unseen,
        offline=offline or chosen.is_alone,
        judge_model=judge,
        judge_api_key_env=judge_key_env,
        seed=seed,
    )
    return _evaluate(
        request,
        _executor(ray, workers),
        out,
        resume=resume or retry_failed,
        retry_failed=retry_failed,
        max_cost_usd=max_cost,
        as_json=as_json,
    )


def _evaluate(
    request: Request,
    executor: Executor,
    out: Path | None,
    *,
    resume: bool,
    retry_failed: bool,
    max_cost_usd: float | None,
    as_json: bool,
) -> int:
    import shlex
    import time

    from orchestra_cli.evaluation.plan import make_plan
    from orchestra_cli.evaluation.progress import progress_view
    from orchestra_cli.evaluation.session import evaluate, open_folder, write_reports

    now = time.strftime("%Y%m%d-%H%M%S")
    command = shlex.join(["orchestra", *sys.argv[1:]])
    plan = make_plan(request)
    with open_folder(request, out, resume=resume, retry_failed=retry_failed, now=now) as folder:
        try:
            with progress_view(sys.stderr) as show:
                evaluated = evaluate(
                    request,
                    plan,
                    executor,
                    folder,
                    max_cost_usd=max_cost_usd,
                    show=show,
                    command=command,
                )
        except KeyboardInterrupt:
            _say(f"what was finished is saved in {folder.path}: go on with --resume")
            raise
        reports = write_reports(evaluated, folder.path)
    _show(evaluated, as_json=as_json)
    ran = evaluated.ran
    for line in (*ran.notes, *reports):
        _say(line)
    if ran.undone:
        _say(f"{ran.undone:,} tasks were not run: --max-cost is reached; go on with --resume")
        return ExitCode.BUDGET
    all_failed = ran.totals.rows and ran.totals.failed == ran.totals.rows
    return ExitCode.FAILED if all_failed else ExitCode.ANSWERED


def _show(evaluated: Evaluated, *, as_json: bool) -> None:
    from rich.console import Console

    from orchestra_cli.evaluation.report.json_report import summary_document
    from orchestra_cli.evaluation.report.terminal import render_summary

    summary = evaluated.summary
    if as_json:
        typer.echo(json.dumps(summary_document(summary), indent=2, ensure_ascii=False))
        return
    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    tables = render_summary(summary, width=console.width, published=evaluated.published)
    console.print(*tables, sep="\n")


def _say(line: str) -> None:
    print(f"orchestra: {line}", file=sys.stderr)


@app.command("compare")
def compare(before: Folder, after: Folder, *, as_json: Json = False) -> None:
    """Say what changed between two runs beyond noise."""
    from dataclasses import asdict

    from rich.console import Console

    from orchestra_cli.evaluation.figures.compare import compare as compare_rows
    from orchestra_cli.evaluation.report.comparison_table import render_comparison
    from orchestra_cli.evaluation.run_folder import read_manifest, read_rows
    from prefs.profile import Profile

    saved = {**read_manifest(before)["profiles"], **read_manifest(after)["profiles"]}
    profiles = {name: Profile.from_json(values) for name, values in saved.items()}
    comparison = compare_rows(read_rows(before), read_rows(after), profiles=profiles)
    if as_json:
        typer.echo(json.dumps(asdict(comparison), indent=2))
    else:
        Console().print(*render_comparison(comparison), sep="\n")


@app.command("suites")
def suites(*, as_json: Json = False) -> None:
    """List the built-in suites."""
    from orchestra_cli.evaluation.suite import built_in_suites

    found = built_in_suites()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    width = max(map(len, found))
    typer.echo("\n".join(f"{name.ljust(width)}  {title}" for name, title in found.items()))


def _profiles(names: list[str]) -> dict[str, Profile]:
    """The user's own, a preset over it, or the active one where none is named."""
    from dataclasses import replace

    from orchestra_cli.config import load_user_profile
    from prefs.presets import load_presets
    from prefs.profile import Overrides

    presets = load_presets()
    profiles: dict[str, Profile] = {}
    for name in names or (None,):
        if name is not None and name in presets:
            profile = load_user_profile(None).overridden(Overrides(preset=name))
            profiles[name] = replace(profile, name=name)
        else:
            profile = load_user_profile(name)
            profiles[profile.name] = profile
    return profiles


def _executor(ray: str | None, workers: int | None) -> Executor:
    from orchestra_cli.evaluation.execution.processes import ProcessExecutor
    from orchestra_cli.evaluation.execution.ray_cluster import RayExecutor
    from orchestra_cli.evaluation.execution.serial import SerialExecutor

    if ray is not None:
        return RayExecutor(ray, workers)
    return ProcessExecutor(workers) if workers and workers > 1 else SerialExecutor()
