"""Calls of the python tool as a run makes them, and its sandboxes, which must leave nothing."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import pytest

from tools.base import CallContext, Observation, ToolError
from tools.python import PythonTool

Start = Callable[..., PythonTool]


def run(tool: PythonTool, code: str, context: CallContext | None = None) -> Observation:
    """One call, from a new thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(tool.run, {"code": code}, context or CallContext(question="q")).result()


def error_of(tool: PythonTool, code: str) -> str:
    """What the policy reads where the call fails."""
    with pytest.raises(ToolError) as caught:
        run(tool, code)
    return str(caught.value)


@cache
def why_not() -> str | None:
    """Why the sandbox cannot be tried on this machine; None where it can."""
    tool = PythonTool(backend="bubblewrap")
    try:
        tool.run({"code": "1"}, CallContext(question="q"))
    except ToolError as error:
        return str(error)
    finally:
        tool.close()
    return None


@contextmanager
def sandboxes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes tools whose own folders lie in this one, and closes them."""
    if reason := why_not():
        pytest.skip(reason)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    tools: list[PythonTool] = []

    def make(timeout_s: float = 10.0) -> PythonTool:
        tools.append(PythonTool(backend="bubblewrap", timeout_s=timeout_s))
        return tools[-1]

    yield make
    for tool in tools:
        tool.close()
    assert not list(folder.iterdir())
    assert not sandboxed()


def sandboxed() -> list[psutil.Process]:
    """Every process in a sandbox that this test process started."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE and "/driver.py" in process.cmdline():
                found.append(process)
    return found
