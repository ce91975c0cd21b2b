"""The Berkeley function-calling leaderboard's single-turn tasks, as its files hold them.

A question file (`id, question, function`) with its answers in `possible_answer/` beside it, or
both joined in one row (`tools`, and `answer` or `ground_truth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.judges.call_text import parse_calls
from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_json_lines
from orchestra_cli.evaluation.tasks import EvalTask, Json
from tools.base import JsonObject

_NO_CALL = ("irrelevance", "relevance")
_ANSWERS = "possible_answer"
_TYPES = {
    "dict": "object",
    "float": "number",
    "double": "number",
    "long": "integer",
    "tuple": "array",
    "list": "array",
    "arraylist": "array",
    "hashmap": "object",
    "bool": "boolean",
    "char": "string",
    "any": "",
}
"""The leaderboard's names of types in those of JSON Schema."""


def load_bfcl(path: Path) -> tuple[EvalTask, ...]:
    """Every task of the file, with the golden calls that there are."""
    answers = _answers_beside(path)
    return tuple(_task(row, answers, path) for row in read_json_lines(path))


def golden_calls(raw: Any) -> list[Json] | None:
    """`[{name: {argument: [accepted …]}}]` of any form that the leaderboard has used.

    `[]` where no call is wanted; None where only an execution could tell.
    """
    if isinstance(raw, Mapping) and "ground_truth" in raw:
        raw = raw["ground_truth"]
    if raw is None:
        return None
    if isinstance(raw, str):
        return [] if raw.strip("() ") == "no call" else _written([raw])
    if isinstance(raw, Mapping):
        return [{name: arguments} for name, arguments in raw.items()]
    if any(isinstance(each, str) for each in raw):
        return _written([str(each) for each in raw])
    return [dict(each) for each in raw]


def _written(calls: list[str]) -> list[Json] | None:
    """Golden calls that are written as code; None where one cannot be read."""
    parsed = [parse_calls(call) for call in calls]
    if not all(parsed):
        return None
    return [
        {call.name: {key: [value] for key, value in call.arguments.items()}}
        for found in parsed
        for call in found
    ]


def json_functions(raw: Any) -> tuple[JsonObject, ...]:
    """The functions with their parameters in JSON Schema's words."""
    functions = raw if isinstance(raw, list) else [raw]  # one alone stood bare in older files
    return tuple({**each, "parameters": _schema(each.get("parameters", {}))} for each in functions)


def _schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_schema(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    schema = {key: _schema(each) for key, each in value.items()}
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = _TYPES.get(kind.lower(), kind.lower())
        if not schema["type"]:
            del schema["type"]
    return schema


def _task(row: Row, answers: Mapping[str, Any], path: Path) -> EvalTask:
    values = row.values
    identity = str(values.get("id", ""))
    tools = values.get("function", values.get("tools"))
    if not identity or tools is None:
        raise UsageError(f"{row.place}: a task of BFCL has an id, a question and functions")
    category = str(values.get("category") or values.get("domain") or _category(identity))
    raw = values.get("ground_truth", values.get("answer", answers.get(identity)))
    if raw is None and category.removeprefix("live_") in _NO_CALL:
        raw = []
    return EvalTask(
        id=identity,
        question=_question(values.get("question"), row),
        answer=golden_calls(raw),
        judge="call",
        domain=category,
        functions=json_functions(tools),
        split=split_of(path),
    )


def _question(raw: Any, row: Row) -> str:
    """The user's words: of one turn, whose messages may stand in a list of lists."""
    while isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, Mapping):
        return str(raw.get("content", ""))
    if isinstance(raw, list):
        return "\n\n".join(_question(each, row) for each in raw)
    if not isinstance(raw, str):
        raise UsageError(f"{row.place}: question: the text, or the messages of one turn")
    return raw


def _category(identity: str) -> str:
    return identity.rpartition("_")[0]


def _answers_beside(path: Path) -> dict[str, Any]:
    beside = path.parent / _ANSWERS / path.name
    if not beside.is_file():
        return {}
    rows = (row.values for row in read_json_lines(beside))
    return {str(row.get("id")): row.get("ground_truth") for row in rows}
