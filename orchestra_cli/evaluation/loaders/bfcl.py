"""The Berkeley function-calling leaderboard's single-turn tasks, as its files hold them.

A question file (`id, question, function`) with its answers in `possible_answer/` beside it, both
joined in one row (`tools`, and `answer` or `ground_truth`), or the folder of such files, of which
those with tasks of several turns are passed over. A task whose golden calls are missing is an
error, never one that any answer would satisfy.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.judges.call_text import parse_calls
from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_json_lines
from orchestra_cli.evaluation.tasks import EvalTask, Json
from tools.base import JsonObject

_NO_CALL = ("irrelevance", "live_irrelevance", "relevance")
"""Of the first leaderboard, `relevance` too wants no call; `live_relevance` wants some call."""
_NO_GOLDEN = ("live_relevance", "rest", "chatable")
_ANSWERS = "possible_answer"
_TYPES = {
    "dict": "object",
    "hashmap": "object",
    "hashtable": "object",
    "float": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "byte": "integer",
    "short": "integer",
    "bigint": "integer",
    "tuple": "array",
    "list": "array",
    "arraylist": "array",
    "set": "array",
    "bool": "boolean",
    "str": "string",
    "char": "string",
}
"""The leaderboard's names of types in those of JSON Schema."""
_JSON_TYPES = {"object", "number", "integer", "array", "boolean", "string", "null"}
_GOLDEN_FORM = "must be a list of {name: {argument: [accepted values]}}"
_FUNCTIONS_FORM = "must be JSON functions: {name, description, parameters}"


def load_bfcl(path: Path) -> tuple[EvalTask, ...]:
    """Every task of the file or folder, with the golden calls that there are."""
    if path.is_dir():
        return tuple(task for file in _question_files(path) for task in load_bfcl(file))
    answers = _answers_beside(path)
    return tuple(_task(row, answers, path) for row in read_json_lines(path))


def is_bfcl(values: Mapping[str, Any]) -> bool:
    """Whether a row holds a task of one turn in one of the leaderboard's forms."""
    return "question" in values and ("function" in values or "tools" in values)


def golden_calls(raw: Any) -> list[Json] | None:
    """`[{name: {argument: [accepted …]}}]` of any form that the leaderboard has used.

    `[]` where no call is wanted; None where only an execution could tell. Raises ValueError.
    """
    if isinstance(raw, Mapping) and "ground_truth" in raw:
        raw = raw["ground_truth"]
    if raw is None:
        return None
    if isinstance(raw, str):
        return [] if raw.strip("() ") == "no call" else _written([raw])
    if isinstance(raw, Mapping):  # several functions in one object
        raw = [{name: arguments} for name, arguments in raw.items()]
    if not isinstance(raw, list):
        raise ValueError(_GOLDEN_FORM)
    if raw and all(isinstance(each, str) for each in raw):
        return _written(raw)
    for call in raw:
        if not isinstance(call, dict) or not call:
            raise ValueError(_GOLDEN_FORM)
        if not all(isinstance(arguments, dict) for arguments in call.values()):
            raise ValueError(_GOLDEN_FORM)
    return [{name: arguments} for call in raw for name, arguments in call.items()]


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
    """The functions with their parameters in JSON Schema's words. Raises ValueError."""
    functions = raw if isinstance(raw, list) else [raw]  # one alone stood bare in older files
    return tuple(map(_function, functions))


def _function(raw: Any) -> JsonObject:
    if isinstance(raw, Mapping) and isinstance(raw.get("function"), Mapping):
        raw = raw["function"]  # as OpenAI wraps it
    if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
        raise ValueError(_FUNCTIONS_FORM)
    parameters = _schema(raw.get("parameters") or {})
    if not isinstance(parameters, dict):
        raise ValueError(_FUNCTIONS_FORM)
    return {**raw, "parameters": parameters}


def _schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_schema(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    schema = {key: _schema(each) for key, each in value.items()}
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = _TYPES.get(kind.lower(), kind.lower())
        if schema["type"] not in _JSON_TYPES:  # such as any
            del schema["type"]
    return schema


def _task(row: Row, answers: Mapping[str, Any], path: Path) -> EvalTask:
    values = row.values
    identity = str(values.get("id", ""))
    tools = values.get("function", values.get("tools"))
    if not identity or tools is None:
        raise UsageError(f"{row.place}: a task of BFCL has an id, a question and functions")
    category = str(values.get("category") or values.get("domain") or _category(identity))
    try:
        functions = json_functions(tools)
    except ValueError as error:
        raise row.wrong("function", str(error)) from None
    return EvalTask(
        id=identity,
        question=_question(values.get("question"), row),
        answer=_answer(row, answers.get(identity), category, path),
        judge="call",
        domain=category,
        functions=functions,
        split=split_of(path),
    )


def _answer(row: Row, beside: Any, category: str, path: Path) -> list[Json] | None:
    found = (row.values.get("ground_truth"), row.values.get("answer"), beside)
    raw = next((each for each in found if each is not None), None)
    if raw is None and category in _NO_CALL:
        return []
    if raw is None and category not in _NO_GOLDEN:
        raise row.wrong("ground_truth", f"is missing: add it, or put {_ANSWERS}/{path.name} beside")
    try:
        return golden_calls(raw)
    except ValueError as error:
        raise row.wrong("ground_truth", str(error)) from None


def _question(raw: Any, row: Row) -> str:
    """What is said in the one turn, whose messages may stand in a list of lists."""
    while isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    messages = raw if isinstance(raw, list) else [raw]
    said = [each.get("content") if isinstance(each, Mapping) else each for each in messages]
    texts = [each.strip() for each in said if isinstance(each, str)]
    if len(texts) < len(said) or not "".join(texts):
        raise row.wrong("question", "must be the text, or the messages of one turn")
    return "\n\n".join(texts)


def _category(identity: str) -> str:
    return identity.rpartition("_")[0]


def _answers_beside(path: Path) -> dict[str, Any]:
    names = (path.name, path.name.removesuffix(".gz"), f"{path.name}.gz")
    files = [path.parent / _ANSWERS / name for name in names]
    beside = next((file for file in files if file.is_file()), None)
    rows = (row.values for row in read_json_lines(beside)) if beside else ()
    return {str(row.get("id")): row.get("ground_truth") for row in rows}


def _question_files(folder: Path) -> list[Path]:
    files = sorted(folder.rglob("BFCL_*.json*"))
    return [file for file in files if file.parent.name != _ANSWERS and _holds_tasks(file)]


def _holds_tasks(file: Path) -> bool:
    with closing(read_json_lines(file)) as rows:
        first = next(rows, None)
    return first is not None and is_bfcl(first.values)
