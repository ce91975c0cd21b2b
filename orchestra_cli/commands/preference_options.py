"""The options with which one run departs from the user's profile."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestra_cli.errors import UsageError

if TYPE_CHECKING:
    from prefs.profile import Overrides

_PANEL = "Preference for this question"


def _preset(words: str) -> Any:
    return typer.Option(help=words, rich_help_panel=_PANEL)


def _weight(words: str) -> Any:
    return typer.Option(min=0, max=1, help=words, rich_help_panel=_PANEL)


Balanced = Annotated[bool, _preset("The default weights.")]
Cheap = Annotated[bool, _preset("Money matters most.")]
Fast = Annotated[bool, _preset("Time matters most.")]
Accurate = Annotated[bool, _preset("Being right matters most.")]
Private = Annotated[bool, _preset("Nothing leaves this machine.")]
Accuracy = Annotated[float | None, _weight("Weight of being right, 0 to 1.")]
Cost = Annotated[float | None, _weight("Weight of dollars, 0 to 1.")]
Latency = Annotated[float | None, _weight("Weight of seconds, 0 to 1.")]
Prefer = Annotated[
    str, typer.Option(help='In your own words: "cheap, and not gpt-5".', rich_help_panel=_PANEL)
]


def overrides_of(
    presets: dict[str, bool],
    *,
    accuracy: float | None,
    cost: float | None,
    latency: float | None,
    prefer: str,
) -> Overrides:
    """What the options say. Raises UsageError where they name two presets."""
    from prefs.profile import Overrides

    weights = {"--accuracy": accuracy, "--cost": cost, "--latency": latency}
    for option, weight in weights.items():
        if weight is not None and isnan(weight):
            raise UsageError(f"{option} must be a number from 0 to 1, got nan")
    words = readable("--prefer", prefer) or ""
    return Overrides(one_preset(presets), accuracy, cost, latency, words)


def one_preset(presets: dict[str, bool]) -> str | None:
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
