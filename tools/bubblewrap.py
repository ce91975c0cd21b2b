"""The opt-in backend of the `python` tool: CPython in a bubblewrap sandbox (Linux only).

One sandbox is one long-lived interpreter, so variables stay from call to call; a program that must
be stopped takes it down with every process that it started. Inside there is no network, nothing of
the environment, no /proc, and of the file system only the interpreter, the system's libraries (both
read-only) and a private folder, which stays for the run and is removed with it.

What this does not cover:
1. The kernel is shared, and no system call is filtered: a kernel bug is a way out.
2. Memory and file size are limited per process and per file, not in total: 32 processes or many
   files can use a multiple of that until the time limit ends them. Kernels before 5.14, and root,
   count the processes of the whole machine's user, so that a program may get fewer than 32.
3. Children that a program leaves behind run on between calls, until the sandbox ends.
4. What can be read in the bound folders (system libraries, the interpreter's own packages) is no
   secret from programs.
"""

from __future__ import annotations

import codecs
import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

from tools.base import ToolError
from tools.interpreter import STATE_LOST, CappedOutput, stopped_text

_NOBODY = 65534
_START_LIMIT_S = 20.0
_POLL_S = 0.05
_MAX_REQUEST_BYTES = 65_536  # what a pipe holds: a longer write could wait for a stopped reader
_MAX_STATUS_BYTES = 1 << 20
_WAY_BACK = 'set backend = "monty" under [tools.python] in config.toml'
_FUNCTION_FILES = tuple(sorted(Path(__file__).parent.glob("python_*.py")))
"""What programs can call."""
_SYSTEM_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")


