"""Calls through the toolbox: whatever a tool does, one observation of bounded size comes back."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toolbox_calls import SPENT, Doing, called, raising

from tools.base import (
    Buffers,
    CallContext,
    CodeRun,
    JsonObject,
    Observation,
    ToolCall,
    ToolError,
)
from tools.python import PythonTool
from tools.toolbox import Toolbox, cut_middle

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
    assert replace(done.value.value, usage=()) == Observation("end")


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
    assert replace(observation, usage=()) == Observation(text, error=line)


def test_a_call_that_nobody_bills_costs_its_time() -> None:
    def run(arguments: JsonObject, context: CallContext) -> Observation:
        time.sleep(0.05)
        return Observation("done")

    for tool in (Doing(run), raising(ToolError("down"))):
        ((who, spent),) = [(used.who, used) for used in called(tool)[0].usage]
        assert (who, spent.calls, spent.cost_usd, spent.output_tokens) == ("doing", 1, 0.0, 0)
        assert spent.latency_s >= (0.05 if tool.do is run else 0)


def test_what_a_failed_call_has_cost_is_kept() -> None:
    observation, _ = called(raising(ToolError("broke off", usage=(SPENT, SPENT))))
    assert (observation.error, observation.usage) == ("broke off", (SPENT, SPENT))


def test_a_huge_error_is_cut() -> None:
    observation, _ = called(raising(ToolError("e" * 5_000_000)))
    assert len(observation.text) < 20_100
    assert len(observation.error or "") == 300


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
