"""TOML files that users write by hand: read strictly, with errors that say where and what instead.

Every problem is a `TomlError` of one line that names the file, the line, the key and the fix.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Key = str | int
"""A key, or the place in a list."""

_MAX_SHOWN_CHARS = 60
_SYNTAX_HINTS = {
    "Invalid value": "a string stands in quotes",
    "Unescaped": "a path with \\ stands in 'single quotes'",
    "Invalid hex": "a path with \\ stands in 'single quotes'",
    "Cannot overwrite": "this key is set twice",
    "Cannot declare": "this table stands here twice",
}
_WANTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "a string in quotes",
    "path_type": "a path in quotes",
    "list_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "literal_error": "{expected}",
    "value_error": "{error}",
}


class TomlError(ValueError):
    """A user's file cannot be used as it is."""


def load_toml(path: Path, model: type[Model]) -> Model:
    """The validated file; the model's defaults where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return model()
    except OSError as error:
        raise TomlError(f"{path}: cannot be read: {error.strerror}") from None
    return parse_toml(path, content, model)


def parse_toml(path: Path, content: bytes, model: type[Model]) -> Model:
    """What has been read from that file, validated."""
    text = _decode(path, content)
    try:
        return model.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise TomlError(f"{path}: {_describe(text, error.errors(), model)}") from None
    except RecursionError:
        raise TomlError(f"{path}: not valid TOML: nested too deeply") from None
    except ValueError as error:  # tomllib lets int's own error through
        raise TomlError(f"{path}: {_describe_syntax(text, str(error))}") from None


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TomlError(f"{path}: line {line}: not UTF-8 text: save it as UTF-8") from None


def _describe_syntax(text: str, message: str) -> str:
    lines = text.split("\n")
    at = re.search(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)$", message)
    if not at:
        return f"not valid TOML: {message}"
    line = int(at[1] or len(lines))
    problem = message[: at.start()]
    hint = next((h for start, h in _SYNTAX_HINTS.items() if problem.startswith(start)), problem)
    key = lines[line - 1].partition("=")[0].strip()  # never the value: it may be a secret
    return f"not valid TOML: line {line}: {_shown(key)}: {hint}"


def _describe(text: str, errors: list[ErrorDetails], model: type[BaseModel]) -> str:
    """The first problem; an unknown key before all others, as it is often why one is missing."""
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    keys, _ = _follow(model, first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{_place(text, keys)}: unknown key: {_hint(model, keys)}"
    if first["type"] == "missing":
        return f"{_place(text, keys)}: this key is required: add it"
    if first["type"] == "value_error" and isinstance(first["input"], dict):  # a rule over keys
        return f"{_place(text, keys)}: {first['ctx']['error']}"
    same = [error for error in errors if _follow(model, error["loc"])[0] == keys]
    wanted = " or ".join(dict.fromkeys(map(_wanted, same)))
    return f"{_place(text, keys)}: must be {wanted}, got {_shown(first['input'])}"


def _wanted(error: ErrorDetails) -> str:
    template = _WANTED.get(error["type"])
    if template is None:
        return error["msg"].removeprefix("Input should be ")
    wanted = template.format(**error.get("ctx", {}))
    return wanted.replace("'", '"') if error["type"] == "literal_error" else wanted


def _shown(value: object) -> str:
    """A value as the file may have it, on one line."""
    if isinstance(value, dict):
        return "a table"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"


def _hint(model: type[BaseModel], keys: Sequence[Key]) -> str:
    _, table = _follow(model, keys[:-1])
    known = sorted(key for m in _members(table) if _is_model(m) for key in m.model_fields)
    near = difflib.get_close_matches(str(keys[-1]), known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}"


def _follow(annotation: Any, loc: Sequence[Key]) -> tuple[list[Key], Any]:
    """The parts of `loc` that stand in the file, and the type there.

    Pydantic ends the place of a union's error with the name of the member that it tried.
    """
    keys: list[Key] = []
    for part in loc:
        inside = next((t for m in _members(annotation) if (t := _inside(m, part))), None)
        if inside is None:
            break
        keys.append(part)
        annotation = inside
    return keys, annotation


def _inside(annotation: Any, key: Key) -> Any:
    """The type of what stands under this key; None where nothing can."""
    if _is_model(annotation):
        field = annotation.model_fields.get(key)
        return field.annotation if field else object
    if get_origin(annotation) in (dict, list):
        return get_args(annotation)[-1]
    return None


def _members(annotation: Any) -> Iterator[Any]:
    """The types of a union; the type itself where it is none."""
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _place(text: str, keys: Sequence[Key]) -> str:
    """Such as: line 7: experts.gpt-5.roles[0]."""
    shown = ""
    for key in keys:
        if isinstance(key, int):
            shown += f"[{key}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", key)
            shown += f"{'.' if shown else ''}{key if bare else repr(key)}"
    written = [key for key in keys if isinstance(key, str)]
    return f"line {_line_of(text.split(chr(10)), written)}: {shown}"


def _line_of(lines: list[str], keys: list[str]) -> int:
    """Where the innermost key that is written out stands: under its table's header, or dotted."""
    for depth in range(len(keys), -1, -1):
        header = re.compile(rf"\s*\[+\s*{_dotted(keys[:depth])}\s*[\].]")
        start = next((i for i, line in enumerate(lines) if header.match(line)), None)
        if depth and start is None:
            continue
        body = range(0 if start is None or not depth else start + 1, len(lines))
        for length in range(len(keys), depth, -1):
            assignment = re.compile(rf"\s*{_dotted(keys[depth:length])}\s*[.=]")
            for i in body:
                if lines[i].lstrip().startswith("["):
                    break
                if assignment.match(lines[i]):
                    return i + 1
        if depth and start is not None:
            return start + 1
    return 1


def _dotted(keys: list[str]) -> str:
    return r"\s*\.\s*".join(
        rf"(?:{re.escape(key)}|'{re.escape(key)}'|{re.escape(json.dumps(key, ensure_ascii=False))})"
        for key in keys
    )
