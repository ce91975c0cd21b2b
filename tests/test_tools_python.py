"""The python tool on monty, driven as a run drives it: every call from a thread of its own."""

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from python_calls import Start, error_of, run

from tools.base import CallContext, Tool, ToolError
from tools.interpreter import MONTY_MODULES, STATE_LOST, CappedOutput
from tools.python import NOTHING_PRINTED, PythonTool


@pytest.fixture
def start() -> Iterator[Start]:
    """Makes tools and closes them."""
    tools: list[PythonTool] = []

    def make(timeout_s: float = 10.0, max_memory_bytes: int = 256 << 20) -> PythonTool:
        tools.append(PythonTool(timeout_s=timeout_s, max_memory_bytes=max_memory_bytes))
        return tools[-1]

    yield make
    for tool in tools:
        tool.close()


def num_workers() -> int:
    """Monty processes of this one."""
    names = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            names.append(child.name() if child.status() != psutil.STATUS_ZOMBIE else "")
    return names.count("monty")


def test_it_is_a_local_tool_with_one_string_argument(start: Start) -> None:
    tool: Tool = start(timeout_s=3.0)
    assert tool.name == "python"
    assert tool.parameters["required"] == ["code"]
    assert not tool.leaves_machine({"code": "1"})
    assert tool.timeout_s > 3.0, "the program's own time limit must come first"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("print(2 ** 100)", "1267650600228229401496703205376\n"),
        ("2350*0.17", "399.5"),
        ("7 / 2", "3.5"),
        ("4 / 2", "2.0"),
        ("1e400", "inf"),
        ("print('a'); 3", "a\n3"),
        ("print('a', end=''); 3", "a\n3"),
        ("print(3); 3", "3\n"),
        ("print('x'); None", "x\n"),
        ("'text'", "'text'"),
        ("{'a': [1, (2.5, None)]}", "{'a': [1, (2.5, None)]}"),
        ("import decimal\ndecimal.Decimal('0.1') * 3", "Decimal('0.3')"),
        (
            "class P:\n    def __repr__(self):\n        return 'me'\np = P()\np",
            "me",
        ),
        ("print('é ✓')", "é ✓\n"),
    ],
)
def test_what_a_program_shows(start: Start, code: str, shown: str) -> None:
    observation = run(start(), code)
    assert observation.text == shown.strip("\n")
    assert [(r.code, r.output) for r in observation.code_runs] == [(code, shown)]
    assert observation.error is None


def test_a_program_that_shows_nothing_gets_a_hint(start: Start) -> None:
    observation = run(start(), "x = 1")
    assert observation.text == NOTHING_PRINTED
    assert observation.code_runs[0].output == ""


def test_state_is_kept_between_calls_and_apart_between_tools(start: Start) -> None:
    tool = start()
    run(tool, "x = 5\ndef times(n):\n    return n * x")
    assert run(tool, "times(3)").text == "15"
    assert "NameError" in error_of(start(), "x")


def test_an_error_shows_what_and_where_and_what_was_printed(start: Start) -> None:
    tool = start()
    run(tool, "kept = 7")
    message = error_of(tool, "print('so far')\ndef f():\n    return 1 / 0\nf()")
    assert message.splitlines()[0] == "ZeroDivisionError: division by zero"
    assert "line 3, in f" in message
    assert message.endswith("Printed before that:\nso far\n")
    assert error_of(tool, "a b").startswith("SyntaxError")
    assert run(tool, "kept").text == "7", "an ordinary error costs no state"


@pytest.mark.parametrize("module", ["numpy", "fractions", "statistics"])
def test_a_module_outside_the_subset_is_named_with_the_way_out(start: Start, module: str) -> None:
    message = error_of(start(), f"import {module}")
    assert message.splitlines()[0] == f"ModuleNotFoundError: No module named '{module}'"
    assert "math" in message
    assert "plain Python" in message


def test_every_module_that_the_description_names_is_there(start: Start) -> None:
    tool = start()
    assert MONTY_MODULES in tool.description
    assert run(tool, f"import {MONTY_MODULES}\nmath.sqrt(16)").text == "4.0"


def test_an_endless_loop_is_cut_and_the_next_call_works(start: Start) -> None:
    tool = start(timeout_s=0.5)
    run(tool, "x = 1")
    before = time.monotonic()
    message = error_of(tool, "print('begun')\nwhile True:\n    pass")
    assert time.monotonic() - before < 2
    assert message.startswith("TimeoutError: the program was stopped after 0.5 s")
    assert STATE_LOST in message
    assert "begun" in message
    assert run(tool, "1 + 1").text == "2"
    assert "NameError" in error_of(tool, "x")


def test_sleep_does_not_hold_the_run(start: Start) -> None:
    before = time.monotonic()
    run(start(), "import time\nfor _ in range(100):\n    time.sleep(9)")
    assert time.monotonic() - before < 2


