"""TOML files that users write by hand: read strictly, with errors that say where and what instead.

Every problem is a `TomlError` of one line that names the file, the line, the key and the fix.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)


class TomlError(ValueError):
    """A user's file cannot be used as it is."""


def load_toml(path: Path, model: type[Model]) -> Model:
    """The validated file; the model's defaults where there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return model()
    except UnicodeDecodeError:
        raise TomlError(f"{path}: not UTF-8 text: save it as UTF-8") from None
    except OSError as error:
        raise TomlError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TomlError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise TomlError(_describe(path, text, error.errors()[0], model)) from None


def _describe(path: Path, text: str, error: ErrorDetails, model: type[BaseModel]) -> str:
    keys = [str(part) for part in error["loc"]]
    place = f"{path}: line {_line_of(text, keys)}: {'.'.join(keys)}"
    if error["type"] == "extra_forbidden":
        known = _keys_at(model, keys[:-1])
        near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}"
        return f"{place}: unknown key: {hint}"
    return f"{place}: {error['msg']}, got {error['input']!r:.80}"


def _line_of(text: str, keys: list[str]) -> int:
    """Where the innermost key that is written out stands, within its table if that can be found."""
    lines = text.splitlines()
    start = 0
    for depth in range(len(keys), 0, -1):
        header = re.compile(r"\s*\[+\s*" + r"\s*\.\s*".join(map(_key, keys[:depth])) + r"\s*\]+")
        found = next((i for i, line in enumerate(lines) if header.match(line)), None)
        if found is not None:
            start = found
            keys = keys[depth:]
            break
    for key in reversed(keys):
        assignment = re.compile(rf"\s*(?:[\w.\"'-]+\.)?{_key(key)}\s*[.=]")
        for i in range(start, len(lines)):
            if assignment.match(lines[i]):
                return i + 1
    return start + 1


def _key(key: str) -> str:
    return rf"[\"']?{re.escape(key)}[\"']?"


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """The known keys of the table at `path`; a table of tables passes its value's model on."""
    current: type[BaseModel] | None = model
    skip = False
    for part in path:
        if skip:  # a name that the user chose, such as an expert's
            skip = False
            continue
        annotation = current.model_fields[part].annotation if current else None
        inner = [a for a in (annotation, *get_args(annotation)) if _is_model(a)]
        skip = annotation not in inner
        current = inner[0] if inner else None
    return sorted(current.model_fields) if current else []


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
