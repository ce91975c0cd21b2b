"""A call ends in time, and its tool hears when nobody waits for it any more."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest
from toolbox_calls import SPENT, Doing, called

from tools.base import CallContext, JsonObject, Observation, ToolCall
from tools.toolbox import Toolbox

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
