"""Calls through the toolbox: whatever a tool does, one observation comes back, and in time."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.base import (
    Buffers,
    CallContext,
    CodeRun,
    JsonObject,
    Observation,
    Tool,
    ToolCall,
    ToolError,
    Usage,
)
from tools.python import PythonTool
from tools.toolbox import Toolbox, cut_middle

SPENT = Usage("gpt-5", input_tokens=3, cost_usd=0.01)


@dataclass
class Doing:
    """A tool that does what the test says."""

    do: Callable[[JsonObject, CallContext], Observation]
    name: str = "doing"
    description: str = "Does."
    parameters: JsonObject = field(default_factory=lambda: {"type": "object"})
    timeout_s: float = 5.0

    def leaves_machine(self, arguments: JsonObject) -> bool:
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        return self.do(arguments, context)


def raising(error: BaseException) -> Doing:
    def run(arguments: JsonObject, context: CallContext) -> NoReturn:
        raise error

    return Doing(run)


def called(
    tool: Tool, context: CallContext | None = None, **arguments: object
) -> tuple[Observation, list[str]]:
    """(the observation, what was shown before it)."""
    calling = Toolbox([tool]).call(ToolCall(tool.name, arguments), context or CallContext("q"))
    shown: list[str] = []
    try:
        while True:
            shown.append(next(calling))
    except StopIteration as done:
        observation: Observation = done.value
    return observation, shown


# What a tool gives back


def test_a_tool_gets_its_arguments_and_the_run() -> None:
    seen: list[tuple[JsonObject, CallContext]] = []

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        seen.append((arguments, context))
        assert not context.cancelled.is_set()
        return Observation("done", documents=("d",), attempt="a", usage=(SPENT,))

    context = CallContext("How far?", Buffers(documents=("b",)))
    observation, _ = called(Doing(run), context, x=1)
    assert observation == Observation("done", documents=("d",), attempt="a", usage=(SPENT,))
    ((arguments, inside),) = seen
    assert arguments == {"x": 1}
    assert (inside.question, inside.buffers) == ("How far?", context.buffers)
    assert not context.cancelled.is_set()


def test_the_real_python_tool_computes() -> None:
    tool = PythonTool()
    toolbox = Toolbox([tool])
    try:
        calling = toolbox.call(ToolCall("python", {"code": "print(6 * 7)"}), CallContext("q"))
        with pytest.raises(StopIteration) as done:
            next(calling)
    finally:
        toolbox.close()
    observation = done.value.value
    assert (observation.text, observation.error) == ("42", None)
    assert observation.code_runs == (CodeRun("print(6 * 7)", "42\n"),)


def test_output_is_shown_as_it_comes() -> None:
    step = threading.Event()

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        context.emit("one")
        assert step.wait(5)
        context.emit("t\ud800o")
        return Observation("end")

    calling = Toolbox([Doing(run)]).call(ToolCall("doing", {}), CallContext("q"))
    assert next(calling) == "one"
    step.set()
    assert next(calling) == "t?o"
    with pytest.raises(StopIteration) as done:
        next(calling)
    assert done.value.value == Observation("end")


def test_what_is_held_of_50_megabytes_is_bounded() -> None:
    big = "head" + "x" * 50_000_000 + "tail"
    result = Observation(big, documents=(big,), code_runs=(CodeRun("1", big),))
    began = time.monotonic()
    observation, _ = called(Doing(lambda _arguments, _context: result))
    assert time.monotonic() - began < 3
    for text in (observation.text, observation.documents[0], observation.code_runs[0].output):
        assert len(text) < 20_100
        assert text.startswith("head") and text.endswith("tail")
        assert "[… 49980008 characters cut …]" in text


def test_a_long_answer_is_not_cut() -> None:
    answer = "x" * 100_000
    result = Observation(answer, attempt=answer)
    assert called(Doing(lambda _arguments, _context: result))[0].attempt == answer


def test_every_text_can_be_encoded() -> None:
    lone = "a\ud800b"
    result = Observation(lone, lone, (lone,), (CodeRun(lone, lone),), lone, (SPENT,))
    observation, _ = called(Doing(lambda _arguments, _context: result))
    clean = "a?b"
    expected = Observation(clean, clean, (clean,), (CodeRun(clean, clean),), clean, (SPENT,))
    assert observation == expected


@given(st.text(), st.integers(min_value=0, max_value=60))
@settings(deadline=None)
def test_a_cut_keeps_head_and_tail(text: str, max_chars: int) -> None:
    cut = cut_middle(text, max_chars)
    if len(text) <= max_chars:
        assert cut == text
        return
    head, tail = max_chars * 2 // 3, max_chars - max_chars * 2 // 3
    assert (
        cut
        == f"{text[:head]}\n[… {len(text) - max_chars} characters cut …]\n"
        + (text[len(text) - tail :])
    )


# Errors


@pytest.mark.parametrize(
    ("error", "text", "line"),
    [
        (ToolError("no such page"), "no such page", "no such page"),
        (ToolError("\n first\nsecond"), "\n first\nsecond", " first"),
        (ToolError(""), "doing failed", "doing failed"),
        (KeyError("hits"), "doing failed: KeyError: 'hits'", "doing failed: KeyError: 'hits'"),
        (RecursionError(), "doing failed: RecursionError: ", "doing failed: RecursionError: "),
        (SystemExit(3), "doing failed: SystemExit: 3", "doing failed: SystemExit: 3"),
        (ToolError("e" * 400), "e" * 400, "e" * 300),
        (ToolError("\ud800"), "?", "?"),
    ],
    ids=["told", "lines", "wordless", "bug", "recursion", "exit", "long", "surrogate"],
)
def test_an_error_is_an_observation(error: BaseException, text: str, line: str) -> None:
    observation, _ = called(raising(error))
    assert observation == Observation(text, error=line)


def test_what_a_failed_call_has_cost_is_kept() -> None:
    observation, _ = called(raising(ToolError("broke off", usage=(SPENT, SPENT))))
    assert (observation.error, observation.usage) == ("broke off", (SPENT, SPENT))


def test_a_huge_error_is_cut() -> None:
    observation, _ = called(raising(ToolError("e" * 5_000_000)))
    assert len(observation.text) < 20_100
    assert len(observation.error or "") == 300


# Time


def test_a_tool_that_hangs_is_abandoned_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.toolbox._CANCEL_GRACE_S", 0.1)
    release, told = threading.Event(), threading.Event()

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        context.cancelled.wait()
        told.set()
        release.wait(20)
        return Observation("far too late")

    began = time.monotonic()
    try:
        observation, _ = called(Doing(run, timeout_s=0.2))
        assert 0.2 <= time.monotonic() - began < 1.5
        assert told.wait(1)  # whoever hangs in a loop can see that nobody waits any more
        assert observation.error is not None and observation.error.startswith("doing: no result")
        assert observation.text == observation.error
        again, _ = called(Doing(lambda _arguments, _context: Observation("next")))
        assert again.text == "next"
    finally:
        release.set()


def test_a_tool_that_stops_when_told_gives_what_it_has() -> None:
    def run(arguments: JsonObject, context: CallContext) -> Observation:
        assert context.cancelled.wait(5)
        return Observation("half", usage=(SPENT,))

    observation, _ = called(Doing(run, timeout_s=0.1))
    assert observation == Observation("half", usage=(SPENT,))


def test_the_runs_deadline_shortens_the_tools_own_limit() -> None:
    remaining: list[float] = []

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        remaining.append(context.remaining_s)
        context.cancelled.wait(20)
        return Observation("stopped")

    began = time.monotonic()
    context = CallContext("q", deadline=time.monotonic() + 0.2)
    assert called(Doing(run, timeout_s=60), context)[0].text == "stopped"
    assert time.monotonic() - began < 2
    assert 0 < remaining[0] <= 0.2


def test_a_deadline_beyond_the_tools_limit_does_not_lengthen_it() -> None:
    limits: list[float] = []

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        limits.append(context.remaining_s)
        return Observation("x")

    called(Doing(run, timeout_s=3), CallContext("q", deadline=time.monotonic() + 500))
    called(Doing(run, timeout_s=3))
    assert all(2 < limit <= 3 for limit in limits)


def test_a_tool_that_never_falls_silent_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.toolbox._CANCEL_GRACE_S", 0.1)
    release = threading.Event()

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        while not release.is_set():
            context.emit("la")
        return Observation("never")

    began = time.monotonic()
    try:
        observation, shown = called(Doing(run, timeout_s=0.2))
    finally:
        release.set()
    assert time.monotonic() - began < 3
    assert observation.error is not None
    assert set(shown) == {"la"}


def test_a_result_is_not_lost_behind_output_that_nobody_read_in_time() -> None:
    finished = threading.Event()

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        for _ in range(3):
            context.emit("x")
        finished.set()
        return Observation("done")

    calling = Toolbox([Doing(run, timeout_s=0.2)]).call(ToolCall("doing", {}), CallContext("q"))
    next(calling)
    assert finished.wait(5)
    time.sleep(0.4)  # a view that is busy while the time runs out
    assert [next(calling), next(calling)] == ["x", "x"]
    with pytest.raises(StopIteration) as done:
        next(calling)
    assert done.value.value.text == "done"


# Ctrl-C, and a reader that goes away


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal sent to a thread")
def test_ctrl_c_interrupts_the_wait_and_tells_the_tool() -> None:
    told = threading.Event()

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        if context.cancelled.wait(5):
            told.set()
        return Observation("nobody reads this")

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        called(Doing(run, timeout_s=30))
    assert told.wait(5)
    assert time.monotonic() - began < 3


def test_a_reader_that_goes_away_tells_the_tool() -> None:
    told = threading.Event()

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        context.emit("x")
        if context.cancelled.wait(5):
            told.set()
        return Observation("nobody reads this")

    calling = Toolbox([Doing(run)]).call(ToolCall("doing", {}), CallContext("q"))
    next(calling)
    calling.close()
    assert told.wait(5)


def test_a_finished_call_leaves_no_thread() -> None:
    before = threading.active_count()
    called(Doing(lambda _arguments, _context: Observation("x")))
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


# What is legal


@pytest.fixture
def toolbox() -> Iterator[Toolbox]:
    page = Doing(
        lambda _arguments, _context: Observation("page"),
        name="page",
        parameters={
            "type": "object",
            "properties": {
                "url": {"type": "string", "maxLength": 40},
                "mode": {"enum": ["text", "links"]},
                "size": {"type": "object", "properties": {"pages": {"type": "integer"}}},
            },
            "required": ["url"],
            "additionalProperties": False,
        },
    )
    yield Toolbox([PythonTool(), page])


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "https://example.org"},
        {"url": "", "mode": "links", "size": {"pages": 2}},
    ],
)
def test_a_legal_call_has_no_problem(toolbox: Toolbox, arguments: JsonObject) -> None:
    assert toolbox.problem_with(ToolCall("page", arguments), ["page"]) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, ["'url' is a required property"]),
        ({"url": 4}, ["page: url: 4 is not of type 'string'"]),
        ({"url": "x", "mode": "html"}, ["page: mode: 'html' is not one of ['text', 'links']"]),
        ({"url": "x", "size": {"pages": "2"}}, ["page: size/pages: '2' is not of type 'integer'"]),
        ({"url": "x", "speed": 1}, ["'speed' was unexpected"]),
        ({"url": "x" * 5_000}, ["page: url: 'xxx", "is too long"]),
        ({"url": ["x"] * 5_000}, ["page: url: ['x', ", "is not of type 'string'"]),
        ({"url": "x", "mode": "h" * 999}, ["page: mode: 'hhh", "not one of ['text', 'links']"]),
    ],
)
def test_a_schema_violation_names_the_argument_and_the_fault(
    toolbox: Toolbox, arguments: JsonObject, words: list[str]
) -> None:
    problem = toolbox.problem_with(ToolCall("page", arguments), ["page"])
    assert problem is not None and problem.startswith("page: ")
    assert all(part in problem for part in words)
    assert len(problem) < 400 and len(problem.splitlines()) == 1


@pytest.mark.parametrize("name", ["pyton", "", "page", "x" * 5_000, "py\ud800\nthon"])
def test_a_function_that_is_not_offered_is_named_with_the_choices(
    toolbox: Toolbox, name: str
) -> None:
    problem = toolbox.problem_with(ToolCall(name, {}), ["python"])
    assert problem is not None
    assert problem.startswith("there is no function ") and problem.endswith("choose one of python")
    assert len(problem) < 200 and problem.isprintable()


def test_specs_are_what_a_model_reads(toolbox: Toolbox) -> None:
    (spec,) = toolbox.specs(["page"])
    assert spec == {
        "name": "page",
        "description": "Does.",
        "parameters": toolbox.tools["page"].parameters,
    }
    assert [each["name"] for each in toolbox.specs(["page", "python"])] == ["page", "python"]


# Closing


@dataclass
class Held(Doing):
    """A tool that holds something."""

    log: list[str] = field(default_factory=list)
    fails: bool = False

    def close(self) -> None:
        self.log.append(self.name)
        if self.fails:
            raise OSError("already gone")


def test_closing_closes_every_tool_that_holds_something() -> None:
    log: list[str] = []

    def run(arguments: JsonObject, context: CallContext) -> Observation:
        return Observation("x")

    tools = [Held(run, name="a", log=log), Doing(run), Held(run, name="c", log=log)]
    Toolbox(tools).close()
    assert sorted(log) == ["a", "c"]
    log.clear()
    failing = [Held(run, name=name, log=log, fails=True) for name in ("a", "b", "c")]
    with pytest.raises(OSError, match="already gone"):
        Toolbox(failing).close()
    assert sorted(log) == ["a", "b", "c"]
