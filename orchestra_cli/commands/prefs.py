"""`orchestra prefs`: what the user wants, kept in profile.toml.

stdout carries what was asked for (bars, lists, JSON, a path); what was done goes to stderr. A file
that cannot be read is never overwritten (exit code 3).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.commands.preference_options import (
    Accuracy,
    Accurate,
    Balanced,
    Cheap,
    Cost,
    Fast,
    Latency,
    Private,
    one_preset,
    readable,
)
from orchestra_cli.commands.prefs_edit import edit
from orchestra_cli.commands.prefs_test import test
from orchestra_cli.commands.prefs_values import (
    check_number,
    check_profile_name,
    parse_rule,
    parse_tool_weight,
)
from orchestra_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from prefs.profile import Profile, ProfileFile
    from prefs.profile_change import ProfileChange
    from prefs.profile_file import Document

app = typer.Typer(
    name="prefs",
    help="What you prefer, and what must never happen.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ProfileName = Annotated[
    str | None, typer.Option("--profile", "-p", help="Another profile than the active one.")
]


@app.command("set")
def set_(
    *,
    balanced: Balanced = False,
    cheap: Cheap = False,
    fast: Fast = False,
    accurate: Accurate = False,
    private: Private = False,
    accuracy: Accuracy = None,
    cost: Cost = None,
    latency: Latency = None,
    tool: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=WEIGHT",
            help="Weight of a tool or expert, or of a glob of names; NAME= takes it away.",
        ),
    ] = None,
    never: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Rule out a tool or expert, a glob, or @remote."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Take a --never back.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Your own words, which the orchestrator reads.")
    ] = None,
    right_answer_usd: Annotated[
        float | None, typer.Option(help="What a right answer is worth to you, in dollars.")
    ] = None,
    hour_usd: Annotated[
        float | None, typer.Option(help="What an hour of waiting is worth to you, in dollars.")
    ] = None,
    beta: Annotated[
        float | None, typer.Option(help="How strongly preferences steer; 0 is the model alone.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", "-p", help="Which profile; it is made where there is none."),
    ] = None,
) -> None:
    """Change a profile. A preset sets the three weights; a weight beside it wins over it.

    No preset takes a hard rule away: a profile that is private stays private under --cheap, until
    --allow @remote or a reset.
    """
    from prefs.profile_change import ProfileChange

    preset = one_preset(
        balanced=balanced, cheap=cheap, fast=fast, accurate=accurate, private=private
    )
    values = {
        "accuracy": accuracy,
        "cost": cost,
        "latency": latency,
        "text": readable("--text", text),
        "right_answer_usd": check_number("--right-answer-usd", right_answer_usd, more_than=0),
        "hour_usd": check_number("--hour-usd", hour_usd),
        "beta": check_number("--beta", beta),
    }
    change = ProfileChange(
        preset=preset,
        values={key: value for key, value in values.items() if value is not None},
        tools=dict(parse_tool_weight(each) for each in tool or ()),
        never=tuple(parse_rule("--never", rule) for rule in never or ()),
        allow=tuple(readable("--allow", rule) or "" for rule in allow or ()),
    )
    if not change and profile is None:
        raise UsageError("nothing to set: orchestra prefs set --cheap (--help shows the rest)")
    _change_profile(check_profile_name(profile), change)


@app.command()
def show(profile: ProfileName = None, *, as_json: Json = False) -> None:
    """Show a profile: bars on a terminal, JSON in a pipe."""
    from orchestra_cli.config import profile_path
    from prefs.profile import pick_profile

    file = _read()
    with _user_errors():
        shown = pick_profile(file, profile_path(), profile)
    is_active = shown.name == file.active
    if as_json or not sys.stdout.isatty():
        words = {"words": shown.words, "active": is_active, "path": str(profile_path())}
        _print_json(shown.to_json() | words)
        return
    from orchestra_cli.views.preference_bars import render_profile

    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    for line in render_profile(shown, is_active=is_active, ascii_only=ascii_only):
        typer.echo(line)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show the names of the profiles; * marks the active one."""
    from orchestra_cli.views.clean_text import one_line
    from prefs.profile import DEFAULT

    file = _read()
    names = sorted({DEFAULT, *file.profiles})
    if as_json:
        _print_json([{"name": name, "active": name == file.active} for name in names])
        return
    for name in names:
        typer.echo(f"{'*' if name == file.active else ' '} {one_line(name)}")


