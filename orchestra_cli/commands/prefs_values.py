"""What `orchestra prefs set` accepts as values. A UsageError names the option and what it wants."""

from __future__ import annotations

from math import isfinite

from orchestra_cli.commands.preference_options import readable
from orchestra_cli.errors import UsageError


def check_number(
    option: str, value: float | None, *, more_than: float | None = None
) -> float | None:
    """A finite number that is not negative."""
    if value is None or (isfinite(value) and value >= 0 and value != more_than):
        return value
    wanted = "at least 0" if more_than is None else f"more than {more_than:g}"
    raise UsageError(f"{option} must be a number, {wanted}, got {value:g}")


def parse_tool_weight(text: str) -> tuple[str, float | None]:
    """NAME=WEIGHT; a name may hold = itself."""
    name, _, weight = text.rpartition("=")
    try:
        if not name.strip() or (weight and not 0 <= float(weight) <= 1):
            raise ValueError
        return readable("--tool", name) or "", float(weight) if weight else None
    except ValueError:
        raise UsageError(
            f"--tool must be NAME=WEIGHT with a weight from 0 to 1, or NAME=, got {text!r}"
        ) from None


def parse_rule(option: str, rule: str) -> str:
    """A name, a glob or @remote."""
    from prefs.rules import check_rule

    try:
        return check_rule(readable(option, rule) or "")
    except ValueError as error:
        raise UsageError(f"{option} must be {error}, got {rule!r}") from None


def check_profile_name(profile: str | None) -> str | None:
    """A name that can be told from nothing and shown."""
    if profile is not None and not (profile.strip() and profile.isprintable()):
        raise UsageError(f"--profile must be a name, got {profile!r}")
    return profile
