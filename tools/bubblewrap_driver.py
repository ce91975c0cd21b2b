"""The program inside the bubblewrap sandbox: reads programs, runs them in one namespace, reports.

It is started by `tools.bubblewrap` with a request pipe as stdin, the output pipe as stdout and the
status pipe as stderr, and imports nothing of ours but `tools.python_functions`. Requests and
statuses are JSON, one a line. The programs can reach everything here, so nothing that it reports is
trusted outside.
"""

from __future__ import annotations

import ast
import builtins
import json
import linecache
import math
import os
import resource
import sys
import traceback
import types
from typing import Any

_NOBODY = 65534
_MAX_SHOWN_CHARS = 20_000
_MAX_ERROR_CHARS = 4_000
_MAX_FRAMES = 6
_MAX_FILE_BYTES = 64 << 20
_MAX_PROCESSES = 32
_MAX_OPEN_FILES = 128
_FUNCTIONS = "/functions"
"""Where the sandbox has `tools.python_functions`."""


def main(max_memory_bytes: int) -> None:
    """Serve programs until the request pipe ends."""
    requests = os.fdopen(os.dup(0), "rb")
    status = os.dup(2)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(1, 2)
    _confine(max_memory_bytes)
    _lend_functions()
    main_module = types.ModuleType("__main__")
    sys.modules["__main__"] = main_module
    sys.argv = [""]
    own_pid = os.getpid()
    _report(status, {"ready": True})
    for number, line in enumerate(requests, start=1):
        result = _run(json.loads(line), f"<program {number}>", main_module.__dict__)
        if os.getpid() != own_pid:
            os._exit(0)  # a child that a program forked and let run on
        _report(status, result)


def _confine(max_memory_bytes: int) -> None:
    """Give up root where the sandbox runs as root, then the limits: root is exempt from some."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    os.environ.clear()
    os.chdir("/tmp")
    for limit, value in (
        (resource.RLIMIT_AS, max_memory_bytes),
        (resource.RLIMIT_FSIZE, _MAX_FILE_BYTES),
        (resource.RLIMIT_NPROC, _MAX_PROCESSES),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _lend_functions() -> None:
    """As builtins, so that a program can have its own of the same name."""
    sys.path.append(_FUNCTIONS)
    from tools.python_functions import FUNCTIONS

    sys.path.remove(_FUNCTIONS)
    vars(builtins).update(FUNCTIONS)


def _run(request: dict[str, Any], name: str, namespace: dict[str, Any]) -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = math.ceil(used.ru_utime + used.ru_stime + request["cpu_s"])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    sys.stdout = open(1, "w", 1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    try:
        return {"value": _execute(request["code"], name, namespace)}
    except MemoryError:
        return {"out_of_memory": True}
    except SystemExit as error:
        return {"value": None} if error.code in (None, 0) else {"error": f"SystemExit: {error}"}
    except BaseException as error:
        return {"error": _error_text(error)}
    finally:
        _flush()


def _execute(code: str, name: str, namespace: dict[str, Any]) -> str | None:
    """Run it as a notebook cell; the text of its last expression's value, None for no value."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), namespace)
    if not isinstance(last, ast.Expr):
        return None
    value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
    if value is None:
        return None
    shown = repr(float(f"{value:.15g}")) if type(value) is float else repr(value)
    return _cut(shown, _MAX_SHOWN_CHARS)


def _error_text(error: BaseException) -> str:
    """One line on what went wrong, then where in the program it did."""
    frames = error.__traceback__
    while frames is not None and not frames.tb_frame.f_code.co_filename.startswith("<program"):
        frames = frames.tb_next
    report = traceback.TracebackException(type(error), error, frames, limit=-_MAX_FRAMES)
    report.stack[:] = [each for each in report.stack if not each.filename.startswith(_FUNCTIONS)]
    *where, summary = report.format(chain=False)
    text = _cut("".join(where).rstrip(), _MAX_ERROR_CHARS)
    return f"{_cut(summary.strip(), _MAX_ERROR_CHARS)}\n{text}".rstrip()


def _cut(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    half = max_chars // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters cut …]\n{text[-half:]}"


def _flush() -> None:
    """What a program did to the streams must not end the driver."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            continue


def _report(status: int, message: dict[str, Any]) -> None:
    rest = json.dumps(message).encode("ascii") + b"\n"
    while rest:
        rest = rest[os.write(status, rest) :]


if __name__ == "__main__":
    main(int(sys.argv[1]))
