"""`orchestra models`: what can be asked for by name, and what of it is in the cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from orchestra_cli.models.catalog import CatalogEntry
    from orchestra_cli.models.progress import Progress

app = typer.Typer(help="The models known by name.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="As `orchestra models list` has it, or hf:owner/repo/file.gguf."
    ),
]


@app.command("list")
def list_models(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False
) -> None:
    """What there is, and what is in the cache."""
    from orchestra_cli.models.catalog import load_catalog
    from orchestra_cli.models.fetch import load_provenance
    from orchestra_cli.models.info import in_words

    entries = load_catalog().values()
    if as_json:
        typer.echo(json.dumps([_describe(entry) for entry in entries], indent=2))
        return
    rows = [("name", "model", "licence", "size", "memory", "in the cache")]
    for entry in entries:
        held = load_provenance(entry)
        size = held.size_bytes if held else entry.download_bytes
        cached = "vLLM" if entry.file is None else "yes" if held else "no"
        sizes = (in_words(size), in_words(entry.memory_bytes))
        rows.append((entry.name, entry.description, entry.licence.name, *sizes, cached))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


@app.command("info")
def info(
    name: Annotated[str, typer.Argument(metavar="NAME-OR-FILE", help="A name, or a .gguf.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What a model is, what it may be used for, and whether it fits this machine."""
    from pathlib import Path

    from orchestra_cli.models.info import facts_of_entry, facts_of_file, render_facts

    path = Path(name).expanduser()
    facts = facts_of_file(path) if path.is_file() else facts_of_entry(_find(name))
    typer.echo(json.dumps(facts, indent=2) if as_json else render_facts(facts))


@app.command("pull")
def pull(name: Name) -> None:
    """Fetch a model into the cache, where it is not there yet, and print its path."""
    typer.echo(fetch_shown(_find(name), offline=False))


@app.command("path")
def path(name: Name) -> None:
    """Print where a model's file is."""
    from orchestra_cli.models.fetch import load_provenance, missing

    entry = _find(name)
    if load_provenance(entry) is None:
        raise missing(entry)
    typer.echo(entry.path)


@app.command("rm")
def rm(name: Name) -> None:
    """Delete a model's file from the cache."""
    from rich.console import Console

    from orchestra_cli.models.fetch import remove

    entry = _find(name)
    with show_progress(entry, Console(stderr=True)) as progress:
        held = remove(entry, progress=progress)
    typer.echo(f"{entry.path} {'deleted' if held else 'was not there'}", err=True)


def fetch_shown(entry: CatalogEntry, *, offline: bool) -> Path:
    """The model's file, with a bar on standard error while it is fetched."""
    from orchestra_cli.models.fetch import fetch, load_provenance
    from orchestra_cli.models.licence import notice_to_show

    if notice := notice_to_show(entry.licence):
        typer.echo(notice, err=True)
    if load_provenance(entry) is not None:
        return entry.path
    from rich.console import Console

    with show_progress(entry, Console(stderr=True)) as progress:
        return fetch(entry, progress=progress, offline=offline)


@contextmanager
def show_progress(entry: CatalogEntry, console: Console) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, a line for each stage elsewhere; nothing where nothing is to be done."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from orchestra_cli.models.info import in_words

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bar = Bar(*columns, TimeRemainingColumn(), console=console, transient=True)
    task = bar.add_task("", total=None)
    shown = None

    def show(progress: Progress) -> None:
        nonlocal shown
        if progress.stage != shown:
            shown = progress.stage
            if console.is_interactive:
                bar.start()
            else:
                size = f" ({in_words(progress.total_bytes)})" if progress.total_bytes else ""
                line = f"{entry.description}: {progress.stage}{size}"
                console.print(line, markup=False, soft_wrap=True)
        bar.update(
            task,
            description=f"{entry.description}: {progress.stage}",
            completed=progress.done_bytes,
            total=progress.total_bytes,
        )

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()


def _describe(entry: CatalogEntry) -> dict[str, str | int | bool | None]:
    from orchestra_cli.models.fetch import load_provenance

    held = load_provenance(entry)
    return {
        "name": entry.name,
        "description": entry.description,
        "licence": entry.licence.name,
        "licence_url": entry.licence.url,
        "research_only": entry.licence.research_only,
        "prompt_style": entry.prompt_style,
        "adapter": str(entry.adapter_path) if entry.adapter_path else None,
        "trained_context": entry.context_tokens,
        "memory_bytes": entry.memory_bytes,
        "path": str(entry.path) if entry.file else None,
        "cached": held is not None,
        "size_bytes": None if held is None else held.size_bytes,
        "download_bytes": entry.download_bytes,
    }


def _find(name: str) -> CatalogEntry:
    from difflib import get_close_matches

    from orchestra_cli.errors import ModelError, UsageError
    from orchestra_cli.models.catalog import load_catalog
    from orchestra_cli.models.hub_name import PREFIX, parse_hub_name

    if name.startswith(PREFIX):
        return parse_hub_name(name)
    catalog = load_catalog()
    if name in catalog:
        return catalog[name]
    if name.endswith(".gguf"):
        raise ModelError(f"{name}: no such model file: check the path")
    near = get_close_matches(name, catalog, n=1, cutoff=0.0)
    raise UsageError(
        f"no model is named {name}: did you mean {near[0]}? See `orchestra models list`"
    )
