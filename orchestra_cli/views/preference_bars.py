"""A profile for a person's eyes: the weights as bars, the rules and the words in lines.

Names and texts are the user's own file's, which may hold anything: each is shown clean and on one
line.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestra_cli.views.clean_text import one_line
from orchestra_cli.views.short_forms import cut
from prefs.language import describe, dollars
from prefs.profile import REMOTE, Profile

_CELLS = 20
_INDENT = "  "


def render_profile(profile: Profile, *, is_active: bool, ascii_only: bool) -> Iterator[str]:
    """The lines, without their ends."""
    preference, worth = profile.preference, profile.worth
    weights = {name: getattr(preference, name) for name in ("accuracy", "cost", "latency")}
    tools = {_shown(name): weight for name, weight in sorted(preference.tools.items())}
    width = max(map(len, (*weights, *tools)))
    yield f"{_shown(profile.name)}{' (active)' if is_active else ''}"
    for name, weight in weights.items():
        yield _bar_line(name.ljust(width), weight, ascii_only=ascii_only)
    if tools:
        yield "tools"
    for name, weight in tools.items():
        yield _bar_line(name.ljust(width), weight, ascii_only=ascii_only)
    yield "hard rules"
    yield from (f"{_INDENT}never {_rule_words(rule)}" for rule in profile.rules.never)
    if not profile.rules.never:
        yield f"{_INDENT}none"
    yield "steering"
    yield (
        f"{_INDENT}a right answer is worth {dollars(worth.right_answer_usd)}, an hour of waiting "
        f"{dollars(worth.hour_usd)}; beta {profile.beta:g}"
    )
    yield "the orchestrator reads"
    said = describe(preference, profile.rules, worth)
    for words in filter(None, (said, profile.text)):
        yield f"{_INDENT}{_shown(words)}"
    if not (said or profile.text):
        yield f"{_INDENT}nothing of it: these are the balanced defaults"


def _bar_line(name: str, weight: float, *, ascii_only: bool) -> str:
    full, empty = "#-" if ascii_only else "█░"
    cells = round(weight * _CELLS)
    return f"{_INDENT}{name}  {full * cells}{empty * (_CELLS - cells)}  {weight:.2f}"


def _rule_words(rule: str) -> str:
    return f"{REMOTE} (nothing leaves this machine)" if rule == REMOTE else _shown(rule)


def _shown(text: str) -> str:
    return cut(one_line(text))
