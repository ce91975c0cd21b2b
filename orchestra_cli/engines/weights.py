"""A GGUF file in memory: its weights, vocabulary, chat template and LoRA adapter.

Everything that can be wrong with the file is a `ModelError` of one line that names it.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, Literal

from orchestra_cli.engines import hardware
from orchestra_cli.engines.gguf_file import Shape, load_model, read_head, shape_of, shape_of_file
from orchestra_cli.engines.library import clear_log, first_error, load_library
from orchestra_cli.errors import ModelError

_IS_ADAPTER = b"general.type" + (8).to_bytes(4, "little") + (7).to_bytes(8, "little") + b"adapter"
"""As a GGUF holds it: the key, the type string, its length, the string."""


class Weights:
    """A loaded model; `close` frees it."""

    def __init__(
        self,
        path: Path,
        *,
        adapter: Path | None = None,
        gpu_layers: int | Literal["auto"] = "auto",
        context: int | Literal["auto"] = "auto",
        default_context: int = 32_768,
    ) -> None:
        if _IS_ADAPTER in read_head(path):
            raise ModelError(
                f"{path}: a LoRA adapter: name it as [orchestrator] adapter, not model"
            )
        size = path.stat().st_size
        _refuse_too_large(path, size)
        self.path = path
        self._c = load_library()
        gpus = hardware.gpus()
        self.gpu_layers = 0
        if gpus:
            shape = shape_of_file(path)
            tokens = _context_tokens(shape, context, default_context, weights_bytes=0)
            self.gpu_layers = _gpu_layers(gpu_layers, gpus, size, shape, tokens)
        self.model = load_model(path, gpu_layers=self.gpu_layers)
        self.shape = shape_of(self.model)
        in_main = 0 if self.gpu_layers else size
        self.context_tokens = _context_tokens(
            self.shape, context, default_context, weights_bytes=in_main
        )
        if in_main:
            _refuse_too_large(path, size + self.context_tokens * self.shape.kv_bytes_per_token)
        self.vocab = self._c.llama_model_get_vocab(self.model)
        self.adapter_path = adapter
        self.adapter = _load_adapter(self.model, adapter, path) if adapter else None
        self.device = _describe_device(self.gpu_layers, self.shape.num_layers + 1, gpus)

    @property
    def chat_template(self) -> str | None:
        """The Jinja source that the file carries."""
        raw: bytes | None = self._c.llama_model_chat_template(self.model, None)
        return raw.decode("utf-8", errors="replace") if raw else None

    def special_text(self, which: Literal["bos", "eos"]) -> str:
        """The text of a special token, "" where the model has none."""
        token = getattr(self._c, f"llama_vocab_{which}")(self.vocab)
        return self.piece(token).decode("utf-8", errors="replace") if token >= 0 else ""

    def tokenize(self, text: str) -> list[int]:
        """Tokens of a rendered prompt: special tokens are read as such and no BOS is added."""
        raw = text.encode("utf-8", errors="replace")
        capacity = len(raw) + 8
        tokens = (self._c.llama_token * capacity)()
        count = self._c.llama_tokenize(self.vocab, raw, len(raw), tokens, capacity, False, True)
        if count < 0:
            raise RuntimeError(f"tokenizing {len(raw)} bytes needed more than {capacity} tokens")
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of one token; part of a character is possible."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = self._c.llama_token_to_piece(self.vocab, token, buffer, size, 0, True)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def ends(self, token: int) -> bool:
        """Whether generation stops at this token."""
        return bool(self._c.llama_vocab_is_eog(self.vocab, token))

    def close(self) -> None:
        """Free the memory. Contexts made from it must be closed before."""
        if self.model:
            self._c.llama_model_free(self.model)
            self.model = None


def _refuse_too_large(path: Path, needed: int) -> None:
    free = hardware.available_memory_bytes()
    if needed > free:
        raise ModelError(
            f"{path}: needs {needed / 2**30:.1f} GiB of memory, {free / 2**30:.1f} GiB are free: "
            "take a smaller quantisation, or a smaller [orchestrator] context in config.toml"
        )


def _load_adapter(model: Any, adapter: Path, base: Path) -> Any:
    read_head(adapter)
    clear_log(adapter)
    loaded = load_library().llama_adapter_lora_init(model, os.fsencode(adapter))
    if not loaded:
        reason = first_error() or "llama.cpp gave no reason"
        raise ModelError(f"{adapter}: no LoRA adapter for {base.name} ({reason}): check the pair")
    return loaded


def _context_tokens(
    shape: Shape, wanted: int | Literal["auto"], default: int, *, weights_bytes: int
) -> int:
    """What is asked for; else as much of the model's window as half the memory left can hold."""
    if wanted != "auto":
        return wanted
    free = hardware.available_memory_bytes() - weights_bytes
    affordable = free // 2 // max(1, shape.kv_bytes_per_token)
    return max(512, min(default, shape.trained_context, affordable))


def _gpu_layers(
    wanted: int | Literal["auto"],
    gpus: list[hardware.Gpu],
    weights_bytes: int,
    shape: Shape,
    context_tokens: int,
) -> int:
    if wanted != "auto":
        return min(wanted, shape.num_layers + 1)
    return hardware.layers_that_fit(
        free_bytes=[gpu.free_bytes for gpu in gpus],
        weights_bytes=weights_bytes,
        kv_bytes=shape.kv_bytes_per_token * context_tokens,
        num_layers=shape.num_layers,
    )


def _describe_device(gpu_layers: int, all_layers: int, gpus: list[hardware.Gpu]) -> str:
    if gpu_layers:
        return f"{gpu_layers} of {all_layers} layers on {gpus[0].name}"
    cpu = f"CPU, {hardware.thread_count()} threads"
    return f"{cpu}, GPU unused" if gpus else cpu
