"""The bubblewrap backend: what programs show, keep and break, on the real sandbox."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from python_calls import Start, error_of, run, sandboxed, sandboxes

from tools.base import CallContext, ToolError
from tools.interpreter import STATE_LOST
from tools.python import PythonTool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux only")

ROOT = Path(__file__).parent.parent


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes sandboxes that keep their files below this test's `folders`."""
    with sandboxes(tmp_path / "folders", monkeypatch) as start:
        yield start


def test_what_programs_show(start: Start) -> None:
    tool = start()
    assert run(tool, "2350*0.17").text == "399.5"
    assert run(tool, "from fractions import Fraction\nFraction(1, 3)").text == "Fraction(1, 3)"
    assert run(tool, "import sys\nprint('a')\nprint('b', file=sys.stderr)\n3").text == "a\nb\n3"
    assert run(tool, "import sys\nprint('bye')\nsys.exit()").text == "bye"
    observation = run(tool, "print('x')")
    assert [(r.code, r.output) for r in observation.code_runs] == [("print('x')", "x\n")]


def test_variables_and_files_are_kept_between_calls(start: Start) -> None:
    tool = start()
    run(tool, "x = 5\nopen('notes.txt', 'w').write('kept')")
    assert run(tool, "x, open('notes.txt').read()").text == "(5, 'kept')"


def test_an_error_shows_what_and_where_and_costs_no_state(start: Start) -> None:
    tool = start()
    run(tool, "kept = 7")
    message = error_of(tool, "print('so far')\ndef f():\n    return 1 / 0\nf()")
    assert message.splitlines()[0] == "ZeroDivisionError: division by zero"
    assert "line 3, in f" in message
    assert "return 1 / 0" in message
    assert "driver" not in message
    assert message.endswith("Printed before that:\nso far\n")
    assert error_of(tool, "a b").splitlines()[:2] == [
        "SyntaxError: invalid syntax",
        '  File "<program 3>", line 1',
    ]
    assert error_of(tool, "raise SystemExit(3)") == "SystemExit: 3"
    assert error_of(tool, "def f():\n    f()\nf()").startswith("RecursionError")
    assert run(tool, "kept").text == "7"


def test_an_endless_loop_is_stopped_and_the_next_call_works(start: Start) -> None:
    tool = start(timeout_s=0.5)
    run(tool, "x = 1\nopen('notes.txt', 'w').write('kept')")
    before = time.monotonic()
    message = error_of(tool, "print('begun')\nwhile True:\n    pass")
    assert time.monotonic() - before < 2
    assert message.startswith("TimeoutError: the program was stopped after 0.5 s")
    assert STATE_LOST in message
    assert "begun" in message
    assert "NameError" in error_of(tool, "x")
    assert run(tool, "open('notes.txt').read()").text == "'kept'"


def test_a_child_that_returns_from_the_program_does_not_answer_for_it(start: Start) -> None:
    tool = start()
    assert run(tool, "import os\nchild = os.fork()\n'parent' if child else 'child'").text == (
        "'parent'"
    )
    assert run(tool, "1 + 1").text == "2"


def test_bytes_that_are_not_utf8_are_replaced(start: Start) -> None:
    tool = start()
    text = run(tool, "import os\nos.write(1, b'\\xff\\xfe ok \\xc3\\xa9\\n')\nNone").text
    assert text == "�� ok é"
    assert run(tool, "print('\\ud800')").text == "?"


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos._exit(3)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "import os\nfor fd in range(3, 30):\n    try:\n        os.write(fd, b'junk\\n')\n"
        "    except OSError:\n        pass",
        "import os\nos.closerange(0, 100)",
    ],
    ids=["exits", "kills itself", "writes junk to the driver's pipes", "closes every pipe"],
)
def test_a_program_that_breaks_the_interpreter_costs_the_state_only(
    start: Start, code: str
) -> None:
    tool = start(timeout_s=2.0)
    assert STATE_LOST in error_of(tool, code)
    assert run(tool, "1 + 1").text == "2"


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.stdout.close()\nsys.stderr = None",
        "import os\nos.close(0)",
        "import builtins\nbuiltins.print = None",
        "import os\nos.chdir('/')",
    ],
)
def test_what_a_program_does_to_its_streams_does_not_last(start: Start, code: str) -> None:
    tool = start()
    run(tool, code)
    assert run(tool, "import sys\nx = sys.stdout.write('fine')").text == "fine"


def test_a_cancelled_call_stops_soon(start: Start) -> None:
    tool = start()
    context = CallContext(question="q")
    threading.Timer(0.3, context.cancelled.set).start()
    before = time.monotonic()
    with pytest.raises(ToolError, match="Stopped: the run was cancelled"):
        run(tool, "while True:\n    pass", context)
    assert time.monotonic() - before < 2


def test_a_folder_that_a_program_locked_is_removed_too(start: Start, tmp_path: Path) -> None:
    tool = start()
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    run(
        tool,
        "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\n"
        f"os.symlink({str(outside)!r}, 'a/link')\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
    )
    assert len(list((tmp_path / "folders").iterdir())) == 1
    tool.close()
    assert list((tmp_path / "folders").iterdir()) == []
    assert outside.stat().st_mode & 0o777 == 0o755


def test_a_forgotten_tool_leaves_no_process_and_no_folder(start: Start, tmp_path: Path) -> None:
    tool = PythonTool(backend="bubblewrap")
    run(tool, "1")
    assert sandboxed()
    del tool
    assert not sandboxed()
    assert list((tmp_path / "folders").iterdir()) == []


def test_the_sandbox_dies_with_its_parent(start: Start, tmp_path: Path) -> None:
    program = (
        "import time\nfrom tools.base import CallContext\nfrom tools.python import PythonTool\n"
        "tool = PythonTool(backend='bubblewrap')\n"
        "tool.run({'code': '1'}, CallContext(question='q'))\nprint('up', flush=True)\n"
        "time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 2
        parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=3)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def test_without_bwrap_the_error_names_the_package_and_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    message = error_of(PythonTool(backend="bubblewrap"), "1")
    assert "install the package bubblewrap" in message
    assert 'backend = "monty"' in message


def test_where_bwrap_may_not_its_own_words_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = shutil.which("sh")
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(f"#!{shell}\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1")
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    tool = PythonTool(backend="bubblewrap")
    message = error_of(tool, "1")
    assert "bwrap: No permissions to create new namespace" in message
    assert 'backend = "monty"' in message
    tool.close()