class Bubblewrap:
    """Keeps a sandbox running and starts another where one was lost."""

    def __init__(self, *, timeout_s: float, max_memory_bytes: int) -> None:
        self._timeout_s = timeout_s
        self._max_memory_bytes = max_memory_bytes
        self._sandbox: _Sandbox | None = None
        self._folder: Path | None = None
        self._held = ExitStack()

    def run(self, code: str, output: CappedOutput, *, stopped: Callable[[], bool]) -> str | None:
        """Run it in the sandbox, which is ended where the program does not come back whole."""
        sandbox = self._sandbox or self._start(stopped)
        try:
            status = sandbox.run(code, output, limit_s=self._timeout_s, stopped=stopped)
        except _SandboxEnded as error:
            self._drop()
            raise ToolError(f"{error}\n{STATE_LOST} Files are kept.") from error
        if status.get("out_of_memory"):
            self._drop()
            needs = f"the program needs more than {self._max_memory_bytes >> 20} MiB"
            raise ToolError(f"MemoryError: {needs}\n{STATE_LOST} Files are kept.")
        if "error" in status:
            raise ToolError(str(status["error"]))
        value = status.get("value")
        return None if value is None else str(value)

    def close(self) -> None:
        """End the sandbox and remove its folder."""
        self._sandbox = self._folder = None
        self._held.close()

    def _start(self, stopped: Callable[[], bool]) -> _Sandbox:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise ToolError(
                'the python tool\'s backend "bubblewrap" needs the program bwrap: install the '
                f"package bubblewrap (Linux only), or {_WAY_BACK}"
            )
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="orchestra-python-"))
            self._held.callback(_remove, self._folder)
        sandbox = _Sandbox([bwrap, *_arguments(self._folder, self._max_memory_bytes)])
        self._held.callback(sandbox.close)
        try:
            sandbox.wait_until_ready(stopped)
        except _SandboxEnded as error:
            sandbox.close()
            raise ToolError(
                f"the bubblewrap sandbox does not start on this machine ({error}): let bwrap "
                f"create user namespaces (package bubblewrap), or {_WAY_BACK}"
            ) from error
        self._sandbox = sandbox
        return sandbox

    def _drop(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = None


class _SandboxEnded(Exception):
    """The sandbox is gone or must go; the message says why."""


class _Sandbox:
    """One bwrap process with the driver inside, and the pipes to it."""

    def __init__(self, command: list[str]) -> None:
        self._process = _spawn(command)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def wait_until_ready(self, stopped: Callable[[], bool]) -> None:
        """Until the driver has confined itself; raises with bwrap's own words where it cannot."""
        self._read_status(CappedOutput(), limit_s=_START_LIMIT_S, stopped=stopped)

    def run(
        self, code: str, output: CappedOutput, *, limit_s: float, stopped: Callable[[], bool]
    ) -> dict[str, Any]:
        """Send a program and read what it prints until the driver reports on it."""
        request = json.dumps({"code": code, "cpu_s": limit_s + 1}).encode("ascii") + b"\n"
        if len(request) > _MAX_REQUEST_BYTES:
            raise ToolError(f"the program is longer than {_MAX_REQUEST_BYTES >> 10} KiB")
        with suppress(BrokenPipeError):  # the end of the output pipe tells it better
            _pipe(self._process.stdin).write(request)
        return self._read_status(output, limit_s=limit_s, stopped=stopped)

    def close(self) -> None:
        """Kill every process in the sandbox: they end with the first one of their namespace."""
        if _pipe(self._process.stdout).closed:
            return
        self._process.kill()
        self._process.wait()
        self._wait_for_all()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            _pipe(pipe).close()

    def _read_status(
        self, output: CappedOutput, *, limit_s: float, stopped: Callable[[], bool]
    ) -> dict[str, Any]:
        deadline = time.monotonic() + limit_s
        status = bytearray()
        for pipe, chunk in self._chunks(status):
            if pipe == "output":
                output.write(self._decoder.decode(chunk))
            elif pipe == "status":
                status += chunk
            if pipe == "status" and (not chunk or len(status) > _MAX_STATUS_BYTES):
                raise _SandboxEnded(self._last_words(status))
            if stopped():
                raise _SandboxEnded(stopped_text(None))
            if time.monotonic() > deadline:
                raise _SandboxEnded(stopped_text(limit_s))
        return _parse_status(status)

    def _chunks(self, status: bytearray) -> Iterator[tuple[str, bytes]]:
        """What comes through either pipe, until the status is whole and all output is read."""
        with selectors.DefaultSelector() as selector:
            selector.register(_pipe(self._process.stdout), selectors.EVENT_READ, "output")
            selector.register(_pipe(self._process.stderr), selectors.EVENT_READ, "status")
            while True:
                reported = b"\n" in status
                ready = [key for key, _ in selector.select(0 if reported else _POLL_S)]
                if reported and all(key.data == "status" for key in ready):
                    return
                if not ready:
                    yield "nothing", b""
                for key in ready:
                    chunk = os.read(key.fd, 65_536)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    yield key.data, chunk

    def _last_words(self, status: bytearray) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        end = f"The program ended the interpreter (exit status {self._process.poll()})"
        return _first_line(status) or end

    def _wait_for_all(self) -> None:
        """Until the output pipe has no writer left: the last process of the sandbox is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(_pipe(self._process.stdout), selectors.EVENT_READ)
            while any(os.read(key.fd, 65_536) for key, _ in selector.select(1.0)):
                pass


def _parse_status(status: bytearray) -> dict[str, Any]:
    """The driver's report; it may be anything, as bwrap and a program can write there too."""
    try:
        message = json.loads(status.splitlines()[0])
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise _SandboxEnded(_first_line(status))
    return message


def _first_line(status: bytearray) -> str:
    return status.decode("utf-8", errors="replace").strip().partition("\n")[0][:300]


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    """Start it from a thread that lives as long as it does: --die-with-parent means that thread."""
    started: list[subprocess.Popen[bytes] | OSError] = []
    ready = threading.Event()

    def keep() -> None:
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            started.append(error)
            ready.set()
            return
        started.append(process)
        ready.set()
        process.wait()

    threading.Thread(target=keep, daemon=True, name="bubblewrap").start()
    ready.wait()
    if isinstance(started[0], OSError):
        raise ToolError(f"bwrap does not start ({started[0]}): {_WAY_BACK}")
    return started[0]


def _arguments(folder: Path, max_memory_bytes: int) -> list[str]:
    """bwrap's command line. Run by root it keeps just the right to become nobody, in the driver."""
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    arguments = ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
        # Every namespace but the user's: in one that root makes there is only root, and the kernel
        # lets root have as many processes as it likes.
        arguments += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
        arguments += ["--unshare-cgroup-try", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        arguments += ["--unshare-all"]
    arguments += ["--dev", "/dev", "--remount-ro", "/dev", "--bind", str(folder), "/tmp"]
    paths = (*_SYSTEM_LIBRARIES, "/etc/ld.so.cache", *_interpreter_paths(python))
    inside = {file: f"/functions/tools/{file.name}" for file in _FUNCTION_FILES}
    targets = (*paths, *inside.values())
    above = {str(parent): None for path in targets for parent in reversed(Path(path).parents)}
    for folder_above in above:  # left to itself, bwrap makes them for its own user only
        arguments += ["--dir", folder_above]
    for path in paths:
        arguments += ["--ro-bind-try", path, path]
    driver = str(Path(__file__).with_name("bubblewrap_driver.py"))
    for file, path in inside.items():
        arguments += ["--ro-bind", str(file), path]
    arguments += ["--ro-bind", driver, "/driver.py", "--remount-ro", "/", "--"]
    return [*arguments, str(python), "-IB", "-X", "utf8", "/driver.py", str(max_memory_bytes)]


def _interpreter_paths(python: Path) -> list[str]:
    """The base interpreter with its libraries and packages, not the virtual environment's."""
    prefixes = dict.fromkeys((Path(sys.base_prefix), python.parent.parent))
    libraries = [str(prefix / name) for prefix in prefixes for name in ("lib", "lib64")]
    return [str(python), *(path for path in libraries if path not in _SYSTEM_LIBRARIES)]


def _remove(folder: Path) -> None:
    """Also where a program took away its own rights to a folder."""
    for path, names, _ in os.walk(folder):
        for name in names:
            inner = Path(path, name)
            if not inner.is_symlink():
                inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