@pytest.mark.parametrize(
    "code",
    ["x = [0] * 10**10", "x = []\nwhile True:\n    x.append('abc' * 1000)", "[0] * 10**7"],
    ids=["at once", "bit by bit", "as the value"],
)
def test_a_huge_allocation_is_refused(start: Start, code: str) -> None:
    tool = start(max_memory_bytes=128 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = error_of(tool, code)
    assert message.startswith("MemoryError: the program needs more than 128 MiB")
    assert STATE_LOST in message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000
    assert run(tool, "1 + 1").text == "2"


def test_a_small_value_with_an_endless_text_holds_up_nothing(start: Start) -> None:
    tool = start(timeout_s=0.5)
    before = time.monotonic()
    assert STATE_LOST in error_of(tool, "a = [1]\nfor _ in range(60):\n    a = [a, a]\na")
    assert time.monotonic() - before < 3
    assert run(tool, "1 + 1").text == "2"


def test_long_output_keeps_its_ends_and_says_what_is_cut(start: Start) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = run(start(), "print('first')\nprint('a' * 50_000_000)\nprint('last')").text
    assert text.startswith("first\naaa")
    assert text.endswith("aaa\nlast")
    assert "[… 49980512 characters cut …]" in text
    assert len(text) <= 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


def test_endless_printing_is_cut(start: Start) -> None:
    tool = start(timeout_s=0.5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = error_of(tool, "while True:\n    print('again')")
    assert message.startswith("TimeoutError")
    assert "characters cut" in message
    assert len(message) <= 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


def test_nothing_of_the_machine_can_be_reached(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish")
    monkeypatch.setenv("API_KEY", "swordfish")
    tool = start()
    for code in (
        f"open({str(secret)!r}).read()",
        f"import pathlib\npathlib.Path({str(secret)!r}).read_text()",
        f"open({str(tmp_path / 'new')!r}, 'w').write('x')",
        "import os\nos.listdir('/')",
        "import os\nos.environ['API_KEY']",
        "import os\nos.getenv('API_KEY')",
        "import os\nos.system('id')",
        "import socket",
        "import subprocess",
        "import urllib.request",
    ):
        with suppress(ToolError):
            assert "swordfish" not in run(tool, code).text
            assert run(tool, code).text in ("None", NOTHING_PRINTED), code
    assert not (tmp_path / "new").exists()


def test_a_crash_of_the_worker_costs_the_state_only(start: Start) -> None:
    tool = start()
    run(tool, "x = 1")
    for child in psutil.Process().children():
        if child.name() == "monty":
            child.kill()
    assert STATE_LOST in error_of(tool, "x")
    assert run(tool, "1 + 1").text == "2"


def test_a_cancelled_call_stops_soon(start: Start) -> None:
    tool = start()
    context = CallContext(question="q")
    threading.Timer(0.3, context.cancelled.set).start()
    before = time.monotonic()
    with pytest.raises(ToolError, match="Stopped: the run was cancelled"):
        run(tool, "while True:\n    pass", context)
    assert time.monotonic() - before < 2
    assert run(tool, "1 + 1").text == "2"


def test_a_call_ends_with_the_time_of_its_run(start: Start) -> None:
    context = CallContext(question="q", deadline=time.monotonic() + 0.3)
    with pytest.raises(ToolError, match="its time is over"):
        run(start(), "while True:\n    pass", context)


def test_close_stops_what_runs_and_ends_the_worker(start: Start) -> None:
    tool = start()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(tool.run, {"code": "while True:\n    pass"}, CallContext(question="q"))
        time.sleep(0.3)
        tool.close()
        assert isinstance(call.exception(timeout=2), ToolError)
    assert num_workers() == 0
    assert "closed" in error_of(tool, "1")


def test_a_forgotten_tool_ends_its_worker() -> None:
    tool = PythonTool()
    run(tool, "1")
    assert num_workers() == 1
    del tool
    deadline = time.monotonic() + 2
    while num_workers() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert num_workers() == 0


def test_capped_output_is_exact_up_to_its_limit() -> None:
    output = CappedOutput(max_chars=10)
    for letter in "abcdefghij":
        output.write(letter)
    assert output.text() == "abcdefghij"
    output.write("kl")
    assert output.text() == "abcde\n[… 2 characters cut …]\nhijkl"


@pytest.mark.parametrize("backend", ["monty", "bubblewrap"])
def test_the_process_can_end_while_a_program_runs(backend: str) -> None:
    program = (
        "import threading, time\nfrom tools.base import CallContext, ToolError\n"
        "from tools.python import PythonTool\n"
        f"tool = PythonTool(backend={backend!r})\n"
        "def call():\n"
        "    try:\n"
        "        tool.run({'code': 'while True: pass'}, CallContext(question='q'))\n"
        "    except ToolError:\n"
        "        pass\n"
        "threading.Thread(target=call, daemon=True).start()\ntime.sleep(0.5)"
    )
    root = str(Path(__file__).parent.parent)
    command = [sys.executable, "-W", "error", "-c", program]
    before = time.monotonic()
    ended = subprocess.run(command, cwd=root, capture_output=True, timeout=20)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert time.monotonic() - before < 5
