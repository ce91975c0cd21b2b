"""The options that say a preference, for one run (`ask`) or for a profile (`prefs set`)."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.errors import UsageError

if TYPE_CHECKING:
    from prefs.profile import Overrides

Balanced = Annotated[bool, typer.Option("--balanced", help="The default weights.")]
Cheap = Annotated[bool, typer.Option("--cheap", help="Money matters most.")]
Fast = Annotated[bool, typer.Option("--fast", help="Time matters most.")]
Accurate = Annotated[bool, typer.Option("--accurate", help="Being right matters most.")]
Private = Annotated[bool, typer.Option("--private", help="Nothing leaves this machine.")]
Accuracy = Annotated[
    float | None, typer.Option(min=0, max=1, help="Weight of being right, 0 to 1.")
]
Cost = Annotated[float | None, typer.Option(min=0, max=1, help="Weight of dollars, 0 to 1.")]
Latency = Annotated[float | None, typer.Option(min=0, max=1, help="Weight of seconds, 0 to 1.")]
Prefer = Annotated[str, typer.Option(help='In your own words: "cheap, and not gpt-5".')]


def overrides_of(
    preset: str | None,
    *,
    accuracy: float | None,
    cost: float | None,
    latency: float | None,
    prefer: str,
) -> Overrides:
    """What the options of one run say."""
    from prefs.profile import Overrides

    weights = {"--accuracy": accuracy, "--cost": cost, "--latency": latency}
    for option, weight in weights.items():
        if weight is not None and isnan(weight):
            raise UsageError(f"{option} must be a number from 0 to 1, got nan")
    words = readable("--prefer", prefer) or ""
    return Overrides(preset, accuracy, cost, latency, words)


def one_preset(**presets: bool) -> str | None:
    """The preset whose flag was given. Raises UsageError where there are two."""
    chosen = [name for name, given in presets.items() if given]
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]}: choose one")
    return chosen[0] if chosen else None


def readable(option: str, text: str | None) -> str | None:
    """The text, which a UTF-8 file can hold: the command line may hold any bytes."""
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        raise UsageError(f"{option} is not UTF-8 text: {text!r}") from None
    return text
