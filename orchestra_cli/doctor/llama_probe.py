"""llama.cpp asked in a process of its own: a wrong build does not raise, it kills.

A library made for another CPU dies of SIGILL, a broken driver of an abort, a damaged file of
SIGBUS: the parent then gets a `ProbeError` of one line, and lives. Run as a script this module is
the child, which prints one JSON document.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BUILD_TIMEOUT_S = 30.0


class ProbeError(Exception):
    """Why llama.cpp gave no answer."""


class ProbeTimeoutError(ProbeError):
    """It was still at it when its time was over."""


@dataclass(frozen=True, slots=True)
class BuildGpu:
    """A GPU that this build can offload to."""

    name: str
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Build:
    """What the installed llama.cpp is, in its own words."""

    system_info: str
    backends: tuple[str, ...]
    supports_offload: bool
    gpus: tuple[BuildGpu, ...]
    threads: int
    available_bytes: int
    """Main memory that can be taken."""


def probe_build() -> Build:
    """Load the library and ask it. Raises ProbeError."""
    answer = run_probe(["build"], timeout_s=_BUILD_TIMEOUT_S)
    gpus = tuple(BuildGpu(**gpu) for gpu in answer.pop("gpus"))
    return Build(**answer | {"gpus": gpus, "backends": tuple(answer["backends"])})


def run_probe(arguments: list[str], *, timeout_s: float) -> dict[str, Any]:
    """The child's JSON document. Raises ProbeError."""
    command = [sys.executable, "-P", "-m", __name__, *arguments]
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        raise ProbeTimeoutError(f"not done within {timeout_s:.0f} s") from None
    if result.returncode:
        raise ProbeError(_last_words(result.returncode, result.stderr.decode("utf-8", "replace")))
    try:
        document: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise ProbeError("it ended without an answer") from None
    return document


def _last_words(code: int, stderr: str) -> str:
    """Of a child that failed: its last line, or the signal that it died of."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"llama.cpp died of {name}"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1].removeprefix("orchestra: ") if lines else f"exit status {code}"


def _describe_build() -> dict[str, Any]:
    from orchestra_cli.engines import hardware
    from orchestra_cli.engines.library import load_library

    c = load_library()
    return {
        "system_info": c.llama_print_system_info().decode("utf-8", "replace"),
        "backends": _backends(),
        "supports_offload": bool(c.llama_supports_gpu_offload()),
        "gpus": [dataclasses.asdict(gpu) for gpu in hardware.gpus()],
        "threads": hardware.thread_count(),
        "available_bytes": hardware.available_memory_bytes(),
    }


def _backends() -> list[str]:
    """What it was built with, devices or not: such as CUDA and CPU."""
    import ctypes

    from orchestra_cli.engines.library import shared_library

    registry, names = shared_library("libggml"), shared_library("libggml-base")
    registry.ggml_backend_reg_count.restype = ctypes.c_size_t
    registry.ggml_backend_reg_get.restype = ctypes.c_void_p
    registry.ggml_backend_reg_get.argtypes = [ctypes.c_size_t]
    names.ggml_backend_reg_name.restype = ctypes.c_char_p
    names.ggml_backend_reg_name.argtypes = [ctypes.c_void_p]
    found = map(registry.ggml_backend_reg_get, range(registry.ggml_backend_reg_count()))
    return [names.ggml_backend_reg_name(each).decode("utf-8", "replace") for each in found]


def _main(what: str, *arguments: str) -> None:
    from orchestra_cli.__main__ import own_packages_first

    own_packages_first()
    from orchestra_cli.errors import ModelError

    try:
        if what == "build":
            answer = _describe_build()
        else:
            from orchestra_cli.doctor.speed import measure_file

            answer = measure_file(Path(arguments[0]), gpu_layers=arguments[1])
    except ModelError as error:
        sys.exit(str(error))
    print(json.dumps(answer))


if __name__ == "__main__":
    _main(*sys.argv[1:])
