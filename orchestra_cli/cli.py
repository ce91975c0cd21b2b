"""The root of the command line, and how a run of it ends.

`run` is the one place where an exception becomes an exit code (`errors.ExitCode`) and a line on
standard error.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from orchestra_cli.commands import (
    ask,
    doctor,
    eval,
    experts,
    index,
    init,
    models,
    prefs,
    synth,
    train,
)
from orchestra_cli.errors import ExitCode, OrchestraError

_COMPLETING = "_ORCHESTRA_COMPLETE"
"""Set by the shell while it asks for completions."""

app = typer.Typer(
    name="orchestra",
    help="A small model on your machine conducts tools and larger models to answer a question.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs no Rich, which would double its time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ask")(ask.ask)
app.command("init")(init.init)
app.command("doctor")(doctor.doctor)
app.command("synth")(synth.synth)
app.add_typer(eval.app, name="eval", help="Is it better, cheaper, faster, and does it obey?")
app.add_typer(
    experts.app, name="experts", help="The models that can be asked: list, test, measure."
)
app.add_typer(index.app, name="index", help="The folders and files that local_search looks in.")
app.add_typer(models.app, name="models", help="Models by name: list, pull, info, remove.")
app.add_typer(prefs.app, name="prefs", help="What matters to you, and what must never happen.")
app.add_typer(train.app, name="train", help="Train the orchestrator: run, watch, report, export.")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"orchestra {version('orchestra-cli')}")
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback where a command fails.")
    ] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Set what holds for every command."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code. `--debug` may stand anywhere in it."""
    words, literal = list(arguments), []
    if "--" in words:
        cut = words.index("--")
        words, literal = words[:cut], words[cut:]
    others = [word for word in words if word != "--debug"]
    try:
        return _run([*others, *literal], debug=len(others) < len(words))
    except BrokenPipeError:
        # The reader has what it wanted (`| head -1`): end quietly, also at the interpreter's exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ExitCode.ANSWERED


def _run(arguments: list[str], *, debug: bool) -> int:
    try:
        result = app(args=arguments, prog_name="orchestra", standalone_mode=False)
        sys.stdout.flush()
        return int(result or ExitCode.ANSWERED)
    except BrokenPipeError:
        raise
    except SystemExit:
        if _COMPLETING in os.environ:
            raise
        raise BrokenPipeError from None  # Typer's way of saying it
    except OrchestraError as error:
        return _complain(str(error), error.exit_code, debug=debug)
    except typer.TyperException as error:
        return _complain(error.format_message(), ExitCode.USAGE, debug=debug)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as error:
        message = f"internal error: {type(error).__name__}: {error} (--debug shows where)"
        return _complain(message, ExitCode.INTERNAL, debug=debug)


def _complain(message: str, code: ExitCode, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    if not message.startswith("Usage:"):  # the help that a group without a command shows
        message = f"orchestra: {' '.join(message.split())}"
    print(message, file=sys.stderr)
    return code
