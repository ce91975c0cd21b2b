"""The server that llama-cpp-python ships, as a process of its own on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_START_S = 60.0


@contextmanager
def llama_server(gguf: Path, *, alias: str, context_tokens: int = 2048) -> Iterator[str]:
    """Its base URL, once it answers."""
    port = _free_port()
    base_url = f"http://127.0.0.1:{port}/v1"
    options = {"model": gguf, "model_alias": alias, "n_ctx": context_tokens, "n_threads": 2}
    options |= {"host": "127.0.0.1", "port": port, "verbose": False}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "llama_cpp.server", *words]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            if not _answers(base_url, process):
                log.seek(0)
                raise RuntimeError(f"the server did not start: {log.read().decode()[-2000:]}")
            yield base_url
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(base_url: str, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            return httpx.get(f"{base_url}/models", trust_env=False, timeout=5).is_success
        except httpx.TransportError:
            time.sleep(0.1)
    return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
