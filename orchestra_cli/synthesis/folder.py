"""A folder of synthesised tasks: domains/*.toml, tasks.jsonl, manifest.json.

    cd FOLDER && orchestra eval tasks.jsonl --policy model
    tasks = load_synthesised(Path("FOLDER"))

There is no date or path in it: the same seed writes the same bytes. The manifest is written last,
so a folder with one is whole.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.domain_file import DomainFile
from orchestra_cli.evaluation.task_file import read_tasks, write_tasks
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.synthesis.candidate import DOMAINS_FOLDER
from orchestra_cli.synthesis.generating import Made

TASKS, MANIFEST = "tasks.jsonl", "manifest.json"
REPLIES, TRIES = "expert-replies.jsonl", "policy-tries.jsonl"
FORMAT_VERSION = 1
_OURS = {TASKS, MANIFEST, REPLIES, TRIES, DOMAINS_FOLDER}


def open_folder(path: Path) -> None:
    """Make it, or see that nothing but a synthesis is in it. Raises UsageError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        others = sorted(each.name for each in path.iterdir() if each.name not in _OURS)
    except OSError as error:
        raise UsageError(f"--out {path}: cannot be a folder: {error.strerror}") from None
    if others:
        raise UsageError(f"--out {path}: holds {others[0]} already: name a new folder")


def write_folder(
    path: Path, all_made: Sequence[Made], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """All files; the manifest that was written."""
    (path / MANIFEST).unlink(missing_ok=True)
    domains = path / DOMAINS_FOLDER
    domains.mkdir(exist_ok=True)
    texts = {
        f"{name}.toml": domain_text(world.file)
        for made in all_made
        for name, world in made.worlds.items()
    }
    for stale in domains.glob("*.toml"):
        if stale.name not in texts:
            stale.unlink()
    for name, text in texts.items():
        _write(domains / name, text)
    tasks = [task for made in all_made for task in made.tasks]
    write_tasks(path / f"{TASKS}.new", tasks)
    (path / f"{TASKS}.new").replace(path / TASKS)
    manifest = _manifest(all_made, tasks, settings, texts)
    _write(path / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return manifest


def load_synthesised(folder: Path) -> tuple[EvalTask, ...]:
    """The folder's tasks, from wherever they are read. Raises UsageError."""
    if not (folder / MANIFEST).exists():
        raise UsageError(f"{folder}: holds no whole synthesis: `orchestra synth --out {folder}`")
    return tuple(
        replace(task, tags={**task.tags, "domain_file": str(folder / task.tags["domain_file"])})
        for task in read_tasks(folder / TASKS)
    )


def domain_text(file: DomainFile) -> str:
    """The TOML that `load_domain` reads."""
    values = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    values["tables"] = values.pop("tables", {})
    values["tools"] = values.pop("tools")
    return tomli_w.dumps(values)


def _write(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(path)


def _manifest(
    all_made: Sequence[Made],
    tasks: Sequence[EvalTask],
    settings: Mapping[str, Any],
    texts: Mapping[str, str],
) -> dict[str, Any]:
    from importlib.metadata import version

    written = "".join(texts[name] for name in sorted(texts))
    return {
        "format": FORMAT_VERSION,
        "version": version("orchestra-cli"),
        **settings,
        "num_tasks": len(tasks),
        "splits": _counts(task.split for task in tasks),
        "tools": sum(len(made.seed.tools) for made in all_made),
        "database_entries": sum(_num_entries(made) for made in all_made),
        "domains": {made.seed.name: _domain(made) for made in all_made},
        "sha256": hashlib.sha256(written.encode()).hexdigest(),
    }


def _domain(made: Made) -> dict[str, Any]:
    candidates = list(made.candidates.values())
    tasks = list(made.tasks)
    return {
        "num_tasks": len(candidates),
        "splits": _counts(task.split for task in tasks),
        "intents": _counts(i for candidate in candidates for i in candidate.intents),
        "evolved": _counts(" + ".join(c.evolved) or "plain" for c in candidates),
        "sources": _counts(c.source for c in candidates),
        "golden_calls": sum(len(c.actions) for c in candidates),
        "worlds": len(made.worlds),
        "tools": len(made.seed.tools),
        "database_entries": _num_entries(made),
        "dropped": {str(reason): number for reason, number in sorted(made.dropped.items())},
    }


def _num_entries(made: Made) -> int:
    return sum(
        len(rows) for world in made.worlds.values() for rows in world.domain.database.values()
    )


def _counts(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
