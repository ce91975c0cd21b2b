"""Instructions from a seed's templates: `[please|]` is one of these, `{due}` a value, `<book>` a
mention of what was bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from orchestra_cli.evaluation.domains.values import Scope, follow, path_of

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_VALUE = re.compile(r"\{([A-Za-z_]\w*(?:\.[\w-]+)*)\}")
_MENTION = re.compile(r"<([A-Za-z_]\w*)>")


def mentions_in(template: str) -> list[str]:
    """The names in <…>, in their order."""
    return list(dict.fromkeys(_MENTION.findall(template)))


def values_in(template: str) -> list[str]:
    """The references in {…}, without their paths."""
    return [found.partition(".")[0] for found in _VALUE.findall(template)]


def choose(template: str, random: Random) -> str:
    """Every `[a|b]` decided, the innermost first."""
    while _CHOICE.search(template):
        template = _CHOICE.sub(lambda found: random.choice(found[1].split("|")), template)
    return template


def mention(template: str, names: Callable[[str], str]) -> str:
    """Every <name> said as `names` has it."""
    return _MENTION.sub(lambda found: names(found[1]), template)


def fill(template: str, scope: Scope) -> str:
    """Every {value} written out."""
    return _VALUE.sub(lambda found: shown(follow(path_of(f"${found[1]}", scope), scope)), template)


def values_filled(template: str, scope: Scope) -> list[str]:
    """What `fill` writes for each {value}."""
    return [shown(follow(path_of(f"${path}", scope), scope)) for path in _VALUE.findall(template)]


def shown(value: Any) -> str:
    """As a person writes it: 12.50, 12, a and b."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}" if value % 1 else f"{value:.0f}"
    if isinstance(value, list):
        *first, last = map(shown, value) if value else ("",)
        return f"{', '.join(first)} and {last}" if first else last
    return str(value)


def tidy(text: str) -> str:
    """One line, without the spaces that an empty choice leaves."""
    return re.sub(r" +([,.;:?!])", r"\1", " ".join(text.split()))


def scalars_in(value: Any) -> list[str]:
    """Every text and number in a call's arguments, as `must_say.says` can look for it."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in scalars_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in scalars_in(item)]
    if value is None or isinstance(value, bool) or value == "":
        return []
    return [str(value)]
