"""The bubblewrap backend: what a program inside cannot do, on the real sandbox."""

import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_calls import Start, error_of, run, sandboxed, sandboxes

from tools.interpreter import STATE_LOST

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux only")

ROOT = Path(__file__).parent.parent


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Makes sandboxes that keep their files below this test's `folders`."""
    with sandboxes(tmp_path / "folders", monkeypatch) as start:
        yield start


def test_there_is_no_network(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = server.getsockname()[1]
        code = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)"
        assert error_of(start(), code).startswith("ConnectionRefusedError")
        with pytest.raises(TimeoutError):
            server.accept()
    assert error_of(start(), code.replace("127.0.0.1", "192.0.2.1")).startswith("OSError")


def test_nothing_is_inherited(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "swordfish")
    tool = start()
    assert run(tool, "import os, sys\ndict(os.environ), sys.argv, os.getcwd()").text == (
        "({}, [''], '/tmp')"
    )
    assert run(tool, "os.getuid() != 0").text == "True"
    assert run(tool, "os.path.exists('/proc/self')").text == "False"
    assert "Error: [Errno" in error_of(tool, "os.setuid(0)").splitlines()[0]
    assert error_of(tool, "input()").startswith("EOFError")


def test_it_cannot_write_outside_its_folder(start: Start) -> None:
    tool = start()
    run(tool, "import sys, tempfile\nopen('/tmp/mine', 'w').close()\ntempfile.mkstemp()")
    libraries = f"{sys.base_prefix}/lib"
    for path in ("/x", "/usr/x", "/usr/lib/x", f"{libraries}/x", "/dev/x", "/dev/shm/x", "/home/x"):
        assert "Error" in error_of(tool, f"open({path!r}, 'w')").splitlines()[0], path
    assert not Path("/tmp/mine").exists()
    assert (
        error_of(tool, "open(sys.executable, 'r+b')")
        .splitlines()[0]
        .startswith(("OSError", "PermissionError"))
    )


def test_it_cannot_read_what_is_not_its_own(start: Start, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish")
    secret.chmod(0o644)
    tool = start()
    for path in (secret, Path("/etc/passwd"), ROOT / "pyproject.toml"):
        assert error_of(tool, f"open({str(path)!r}).read()").startswith("FileNotFoundError"), path
    listing = f"import os\nos.path.exists(p := {str(Path.home())!r}) and os.listdir(p)"
    seen = eval(run(tool, listing).text) or []
    assert set(seen) <= set(Path(sys.base_prefix).parts), "only the way to the interpreter"


def test_processes_are_limited_and_end_with_the_sandbox(start: Start) -> None:
    tool = start(timeout_s=1.0)
    counting = (
        "import os, time\n"
        "n = 0\n"
        "try:\n"
        "    while n < 300:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60)\n"
        "        n += 1\n"
        "except OSError:\n"
        "    pass\n"
        "print(n)"
    )
    assert int(run(tool, counting).text) <= 32
    tool.close()
    assert not sandboxed()


def test_a_fork_bomb_is_contained(start: Start) -> None:
    tool = start(timeout_s=1.0)
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    before = time.monotonic()
    assert error_of(tool, bomb).startswith("TimeoutError")
    assert time.monotonic() - before < 4
    assert not sandboxed()
    assert run(tool, "1 + 1").text == "2"


@pytest.mark.parametrize(
    "code",
    ["x = [0] * 10**10", "x = []\nwhile True:\n    x.append('abc' * 1000)"],
    ids=["at once", "bit by bit"],
)
def test_memory_is_limited(start: Start, code: str) -> None:
    tool = start()
    message = error_of(tool, code)
    assert message.startswith("MemoryError: the program needs more than 256 MiB")
    assert STATE_LOST in message
    assert run(tool, "1 + 1").text == "2"


def test_a_file_is_limited(start: Start) -> None:
    code = "with open('big', 'wb') as f:\n    for _ in range(100):\n        f.write(bytes(1 << 20))"
    assert error_of(start(), code).startswith("OSError: [Errno 27] File too large")


def test_fifty_megabytes_of_output_are_cut_while_they_come(start: Start) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = run(start(), "print('first')\nprint('a' * 50_000_000)\nprint('last')").text
    assert text.startswith("first\naaa")
    assert text.endswith("aaa\nlast")
    assert "[… 49980512 characters cut …]" in text
    assert len(text) <= 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


def test_endless_printing_is_cut(start: Start) -> None:
    message = error_of(start(timeout_s=0.5), "while True:\n    print('again')")
    assert message.startswith("TimeoutError")
    assert "characters cut" in message
    assert len(message) <= 20_000


def test_a_program_that_is_too_long_is_refused(start: Start) -> None:
    tool = start()
    assert "longer than 64 KiB" in error_of(tool, "x = 1\n" * 20_000)
    assert run(tool, "1 + 1").text == "2"
