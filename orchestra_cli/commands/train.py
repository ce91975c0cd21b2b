"""`orchestra train`: train an adapter by a recipe, follow the run, report on it, export it.

stdout carries what was written; the live view and remarks go to stderr. A run stands in a folder
of its own: run again with the same one, it takes up the training where it broke off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.errors import UsageError

if TYPE_CHECKING:
    from orchestra_cli.training.metrics import StepMetrics

app = typer.Typer(
    name="train", help="Train the orchestrator's adapter by a recipe.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A run's folder.")]


@app.command()
def run(
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE", help="A .toml or a built-in name; left out to take up a run."
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="The run's folder: new, or of a run to take up.")],
    data: Annotated[
        Path | None,
        typer.Option(envvar="ORCHESTRA_EVAL_DATA", help="Where recorded outcomes lie."),
    ] = None,
) -> None:
    """Begin a training run, or take it up where it broke off; Ctrl-C breaks it off."""
    from orchestra_cli.training.models import require_extra
    from orchestra_cli.training.recipes import recipe_file

    file = recipe_file(recipe) if recipe else None
    require_extra()
    from accelerate import PartialState
    from transformers.utils.logging import disable_progress_bar

    from orchestra_cli.training.run import open_run, train

    disable_progress_bar()  # it would break into the view
    processes = PartialState()  # only the main one of several writes and shows
    with processes.main_process_first():
        opened = open_run(out, file)
    with _shown(out, is_main=processes.is_main_process) as show:
        adapter = train(out, opened, data=data, show=show)
    if processes.is_main_process:
        typer.echo(adapter)


@app.command()
def watch(folder: Folder) -> None:
    """Follow a run that another process trains; in a pipe, print what it did so far."""
    from rich.console import Console

    from orchestra_cli.training.views.watch import watch_run

    watch_run(folder, Console(highlight=False))


@app.command()
def report(folder: Folder) -> None:
    """Write the run's curves as one HTML file, finished or not."""
    from orchestra_cli.training.report.html import write_training_report

    typer.echo(write_training_report(folder))


@app.command()
def export(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A run's folder, or an adapter's.")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE.gguf", help="The file to write.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="The whole model with the adapter in it.")
    ] = False,
    base: Annotated[
        str | None, typer.Option(help="What the adapter was trained on, if it has moved since.")
    ] = None,
) -> None:
    """Write the newest adapter of a run as the GGUF that llama.cpp loads."""
    from orchestra_cli.training.models import require_extra

    adapter = _adapter(folder)
    require_extra()
    if merge:
        from orchestra_cli.training.export.merge_gguf import export_merged

        typer.echo(export_merged(adapter, out, base=base))
        return
    from orchestra_cli.training.export.adapter_gguf import export_adapter

    typer.echo(export_adapter(adapter, out, base=base))


def _adapter(folder: Path) -> Path:
    """The run's newest; the folder itself where it holds an adapter."""
    from orchestra_cli.training.run_files import RECIPE_FILE, newest_saved

    if not (folder / RECIPE_FILE).exists():
        return folder
    newest = newest_saved(folder)
    if newest is None:
        raise UsageError(f"{folder}: the run has no checkpoint yet: train it further")
    _remark(f"the adapter of {newest.stage}, step {newest.step:,}")
    return newest.adapter


@contextmanager
def _shown(folder: Path, *, is_main: bool) -> Iterator[Callable[[StepMetrics], None]]:
    """Live on a terminal, with what the run did before; else a line for each step."""
    from rich.console import Console

    from orchestra_cli.training.run_files import last_steps, read_run
    from orchestra_cli.training.views.live import is_capable, training_view

    console = Console(stderr=True, highlight=False, quiet=not is_main)
    try:
        with training_view(console, of=last_steps(folder)) as show:
            for metrics in read_run(folder) if is_capable(console) else ():
                show(metrics)
            yield show
    except KeyboardInterrupt:
        _remark(f"broken off; to go on: orchestra train run --out {folder}")
        raise


def _remark(text: str) -> None:
    typer.echo(f"orchestra: {text}", err=True)
