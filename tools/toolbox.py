"""The tools of a run, and the one place where a call is made and an error becomes an observation.

Each call runs in a thread of its own: one that hangs is abandoned at its time limit and the run
goes on, and the caller stays free to stream output and to take Ctrl-C.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from dataclasses import replace

from tools.base import (
    CallContext,
    Choosy,
    Closable,
    CodeRun,
    JsonObject,
    Observation,
    Offer,
    Tool,
    ToolCall,
    ToolError,
    Usage,
)

_MAX_TEXT_CHARS = 20_000
_MAX_ERROR_CHARS = 300
_MAIN_THREAD = threading.main_thread()
_CANCEL_GRACE_S = 1.0
"""How long a tool that was told to stop may take to return what it has."""


class Toolbox:
    """What the policy may call in this run."""

    def __init__(self, tools: Iterable[Tool], *, at_once: bool = False) -> None:
        """`at_once`: these tools never hang, so they need no thread; a recorded expert is one."""
        self.tools: dict[str, Tool] = {tool.name: tool for tool in tools}
        self._choosy = {name: tool for name, tool in self.tools.items() if isinstance(tool, Choosy)}
        self._closable = [tool for tool in self.tools.values() if isinstance(tool, Closable)]
        self._at_once = at_once

    def close(self) -> None:
        """Release what tools hold beyond a call; one that fails to close keeps no other open."""
        with ExitStack() as closing:
            for tool in self._closable:
                closing.callback(tool.close)

    def offer(
        self, names: Iterable[str], context: CallContext
    ) -> tuple[tuple[JsonObject, ...], tuple[str, ...]]:
        """(the JSON functions as a model reads them, what the budget withholds of them)."""
        functions: list[JsonObject] = []
        withheld: list[str] = []
        for name in names:
            tool = self.tools[name]
            choosy = self._choosy.get(name)
            offer = choosy.offer(context) if choosy else Offer(tool.parameters)
            withheld += offer.withheld
            if offer.parameters is not None:
                functions.append(
                    {
                        "name": name,
                        "description": tool.description,
                        "parameters": offer.parameters,
                    }
                )
        return tuple(functions), tuple(withheld)

    def call(self, call: ToolCall, context: CallContext) -> Generator[str, None, Observation]:
        """Run a legal call, yielding what the tool shows while it works."""
        tool = self.tools[call.name]
        started = time.monotonic()
        limit_s = min(tool.timeout_s, context.remaining_s)
        deadline, cancelled = started + limit_s, threading.Event()
        outputs: queue.SimpleQueue[str | Observation] = queue.SimpleQueue()

        def emit(text: str) -> None:
            """Only while there is time: else a tool that never falls silent would never end."""
            if time.monotonic() < deadline and not cancelled.is_set():
                outputs.put(_encodable(text))

        inside = replace(context, emit=emit, deadline=deadline, cancelled=cancelled)

        def work() -> None:
            outputs.put(_observe(tool, call.arguments, inside))

        try:  # from the start on: Ctrl-C can come as soon as the tool runs
            work() if self._at_once else threading.Thread(target=work, daemon=True).start()
            observation = yield from _collect(outputs, inside)
        finally:
            cancelled.set()
        if observation is None:
            message = f"{call.name}: no result within {limit_s:.0f} s, given up"
            observation = Observation(text=message, error=message)
        if not observation.usage:  # an expert bills what it used; any other tool costs its time
            spent = Usage(who=call.name, latency_s=time.monotonic() - started)
            observation = replace(observation, usage=(spent,))
        return _clean(observation)


def _collect(
    outputs: queue.SimpleQueue[str | Observation], context: CallContext
) -> Generator[str, None, Observation | None]:
    """Yield output until the observation comes; None where the time is over."""
    end = context.deadline
    while True:
        try:
            output = outputs.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            if context.cancelled.is_set():
                return None
            context.cancelled.set()
            end = time.monotonic() + _CANCEL_GRACE_S
            continue
        if isinstance(output, Observation):
            return output
        yield output


def _observe(tool: Tool, arguments: JsonObject, context: CallContext) -> Observation:
    try:
        return tool.run(arguments, context)
    except ToolError as error:
        message = str(error) or f"{tool.name} failed"
        return Observation(text=message, error=_first_line(message), usage=error.usage)
    except BaseException as error:  # a bug, or a library that exits, must not end the user's run
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is _MAIN_THREAD:
            raise
        message = f"{tool.name} failed: {type(error).__name__}: {error}"
        return Observation(text=message, error=_first_line(message))


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), text)[:_MAX_ERROR_CHARS]


def _clean(observation: Observation) -> Observation:
    """Text that any consumer can encode and hold."""
    seen = observation
    return replace(
        seen,
        text=_held(seen.text),
        error=None if seen.error is None else _encodable(seen.error),
        notes=tuple(map(_encodable, seen.notes)),
        documents=tuple(map(_held, seen.documents)),
        code_runs=tuple(CodeRun(_held(run.code), _held(run.output)) for run in seen.code_runs),
        attempt=None if seen.attempt is None else _encodable(seen.attempt),  # whole: the answer
    )


def _held(text: str) -> str:
    return cut_middle(_encodable(text), _MAX_TEXT_CHARS)


def _encodable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")


def cut_middle(text: str, max_chars: int) -> str:
    """Head and tail of a text that is too long, saying how much is missing."""
    if len(text) <= max_chars:
        return text
    head = max_chars * 2 // 3
    missing = len(text) - max_chars
    return f"{text[:head]}\n[… {missing} characters cut …]\n{text[head + missing :]}"


def problem_with(call: ToolCall, functions: Iterable[JsonObject]) -> str | None:
    """Why these functions allow no such call, in words for the policy; None where they do."""
    schemas = {function["name"]: function["parameters"] for function in functions}
    if call.name not in schemas:
        names = ", ".join(sorted(schemas))
        return f"there is no function {call.name[:80]!r}: choose one of {names}"
    return _schema_problem(call, schemas[call.name])


def _schema_problem(call: ToolCall, schema: JsonObject) -> str | None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(call.arguments))
    if error is None:
        return None
    where = "/".join(str(part) for part in error.absolute_path)
    message = error.message  # begins with the value, which may be a whole program
    if len(message) > _MAX_ERROR_CHARS:
        message = f"{message[:100]} … {message[103 - _MAX_ERROR_CHARS :]}"
    return f"{call.name}: {where + ': ' if where else ''}{message}"
