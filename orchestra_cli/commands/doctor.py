"""`orchestra doctor`: what works on this machine, what does not, and the exact fix."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestra_cli.doctor.row import Row


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    offline: Annotated[
        bool,
        typer.Option("--offline", envvar="ORCHESTRA_OFFLINE", help="Ask nobody off this machine."),
    ] = False,
    no_speed: Annotated[
        bool, typer.Option("--no-speed", help="Do not load the model to measure its speed.")
    ] = False,
) -> int:
    """Check the installation, llama.cpp and GPU, models, experts, prices, sandboxes, folders."""
    from orchestra_cli.doctor.checkup import check_up
    from orchestra_cli.doctor.row import exit_code

    rows = _watched(check_up(offline=offline, with_speed=not no_speed))
    _print(rows, as_json=as_json)
    return exit_code(rows)


def _watched(found: Iterable[Row]) -> list[Row]:
    """All rows; on a terminal something moves while they are gathered."""
    if not sys.stderr.isatty():
        return list(found)
    from rich.console import Console

    rows = []
    with Console(stderr=True).status("checking", spinner="line") as status:
        for row in found:
            rows.append(row)
            status.update(f"checked: {row.group}")
    return rows


def _print(rows: list[Row], *, as_json: bool) -> None:
    """To standard output, in what it can carry."""
    from orchestra_cli.doctor.report import dump_json, render_lines, render_table, summary

    encoding = (sys.stdout.encoding or "utf-8").lower()
    if as_json:
        ascii_only = sys.stdout.isatty() or not encoding.startswith("utf")
        print(dump_json(rows, ascii_only=ascii_only))
    elif sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False)
        console.print(render_table(rows))
        console.print(summary(rows), markup=False)
    else:
        for line in render_lines(rows):
            print(line.encode(encoding, "replace").decode(encoding))
