"""Files of recorded outcomes, one JSON a line, plain or gzipped; the form is in `records`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.records import Outcome, Record
from orchestra_cli.evaluation.tasks import EvalTask, JudgeName


def read_records(
    path: Path, experts: Mapping[str, str], *, judge: JudgeName
) -> tuple[tuple[Record, ...], int]:
    """(the records that hold an outcome of each of these experts, how many lines did not).

    `experts` are the record's names by ours. Raises UsageError.
    """
    records: list[Record] = []
    left_out = 0
    for number, row in _rows(path):
        try:
            record = _record(row, experts, judge)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{path}:{number}: not a record of outcomes: {error!r}") from None
        if record is None:
            left_out += 1
        else:
            records.append(record)
    if not records:
        raise UsageError(
            f"{path}: no line has an outcome of all of {', '.join(experts.values())}: check the "
            "names in the suite"
        )
    return tuple(records), left_out


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, json.loads(line)
    except (OSError, EOFError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as recorded outcomes: {error}") from None


def _record(row: dict[str, Any], experts: Mapping[str, str], judge: JudgeName) -> Record | None:
    models = row["models"]
    if any(name not in models for name in experts.values()):
        return None
    task = EvalTask(
        id=str(row["id"]),
        question=row["question"],
        answer=_golden(row.get("answer"), judge),
        judge=judge,
        choices=tuple(row.get("options") or ()),
        domain=str(row.get("domain", "")),
        functions=_functions(row.get("tools"), judge),
        split=str(row.get("split", "")),
    )
    return Record(task, {ours: _outcome(models[theirs]) for ours, theirs in experts.items()})


def _golden(answer: Any, judge: JudgeName) -> Any:
    if judge != "call":
        return answer
    from orchestra_cli.evaluation.loaders.bfcl import golden_calls

    try:
        return golden_calls(answer)
    except ValueError:  # our judge cannot use it; the record's own verdict counts all the same
        return None


def _functions(tools: Any, judge: JudgeName) -> tuple[dict[str, Any], ...]:
    if judge != "call" or tools is None:
        return ()
    from orchestra_cli.evaluation.loaders.bfcl import json_functions

    return json_functions(tools)


def _outcome(recorded: dict[str, Any]) -> Outcome:
    answer = recorded.get("pred")
    return Outcome(
        right=float(recorded["correct"] if "correct" in recorded else recorded["score"]),
        answer=None if answer is None else str(answer),
        input_tokens=recorded.get("input_tokens"),
        output_tokens=recorded.get("output_tokens"),
        output_chars=recorded.get("output_chars"),
        cost_usd=recorded.get("cost_usd"),
        latency_s=recorded.get("latency_s"),
    )
