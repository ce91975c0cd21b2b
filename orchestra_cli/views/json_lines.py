"""The events of a run as JSON, one object a line, and the way back to the trajectory document.

Every line has `event`, `run_id`, `seq` and `time` and is flushed as it is written, so that a killed
process leaves a readable run. Every line is JSON that any reader takes: no NaN, no lone surrogate.
`schemas/event.schema.json` and `schemas/trajectory.schema.json` say what a reader may rely on.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Any, Self, TextIO

from orchestra_cli.events import CallChosen, Event, RunFinished, RunStarted, TurnFinished
from orchestra_cli.trajectory import SCHEMA_VERSION, Bill, StopReason, candidates_to_json
from orchestra_cli.views.clean_text import without_surrogates
from tools.base import JsonObject, Usage

# JSON may hold these as they are, but some readers split lines at them, some terminals obey them.
_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029]")


class JsonLines:
    """Writes every event to a stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run_id = ""
        self._seq = 0

    def __call__(self, event: Event) -> None:
        """Write one line."""
        if isinstance(event, RunStarted):
            self._run_id, self._seq = event.run_id, 0
        head = {"event": _name(event), "run_id": self._run_id, "seq": self._seq}
        line = head | {"time": time.time()} | _fields(event)
        ascii_only = not (self._stream.encoding or "utf-8").lower().startswith("utf")
        text = json.dumps(_portable(line), ensure_ascii=ascii_only, allow_nan=False)
        self._stream.write(_UNSAFE.sub(_escaped, text) + "\n")
        self._stream.flush()
        self._seq += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def suspended(self) -> AbstractContextManager[None]:
        """Nothing to take away."""
        return nullcontext()


def _name(event: Event) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


def _fields(event: Event) -> JsonObject:
    match event:
        case CallChosen(candidates=candidates):
            return asdict(event) | {"candidates": candidates_to_json(candidates)}
        case TurnFinished(turn=turn):
            # The turn's own document has its total only; the bill's lines need every party's use.
            return {"turn": turn.to_json(), "usage": [asdict(usage) for usage in turn.usage]}
        case RunFinished(trajectory=trajectory):
            return {"trajectory": trajectory.to_json()}
    return asdict(event)


def _portable(value: Any) -> Any:
    match value:
        case str():
            return without_surrogates(value)
        case float() if not math.isfinite(value):
            return None
        case bool() | int() | float() | None:
            return value
        case dict():
            return {without_surrogates(str(key)): _portable(item) for key, item in value.items()}
        case list() | tuple():
            return [_portable(item) for item in value]
    return without_surrogates(str(value))


def rebuild_trajectory(lines: Iterable[str]) -> JsonObject:
    """The trajectory document of the run whose lines these are.

    Without a last line, as after a kill, it has the turns that were finished and is "interrupted".
    Raises ValueError where the lines are not those of a run.
    """
    started: JsonObject | None = None
    turns: list[JsonObject] = []
    usage: list[Usage] = []
    for line in _parse_lines(lines):
        match line["event"]:
            case "run_started":
                started = line
            case "turn_finished":
                turns.append(line["turn"])
                usage += [Usage(**used) for used in line["usage"]]
            case "run_finished":
                document: JsonObject = line["trajectory"]
                return document
    if started is None:
        raise ValueError("no run_started among the lines: these are not the events of a run")
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": started["run_id"],
        "question": started["question"],
        "answer": None,
        "stop_reason": StopReason.INTERRUPTED.value,
        "error": None,
        "orchestrator": started["orchestrator"],
        "preference": started["preference"],
        "turns": turns,
        "bill": Bill.of(usage).to_json(),
    }


def _parse_lines(lines: Iterable[str]) -> Iterator[JsonObject]:
    broken: int | None = None
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        if broken is not None:
            raise ValueError(f"line {broken}: not JSON")
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            # Only a last line may be broken: the process was killed as it wrote.
            broken = number
            continue
        if not isinstance(line, dict) or "event" not in line:
            raise ValueError(f'line {number}: no event: expected an object with "event"')
        yield line
