"""`orchestra index`: which of the user's files local search can find.

stdout carries lists and hits; what was done is told on stderr. Text from files is untrusted:
control characters never reach the terminal.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestra_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from tools.index import AddReport, Contents, Hit, Index

app = typer.Typer(name="index", help="Say which files local search can find.", no_args_is_help=True)

Paths = Annotated[list[Path], typer.Argument(help="Files and folders.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@app.command()
def add(paths: Paths) -> None:
    """Index files and folders; once more after they have changed."""
    with _index() as index, _progress() as watch:
        try:
            report = index.add(paths, watch=watch)
        except OSError as error:
            raise UsageError(_explain_path(error)) from error
    typer.echo(_render_report(report), err=True)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show what is indexed."""
    with _index() as index:
        contents = index.contents()
    if as_json:
        _print_json(_contents_as_json(contents, index.path))
        return
    for root, num_files in contents.roots.items():
        typer.echo(f"{num_files:>8}  {_printable(str(root))}")
    if not contents.roots:
        typer.echo("nothing is indexed: orchestra index add PATH", err=True)
        return
    size = f"{contents.num_files} files, {contents.num_chunks} chunks"
    typer.echo(f"{size}, {contents.size_bytes / 1e6:.1f} MB in {index.path}", err=True)


@app.command()
def remove(paths: Paths) -> None:
    """Forget files and folders. Nothing but the index is touched."""
    from tools.index import NotIndexedError

    with _index() as index:
        try:
            num_removed = index.remove(paths)
        except NotIndexedError as error:
            raise UsageError(
                f"{error}: not in the index; `orchestra index list` shows what is"
            ) from error
    typer.echo(f"{num_removed} removed", err=True)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.", show_default=False)],
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many hits at most.")] = 5,
    as_json: Json = False,
) -> None:
    """Search as the orchestrator does."""
    with _index() as index:
        hits = index.search(query, limit)
        is_empty = not hits and index.is_empty()
    if as_json:
        _print_json([_hit_as_json(hit) for hit in hits])
    else:
        typer.echo("\n\n".join(_render_hit(hit) for hit in hits), nl=bool(hits))
    if not hits:
        why = "nothing is indexed: orchestra index add PATH" if is_empty else "nothing found"
        typer.echo(why, err=True)


@contextmanager
def _index() -> Iterator[Index]:
    from orchestra_cli.folders import data_folder
    from tools.index import Index, IndexFileError

    try:
        yield Index(data_folder() / "index.sqlite3")
    except IndexFileError as error:
        raise ConfigError(str(error)) from error


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Where the file at hand is shown: on one line of a terminal, or nowhere."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda path: None
        return
    with console.status("reading") as status:
        yield lambda path: status.update(Text(_printable(path), overflow="ellipsis", no_wrap=True))


def _render_report(report: AddReport) -> str:
    """Such as: 3 added, 0 updated, 12 unchanged, 0 removed, 2 skipped (1 hidden, 1 too large)."""
    line = (
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged,"
        f" {report.removed} removed, {sum(report.skipped.values())} skipped"
    )
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(report.skipped.items()))
    return f"{line} ({reasons})" if reasons else line


def _explain_path(error: OSError) -> str:
    path = os.fsdecode(error.filename) if error.filename else "the path"
    reason = (error.strerror or str(error)).lower()
    return f"{path}: {reason}; name files and folders that exist (`orchestra index remove` forgets)"


def _contents_as_json(contents: Contents, path: Path) -> dict[str, Any]:
    return {
        "index": str(path),
        "size_bytes": contents.size_bytes,
        "num_files": contents.num_files,
        "num_chunks": contents.num_chunks,
        "roots": [{"path": str(p), "num_files": n} for p, n in contents.roots.items()],
    }


def _hit_as_json(hit: Hit) -> dict[str, Any]:
    return {
        "path": str(hit.path),
        "first_line": hit.first_line,
        "last_line": hit.last_line,
        "score": hit.score,
        "text": hit.text,
    }


def _render_hit(hit: Hit) -> str:
    return _printable(f"{hit.path}:{hit.first_line}\n{hit.text}")


def _printable(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
