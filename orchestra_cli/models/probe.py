"""Is it an orchestrator? A model that nobody vouches for is asked once for a call.

One short request in its own prompt style, with no grammar to help. Without a legal call it is used
all the same, and the user is told. The verdict is kept in the cache folder, by what the file and
the prompt were; a probe that time has cut is no verdict, and is not kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from orchestra_cli.engines.base import Completion, Engine, Request, Sampling
from orchestra_cli.folders import cache_folder
from orchestra_cli.parsing import parse_reply
from orchestra_cli.policy import PromptStyle, State, Task
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from tools.base import Buffers, JsonObject

_LIMIT_S = 20.0
_MAX_TOKENS = 256
_TASK = Task("What is the sum of the prime numbers between 100 and 200?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe found."""

    calls: bool | None
    """Whether it wrote a legal call; None where it was still thinking when it was cut off."""


def probe_once(
    engine: Engine, style: str, sampling: Sampling, *, file: Path, adapter: Path | None
) -> Verdict | None:
    """The verdict on a local file, from the cache where it stands there; None if time ran out."""
    kept = _kept_at(style, [path for path in (file, adapter) if path])
    with suppress(OSError, ValueError, KeyError, TypeError):
        return Verdict(json.loads(kept.read_text(encoding="utf-8"))["calls"])
    verdict = probe(engine, style, sampling)
    if verdict is not None:
        with suppress(OSError):  # then it is asked again next time
            kept.parent.mkdir(parents=True, exist_ok=True)
            note = {"file": str(file), "style": style, "calls": verdict.calls}
            kept.write_text(json.dumps(note) + "\n", encoding="utf-8")
    return verdict


def probe(engine: Engine, style: str, sampling: Sampling) -> Verdict | None:
    """Ask for one call. None if there was not the time. Raises EngineError."""
    functions = _FUNCTIONS[style]
    deadline = time.monotonic() + _LIMIT_S
    state = State(task=_TASK, turns=(), buffers=Buffers(), functions=functions, deadline=deadline)
    request = Request(
        messages=_STYLES[style]().messages(state, engine),
        functions=functions,
        max_tokens=_MAX_TOKENS,
        sampling=sampling,
        deadline=deadline,
    )
    completion = _drain(engine, request)
    if _has_legal_call(completion, functions):
        return Verdict(calls=True)
    if completion.truncated and time.monotonic() >= deadline:
        return None
    thinking = "<think>" in completion.text and "</think>" not in completion.text
    return Verdict(calls=None if completion.truncated and thinking else False)


def _drain(engine: Engine, request: Request) -> Completion:
    stream = engine.stream(request)
    while True:
        try:
            next(stream)
        except StopIteration as end:
            completion: Completion = end.value
            return completion


def _has_legal_call(completion: Completion, functions: Sequence[JsonObject]) -> bool:
    import jsonschema

    schemas = {function["name"]: function["parameters"] for function in functions}
    calls = parse_reply(completion.text, completion.calls).calls
    return any(
        call.name in schemas
        and jsonschema.Draft202012Validator(schemas[call.name]).is_valid(call.arguments)
        for call in calls[:1]
    )


def _kept_at(style: str, paths: Sequence[Path]) -> Path:
    key = blake2b(style.encode(), digest_size=16)
    for path in paths:
        status = path.stat()
        key.update(f"\0{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}".encode())
    return cache_folder() / "probes" / f"{key.hexdigest()}.json"


def _function(name: str, description: str, argument: str, **schema: Any) -> JsonObject:
    properties = {argument: {"type": "string", **schema}}
    parameters = {"type": "object", "properties": properties, "required": [argument]}
    return {"name": name, "description": description, "parameters": parameters}


_STYLES: dict[str, Callable[[], PromptStyle]] = {
    "chat": ChatStyle,
    "toolorchestra": ToolOrchestraStyle,
}
_FUNCTIONS: dict[str, tuple[JsonObject, ...]] = {
    "chat": (
        _function("python", "Run a Python program and see what it prints.", "code"),
        _function("web_search", "Search the web.", "query"),
    ),
    "toolorchestra": (
        _function(
            "enhance_reasoning", "A model writes Python that is run.", "model", enum=["reasoner-1"]
        ),
        _function("answer", "A model gives the final answer.", "model", enum=["answer-1"]),
    ),
}
"""On offer to the probe; none of them is run."""
