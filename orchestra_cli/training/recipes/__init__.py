"""The recipes that come with the package, each under the stem of its file's name."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from orchestra_cli.errors import UsageError


def built_in_recipes() -> dict[str, Path]:
    """Their files by name."""
    folder = Path(str(resources.files(__package__)))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def recipe_file(name: str) -> Path:
    """Of a built-in recipe, or of the path that this is. Raises UsageError."""
    known = built_in_recipes()
    path = known.get(name) or Path(name)
    if path.is_file():
        return path
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    built_in = ", ".join(known) or "none"
    hint = f"did you mean {near[0]}?" if near else f"built in are {built_in}; or give a .toml"
    raise UsageError(f"{name}: no such recipe: {hint}")
