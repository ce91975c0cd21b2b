"""Rewrites a GGUF with another quantisation.

llama.cpp runs in a process of its own: it is loaded before the engine has chosen its environment,
it writes to stderr as it likes, and it aborts rather than raises. That process runs this very file
as a script, so nothing of ours is imported at the top.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path


def requantise(source: Path, target: Path, *, store_as: str) -> None:
    """Write `target` from `source`, whose own quantisation may be a lossy one."""
    from orchestra_cli.errors import ModelError

    command = [sys.executable, "-P", __file__, str(source), str(target), store_as]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if result.returncode:
        lines = result.stderr.decode("utf-8", "replace").split("\n")
        reason = next((line for line in reversed(lines) if line.strip()), "no reason given")
        raise ModelError(
            f"{source.name}: llama.cpp cannot write it as {store_as} "
            f"(exit {result.returncode}: {reason.strip()}): reinstall llama-cpp-python"
        )


def _main(source: str, target: str, store_as: str) -> None:
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{store_as}")
    parameters.allow_requantize = True
    parameters.nthread = os.cpu_count() or 1
    failed = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(target), ctypes.byref(parameters)
    )
    sys.exit(f"llama_model_quantize returned {failed}" if failed else 0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
