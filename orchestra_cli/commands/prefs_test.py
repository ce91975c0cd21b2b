"""`orchestra prefs test`: how choices, cost, latency and accuracy move with preferences.

It costs nothing: the experts are simulated. The table or JSON goes to stdout, all else to stderr.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from orchestra_cli.config import Config
    from orchestra_cli.preference_test.runs import Bench, Comparison, Show
    from orchestra_cli.preference_test.simulated import World
    from prefs.profile import Profile

_NO_CHOICE = (
    "nothing to sweep: no choice was steered: one expert alone is left, or the orchestrator tells "
    "no probabilities"
)


def test(
    *,
    preset: Annotated[
        list[str] | None,
        typer.Option(help="Only this preset; may be given again. Else all, and your profile."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many tasks of each domain.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", envvar="ORCHESTRA_MODEL", help="Who conducts, as in `ask`."),
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Who chooses the tools: model, or rule.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", help="Another profile than the active one.")
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="WEIGHT", help="Move one weight from 0 to 1: cost, or latency."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run small tasks under each preset with simulated experts, and show what moves.

    It calls no expert and costs nothing, but for an orchestrator that is paid for.
    """
    from contextlib import ExitStack

    from orchestra_cli.commands.models import fetch_shown
    from orchestra_cli.config import config_path, load_config, load_user_profile
    from orchestra_cli.orchestrator import load_orchestrator
    from orchestra_cli.preference_test.report import render_world
    from orchestra_cli.preference_test.runs import Bench
    from orchestra_cli.preference_test.simulated import load_tasks, load_world

    if preset and sweep:
        raise UsageError("--preset and --sweep: choose one")
    _one_of("--sweep", sweep, ("cost", "latency"))
    own = load_user_profile(profile)
    profiles = {"": own} if sweep else _profiles(own, preset or [])
    config = _conducted(load_config(config_path()), model, policy)
    world = load_world(config)
    tasks = load_tasks(limit)
    with ExitStack() as stack:
        loaded = load_orchestrator(
            config.orchestrator, fetch=lambda entry: fetch_shown(entry, offline=False)
        )
        stack.callback(loaded.engine.close)
        conductor = "plain rules" if loaded.policy == "rule" else loaded.engine.name
        for line in render_world(world, num_tasks=len(tasks), conductor=conductor):
            _say(line)
        runs = len(tasks) * (1 if sweep else 2 * len(profiles))
        show = stack.enter_context(_progress(runs))
        bench = Bench(config, loaded, world, tasks, show=show)
        if sweep:
            lines = _swept(bench, own, sweep, world, as_json=as_json)
        else:
            lines = _compared(bench, profiles, world, as_json=as_json)
    for line in lines:
        typer.echo(line)


def _compared(
    bench: Bench, profiles: dict[str, Profile], world: World, *, as_json: bool
) -> Sequence[str]:
    from orchestra_cli.preference_test.report import comparisons_document, render_comparisons

    comparisons: list[Comparison] = []
    refused: RefusedError | None = None
    for name, profile in profiles.items():
        try:
            comparisons.append(bench.compare(name, profile))
        except RefusedError as error:
            refused = error
            _say(f"{name} is left out: {error}")
    if refused and not comparisons:
        raise refused
    if as_json:
        return [json.dumps(comparisons_document(comparisons, world), indent=2)]
    return list(render_comparisons(comparisons))


def _swept(
    bench: Bench, profile: Profile, weight: str, world: World, *, as_json: bool
) -> Sequence[str]:
    from orchestra_cli.preference_test.report import render_sweep, sweep_document
    from orchestra_cli.preference_test.sweep import sweep

    if not profile.beta:
        raise UsageError(f"the profile {profile.name} has beta = 0: nothing is steered")
    decisions = bench.decisions(profile)
    if not decisions:
        raise RefusedError(_NO_CHOICE)
    steps = sweep(decisions, profile, "cost" if weight == "cost" else "latency")
    if as_json:
        return [json.dumps(sweep_document(weight, steps, world), indent=2)]
    return list(render_sweep(steps))


def _profiles(own: Profile, wanted: Sequence[str]) -> dict[str, Profile]:
    """What `ask` makes of the user's profile with each preset; and the profile itself."""
    from prefs.presets import load_presets
    from prefs.profile import Overrides

    for name in wanted:
        _one_of("--preset", name, tuple(load_presets()))
    names = list(dict.fromkeys(wanted)) or list(load_presets())
    profiles = {name: own.overridden(Overrides(preset=name)) for name in names}
    return profiles if wanted else profiles | {f"profile {own.name}": own}


def _conducted(config: Config, model: str | None, policy: str | None) -> Config:
    _one_of("--policy", policy, ("model", "rule"))
    return config.with_orchestrator(model=model, policy=policy)


def _progress(runs: int) -> AbstractContextManager[Show]:
    """A bar on a terminal: a model on a laptop takes seconds for each run."""
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    @contextmanager
    def shown() -> Iterator[Show]:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}", markup=False), BarColumn())
        more = (MofNCompleteColumn(), TimeElapsedColumn())
        bar = Progress(*columns, *more, console=console, transient=True)
        if not console.is_interactive:
            yield lambda _name: None
            return
        with bar:
            at = bar.add_task("", total=runs)
            yield lambda name: bar.update(at, description=name, advance=1)

    return shown()


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"{option} must be {' or '.join(allowed)}, got {value!r}")


def _say(line: str) -> None:
    print(f"orchestra: {line}", file=sys.stderr)
