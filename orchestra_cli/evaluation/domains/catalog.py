"""Which domain a task belongs to: one of a benchmark that is known here, or a TOML file.

A task's tags name files, so tasks stay small and one database serves all tasks of a process:
`domain_file` a domain in TOML, or `database` and `policy` for a benchmark's domain; `missing` says
in one line why there is none.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.database import load_database
from orchestra_cli.evaluation.domains.domain import Domain
from orchestra_cli.evaluation.domains.domain_file import load_domain
from orchestra_cli.evaluation.domains.retail import load_retail
from orchestra_cli.evaluation.tasks import EvalTask

KNOWN: dict[str, Callable[..., Domain]] = {"retail": load_retail}
"""Benchmark domains whose tools are written here."""


def domain_of(task: EvalTask) -> Domain:
    """The task's domain, loaded once; a `UsageError` says what is missing."""
    tags = task.tags
    if missing := tags.get("missing"):
        raise UsageError(str(missing))
    if file := tags.get("domain_file"):
        return _from_file(Path(str(file)))
    if task.domain not in KNOWN or not tags.get("database"):
        raise UsageError(
            f"task {task.id}: tags.domain_file: name the TOML file of the domain {task.domain!r}"
        )
    policy = tags.get("policy")
    return _known(task.domain, Path(str(tags["database"])), Path(str(policy)) if policy else None)


@lru_cache(maxsize=16)
def _from_file(path: Path) -> Domain:
    return load_domain(path)


@lru_cache(maxsize=4)
def _known(name: str, database: Path, policy: Path | None) -> Domain:
    words = "" if policy is None else read_policy(policy, name)
    return KNOWN[name](load_database(database), policy=words)


def read_policy(path: Path, domain: str) -> str:
    """The domain's policy: a text file, or its line of a JSONL file of several policies."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        if ".jsonl" not in path.suffixes:
            return text
        lines = [json.loads(line) for line in text.splitlines()]
        return next(str(line["text"]) for line in lines if line["domain"] == domain)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, LookupError, TypeError, EOFError, StopIteration):
        raise UsageError(f"{path}: holds no policy of {domain}") from None
