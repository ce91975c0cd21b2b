"""Hard rules: what must not be called, whatever the policy would like."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

REMOTE = "@remote"
"""In `never`: anything that sends something off this machine."""


def check_rule(pattern: str) -> str:
    """The rule itself. A misspelt @remote must not be a rule that forbids nothing: ValueError."""
    if not pattern or (pattern.startswith("@") and pattern != REMOTE):
        raise ValueError(f'a name, a glob such as "gpt-*", or "{REMOTE}"')
    return pattern


@dataclass(frozen=True, slots=True)
class HardRules:
    """What is ruled out."""

    never: tuple[str, ...] = ()
    """Names of tools and experts, globs, or `@remote`."""

    def forbid(self, name: str, *, leaves_machine: bool) -> bool:
        """Whether a tool or expert of this name is ruled out."""
        if leaves_machine and REMOTE in self.never:
            return True
        return any(name == pattern or fnmatchcase(name, pattern) for pattern in self.never)

    def and_never(self, more: tuple[str, ...]) -> HardRules:
        """These rules and more, each once."""
        return HardRules(tuple(dict.fromkeys((*self.never, *more))))
