"""τ²-bench: a checkout's `domains` folder, or tasks of several domains joined in one JSONL file.

The benchmark lets a simulated user talk with the agent; here the user's whole brief is the
question, and what the user would confirm counts as confirmed. Judged is the final database and what
must be said (the benchmark's DB and COMMUNICATE); assertions in words stay in the tags, unjudged.
A domain whose tools or database are not at hand still loads: `tags.missing` says what is missing.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.catalog import KNOWN
from orchestra_cli.evaluation.tasks import EvalTask
from tools.base import JsonObject

_FOLDERS = (".", "domains", "tau2/domains", "data/tau2/domains")
_PARTS = (
    ("reason_for_call", "Why the customer calls"),
    ("known_info", "What the customer knows"),
    ("unknown_info", "What the customer does not know"),
    ("task_instructions", "How the customer decides"),
)
_OPENING = (
    "Serve this customer. Nobody can be asked anything more: the customer's brief, in which `you` "
    "is the customer, is below, and whatever it asks for counts as confirmed. Do all of it that "
    "the policy allows, then answer with what the customer wants to know."
)


def load_tau2(path: Path) -> tuple[EvalTask, ...]:
    """Every task of the folder or file."""
    if path.is_file():
        return tuple(_from_joined(path))
    folders = sorted(file.parent for file in _task_files(path))
    if not folders:
        raise UsageError(f"{path}: no tasks.json: name the folder `domains` of a τ²-bench checkout")
    return tuple(task for folder in folders for task in _from_folder(folder))


def _task_files(path: Path) -> list[Path]:
    if (path / "tasks.json").exists():
        return [path / "tasks.json"]
    found = ((path / folder).glob("*/tasks.json") for folder in _FOLDERS)
    return next((files for files in map(list, found) if files), [])


def _from_folder(folder: Path) -> Iterator[EvalTask]:
    tasks = _read_json(folder / "tasks.json")
    splits_file = folder / "split_tasks.json"
    splits = _read_json(splits_file) if splits_file.exists() else {}
    files = _files_of(folder.name, folder / "db.json", folder / "policy.md")
    for index, values in enumerate(tasks):
        named = [name for name, ids in splits.items() if str(values.get("id")) in map(str, ids)]
        where = f"{folder / 'tasks.json'}: task {index}"
        yield _as_task({"splits": named, **values}, folder.name, files, where=where)


def _from_joined(path: Path) -> Iterator[EvalTask]:
    """`domain` and `splits` stand in each line; databases and policies in files beside it."""
    files: dict[str, JsonObject] = {}
    for number, line in enumerate(_read_text(path).splitlines(), start=1):
        where = f"{path}: line {number}"
        values = _parse(line, where=where)
        if not isinstance(values, dict) or not isinstance(values.get("domain"), str):
            raise UsageError(f"{where}: domain is missing: name the domain of the task")
        domain = values["domain"]
        if domain not in files:
            database = path.parent / f"tau2_{domain}_db.json.gz"
            policies = path.parent / "tau2_policies.jsonl.gz"
            files[domain] = _files_of(domain, database, policies)
        yield _as_task(values, domain, files[domain], where=where)


def _files_of(domain: str, database: Path, policy: Path) -> JsonObject:
    """The tags that are the same for all tasks of a domain."""
    tags: JsonObject = {"policy": str(policy.resolve())} if policy.exists() else {}
    missing = []
    if not database.exists():
        missing.append(f"its database {database} is missing")
    if domain not in KNOWN:
        missing.append(f"its tools are not written here (only those of {', '.join(sorted(KNOWN))})")
    if missing:
        return tags | {"missing": f"{domain}: {', and '.join(missing)}"}
    return tags | {"database": str(database.resolve())}


def _as_task(values: JsonObject, domain: str, files: JsonObject, *, where: str) -> EvalTask:
    try:
        criteria = values["evaluation_criteria"] or {}
        actions = [
            {"name": action["name"], "arguments": action["arguments"]}
            for action in criteria.get("actions") or []
        ]
        return EvalTask(
            id=f"tau2-{domain}-{values['id']}",
            question=f"{_OPENING}\n\n{brief(values['user_scenario']['instructions'])}",
            answer={
                "actions": actions,
                "communicate": criteria.get("communicate_info") or [],
                "touch": False,
            },
            judge="state",
            domain=domain,
            split=next((s for s in ("test", "dev", "train") if s in values.get("splits", ())), ""),
            tags=files | {"assertions": criteria.get("nl_assertions") or []},
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"{where}: not a τ²-bench task: {error} is missing or no object") from None


def brief(instructions: str | Mapping[str, Any]) -> str:
    """What the user wants, in the benchmark's words."""
    if isinstance(instructions, str):
        return instructions.strip()
    parts = ((title, str(instructions.get(key) or "").strip()) for key, title in _PARTS)
    return "\n".join(f"{title}: {text}" for title, text in parts if text.strip("."))


def _read_json(path: Path) -> Any:
    return _parse(_read_text(path), where=str(path))


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None


def _parse(text: str, *, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{where}: not JSON") from None
