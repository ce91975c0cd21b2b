"""A GGUF file as llama.cpp reads it: the first bytes, the metadata, the model.

Everything that can be wrong with the file is a `ModelError` of one line that names it.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestra_cli.engines.library import clear_log, first_error, load_library
from orchestra_cli.errors import ModelError

_MAGIC = b"GGUF"
_HEAD_BYTES = 65_536
_KV_VALUE_BYTES = 2  # f16


@dataclass(frozen=True, slots=True)
class Shape:
    """The figures that size a context, from the file's header."""

    num_layers: int
    trained_context: int
    kv_bytes_per_token: int


def read_head(path: Path) -> bytes:
    """The file's first bytes, which are a GGUF's."""
    if not path.is_file():
        raise ModelError(f"{path}: no such model file: give the path of a .gguf, or `embedded`")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}: make it readable, or take another") from None
    if not head.startswith(_MAGIC):
        raise ModelError(f"{path}: not a GGUF file: llama.cpp reads .gguf models only")
    return head


def load_model(path: Path, *, gpu_layers: int, vocab_only: bool = False) -> Any:
    """llama.cpp's model, which the caller frees; no weights are read where `vocab_only`."""
    c = load_library()
    params = c.llama_model_default_params()
    params.n_gpu_layers = gpu_layers
    params.vocab_only = vocab_only
    clear_log(path)
    model = c.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise ModelError(_load_failure(path, first_error()))
    return model


def _load_failure(path: Path, reason: str) -> str:
    if "unknown model architecture" in reason:
        return f"{path}: {reason}: a newer llama-cpp-python may know it, or take another model"
    if "not within the file bounds" in reason or "failed to read" in reason or "exceeds" in reason:
        return f"{path}: the file is truncated or damaged ({reason}): fetch it again"
    return f"{path}: cannot be loaded: {reason or 'llama.cpp gave no reason'}: try another file"


def shape_of_file(path: Path) -> Shape:
    """Read before the weights are, to know how many layers a GPU can hold."""
    model = load_model(path, gpu_layers=0, vocab_only=True)
    try:
        return shape_of(model)
    finally:
        load_library().llama_model_free(model)


def shape_of(model: Any) -> Shape:
    """From the metadata of a loaded model."""

    def number(key: str, default: int) -> int:
        text = read_metadata(model, f"{architecture}.{key}")
        return int(text) if text and text.isdigit() else default

    architecture = read_metadata(model, "general.architecture")
    layers = number("block_count", 32)
    heads = number("attention.head_count", 32) or 1  # a model without attention says 0
    kv_heads = number("attention.head_count_kv", heads)
    head_size = number("attention.key_length", number("embedding_length", 4096) // heads)
    return Shape(
        num_layers=layers,
        trained_context=number("context_length", 4096),
        kv_bytes_per_token=2 * layers * kv_heads * head_size * _KV_VALUE_BYTES,
    )


def read_metadata(model: Any, key: str) -> str | None:
    """The value as text; None where the file does not have the key."""
    buffer = ctypes.create_string_buffer(256)
    c = load_library()
    length = c.llama_model_meta_val_str(model, key.encode(), buffer, len(buffer))
    return buffer.value.decode("utf-8", errors="replace") if length >= 0 else None