@app.command()
def use(name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)]) -> None:
    """Make a profile the active one."""
    from orchestra_cli.config import profile_path
    from prefs.profile import pick_profile

    def activate(document: Document) -> None:
        pick_profile(_checked(document), profile_path(), name)
        document["active"] = name

    _update(activate)
    _say(f"{name} is the active profile")


@app.command()
def reset(profile: ProfileName = None) -> None:
    """Put a profile back to the defaults: weights, hard rules, text and all."""
    from orchestra_cli.config import profile_path
    from prefs.profile import pick_profile
    from prefs.profile_change import profile_table

    names: list[str] = []

    def empty(document: Document) -> None:
        names.append(pick_profile(_checked(document), profile_path(), profile).name)
        profile_table(document, names[0]).clear()

    _update(empty)
    _say(f"{names[0]} is back to the defaults")


@app.command()
def path() -> None:
    """Print where profile.toml is, or would be."""
    from orchestra_cli.config import profile_path

    typer.echo(str(profile_path()))


app.command("edit")(edit)
app.command("test")(test)


def _change_profile(name: str | None, change: ProfileChange) -> None:
    """Save it, and say what the profile is now."""
    from orchestra_cli.config import profile_path
    from prefs.profile import REMOTE, pick_profile
    from prefs.profile_change import profile_table

    after: list[Profile] = []
    absent: list[str] = []

    def apply(document: Document) -> None:
        if name is None:  # an active profile that is not there is a slip of the pen
            pick_profile(_checked(document), profile_path())
        table = profile_table(document, name)
        absent.extend(rule for rule in change.allow if rule not in table.get("never", []))
        change.apply(table)
        after.append(pick_profile(_checked(document), profile_path(), name))

    _update(apply)
    for rule in absent:
        _say(f"--allow {rule}: there was no such rule")
    _say(_summary(after[0]))
    if REMOTE in after[0].rules.never and change.preset not in (None, "private"):
        _say(f"still private: `orchestra prefs set --allow {REMOTE}` lets calls leave this machine")


def _summary(profile: Profile) -> str:
    preference = profile.preference
    line = (
        f"{profile.name}: accuracy {preference.accuracy:g}, cost {preference.cost:g}, "
        f"latency {preference.latency:g}"
    )
    tools = (f"{name} {weight:g}" for name, weight in sorted(preference.tools.items()))
    never = ", ".join(profile.rules.never)
    return ", ".join([line, *tools]) + (f"; never {never}" if never else "")


def _read() -> ProfileFile:
    from orchestra_cli.config import profile_path
    from prefs.profile import ProfileFile
    from prefs.strict_toml import load_toml

    with _user_errors():
        return load_toml(profile_path(), ProfileFile)


def _checked(document: Document) -> ProfileFile:
    from prefs.profile import ProfileFile

    return ProfileFile.model_validate(document)


def _update(change: Callable[[Document], None]) -> None:
    from orchestra_cli.config import profile_path
    from prefs.profile_file import update_profiles

    with _user_errors():
        written = update_profiles(profile_path(), change)
    if written.backup:
        _say(f"the comments of profile.toml are kept in {written.backup}")


def _user_errors() -> AbstractContextManager[None]:
    from contextlib import contextmanager

    from prefs.strict_toml import TomlError

    @contextmanager
    def translated() -> Iterator[None]:
        try:
            yield
        except TomlError as error:
            raise ConfigError(str(error)) from None

    return translated()


def _print_json(value: object) -> None:
    ascii_only = sys.stdout.isatty()  # a terminal would obey a control character in the text
    typer.echo(json.dumps(value, ensure_ascii=ascii_only, indent=2).encode())


def _say(line: str) -> None:
    from orchestra_cli.views.clean_text import one_line

    typer.echo(one_line(line), err=True)
