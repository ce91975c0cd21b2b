"""The evaluated state of constant prompt prefixes, kept on disk across processes.

A file's name is a hash of everything that the state depends on: the model file, the adapter, the
llama.cpp build and the tokens (which hold template, system text and tools). So a stale state is
never found, and the files can be deleted at any time. A file ends in a digest of the rest of it:
llama.cpp would read a damaged one without a word, and answer nonsense.
"""

from __future__ import annotations

import ctypes
import os
from array import array
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.weights import Weights

_MAX_FOLDER_BYTES = 2**30
_DIGEST_BYTES = 16


class PrefixStore:
    """Saved prefixes of one model."""

    def __init__(self, folder: Path, weights: Weights) -> None:
        self._folder = folder
        self._model_key = _identity(weights.path)
        self._adapter_key = _identity(weights.adapter_path) if weights.adapter_path else ""
        self._c = load_library()

    def path_of(self, tokens: Sequence[int], *, adapter_on: bool) -> Path:
        """Where the state of these tokens is or would be."""
        key = blake2b(digest_size=16)
        adapter = self._adapter_key if adapter_on else ""
        for part in (self._model_key, adapter, self._c.__version__):
            key.update(part.encode() + b"\0")
        key.update(array("i", tokens).tobytes())
        return self._folder / f"{key.hexdigest()}.state"

    def load(self, context: Any, path: Path, sequence: int, tokens: Sequence[int]) -> bool:
        """Put the saved state into the context's sequence; False where there is none that fits."""
        with suppress(OSError):  # another process may prune the folder at any time
            if _is_whole(path) and self._read(context, path, sequence, tokens):
                os.utime(path)
                return True
            path.unlink(missing_ok=True)
        return False

    def _read(self, context: Any, path: Path, sequence: int, tokens: Sequence[int]) -> bool:
        held = (self._c.llama_token * len(tokens))()
        count = ctypes.c_size_t()
        read = self._c.llama_state_seq_load_file(
            context, os.fsencode(path), sequence, held, len(tokens), ctypes.byref(count)
        )
        if read and list(held[: count.value]) == list(tokens):
            return True
        memory = self._c.llama_get_memory(context)
        self._c.llama_memory_seq_rm(memory, sequence, -1, -1)
        return False

    def save(self, context: Any, path: Path, sequence: int, tokens: Sequence[int]) -> None:
        """Keep the sequence's state; a full disk only costs the next process its time."""
        partial = path.with_suffix(f".{os.getpid()}.part")
        held = (self._c.llama_token * len(tokens))(*tokens)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            written = self._c.llama_state_seq_save_file(
                context, os.fsencode(partial), sequence, held, len(tokens)
            )
            if written:
                _seal(partial)
                partial.replace(path)
            self._prune()
        with suppress(OSError):
            partial.unlink(missing_ok=True)

    def _prune(self) -> None:
        """Drop the least recently used files over the folder's size."""
        files = sorted(self._folder.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > _MAX_FOLDER_BYTES:
                file.unlink(missing_ok=True)


def _identity(path: Path) -> str:
    """What changes when the file does, without reading it whole."""
    facts = path.stat()
    return f"{path.resolve()}:{facts.st_size}:{facts.st_mtime_ns}"


def _seal(path: Path) -> None:
    """Append the digest; llama.cpp does not look at what follows the state."""
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(digest)


def _is_whole(path: Path) -> bool:
    size = path.stat().st_size - _DIGEST_BYTES
    if size <= 0:
        return False
    with path.open("rb") as file:
        file.seek(size)
        return file.read() == _digest(path, size)


def _digest(path: Path, size: int) -> bytes:
    """Of the first `size` bytes."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    with path.open("rb") as file:
        while size > 0 and (block := file.read(min(size, 2**20))):
            digest.update(block)
            size -= len(block)
    return digest.digest()
