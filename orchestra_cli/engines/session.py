"""The KV cache: which tokens it holds, and evaluating only those that it does not.

Two lanes (llama.cpp's sequences) share one cache: the policy's, LoRA adapter on, and the expert's,
adapter off, so that a turn in which the same weights also serve as an expert does not throw away
the policy's prefix. The invariant: `_tokens[lane]` is exactly what the cache holds for that lane.

The constant prefix of a prompt (system text and tools) is kept on disk across processes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

from orchestra_cli.engines.base import ContextOverflowError, EngineError
from orchestra_cli.engines.hardware import thread_count
from orchestra_cli.engines.library import clear_log, first_error, load_library
from orchestra_cli.engines.prefix_store import PrefixStore
from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ModelError

_BATCH_TOKENS = 256
_ABORTED = 2
_MIN_SAVED_TOKENS = 32
"""A shorter prefix is evaluated faster than a file is read."""


class Lane(IntEnum):
    """Who the cached tokens belong to."""

    POLICY = 0
    EXPERT = 1


class Session:
    """A llama.cpp context over loaded weights."""

    def __init__(self, weights: Weights, store: PrefixStore | None = None) -> None:
        c = load_library()
        params = c.llama_context_default_params()
        params.n_ctx = weights.context_tokens
        params.n_batch = params.n_ubatch = _BATCH_TOKENS
        params.n_seq_max = len(Lane)
        params.n_outputs_max = len(Lane)
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = thread_count()
        params.flash_attn_type = c.LLAMA_FLASH_ATTN_TYPE_AUTO
        clear_log(weights.path)
        self._c = c
        self._weights = weights
        self._context = c.llama_init_from_model(weights.model, params)
        if not self._context:
            reason = first_error() or "out of memory"
            raise ModelError(
                f"{weights.path}: no context of {weights.context_tokens} tokens ({reason}): "
                "set a smaller [orchestrator] context in config.toml"
            )
        self._memory = c.llama_get_memory(self._context)
        self._batch = c.llama_batch_init(_BATCH_TOKENS, 0, 1)
        self._tokens: dict[Lane, list[int]] = {s: [] for s in Lane}
        self._adapter_on = False
        self._store = store
        self.evaluated = 0
        """Tokens evaluated since the session began: what the cache did not spare."""

    @property
    def context(self) -> Any:
        """The llama_context, for samplers."""
        return self._context

    def evaluate(
        self,
        tokens: Sequence[int],
        *,
        lane: Lane,
        stop: Callable[[], bool],
        constant: int = 0,
    ) -> bool:
        """Make the cache hold exactly `tokens` for `lane`; False where `stop` cut it short.

        The first `constant` tokens are the same in every run, and are loaded from or saved to disk.
        Raises ContextOverflowError where the tokens cannot fit.
        """
        if len(tokens) >= self._weights.context_tokens:
            raise ContextOverflowError(
                f"the prompt has {len(tokens)} tokens and the model's context holds "
                f"{self._weights.context_tokens}"
            )
        self._switch_adapter(on=lane is Lane.POLICY)
        self._make_room(lane, len(tokens))
        held = self._tokens[lane]
        kept = _common_length(held, tokens[: len(tokens) - 1])
        if kept < constant and constant >= _MIN_SAVED_TOKENS and self._store is not None:
            kept = self._restore_or_save(tokens[:constant], lane, stop, self._store)
        self._truncate(lane, kept)
        return self._decode(tokens[kept:], lane, stop)

    def append(self, token: int, lane: Lane) -> bool:
        """Add one sampled token; False where the context is full."""
        total = sum(len(held) for held in self._tokens.values())
        if total + 1 > self._weights.context_tokens:
            other = Lane(1 - lane)
            if not self._tokens[other]:
                return False
            self._truncate(other, 0)
        return self._decode([token], lane, None)

    def close(self) -> None:
        """Free the context's memory."""
        if self._context:
            self._c.llama_batch_free(self._batch)
            self._c.llama_free(self._context)
            self._context = None

    def _restore_or_save(
        self,
        prefix: Sequence[int],
        lane: Lane,
        stop: Callable[[], bool],
        store: PrefixStore,
    ) -> int:
        """Have the constant prefix in the cache, from disk where it is there."""
        path = store.path_of(prefix, adapter_on=lane is Lane.POLICY)
        self._truncate(lane, 0)
        if store.load(self._context, path, lane, prefix):
            self._tokens[lane] = list(prefix)
            return len(prefix)
        if not self._decode(prefix, lane, stop):
            return len(self._tokens[lane])
        store.save(self._context, path, lane, prefix)
        return len(prefix)

    def _decode(self, tokens: Sequence[int], lane: Lane, stop: Callable[[], bool] | None) -> bool:
        for start in range(0, len(tokens), _BATCH_TOKENS):
            if stop is not None and stop():
                return False
            chunk = tokens[start : start + _BATCH_TOKENS]
            self._fill_batch(chunk, lane)
            with _Abort(self._context, stop):
                status = self._c.llama_decode(self._context, self._batch)
            if status == _ABORTED:
                self._truncate(lane, len(self._tokens[lane]))
                return False
            if status != 0:
                self._truncate(lane, 0)
                raise EngineError(f"llama.cpp could not evaluate {len(chunk)} tokens ({status})")
            self._tokens[lane].extend(chunk)
            self.evaluated += len(chunk)
        return True

    def _fill_batch(self, chunk: Sequence[int], lane: Lane) -> None:
        batch, start = self._batch, len(self._tokens[lane])
        batch.n_tokens = len(chunk)
        for i, token in enumerate(chunk):
            batch.token[i] = token
            batch.pos[i] = start + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = lane
            batch.logits[i] = i == len(chunk) - 1

    def _truncate(self, lane: Lane, length: int) -> None:
        self._c.llama_memory_seq_rm(self._memory, lane, length, -1)
        del self._tokens[lane][length:]

    def _make_room(self, lane: Lane, needed: int) -> None:
        other = Lane(1 - lane)
        if needed + len(self._tokens[other]) > self._weights.context_tokens:
            self._truncate(other, 0)

    def _switch_adapter(self, *, on: bool) -> None:
        adapter = self._weights.adapter
        if adapter is None or on == self._adapter_on:
            return
        adapters = (self._c.llama_adapter_lora_p_ctypes * 1)(adapter)
        scales = (ctypes.c_float * 1)(1.0)
        if self._c.llama_set_adapters_lora(self._context, adapters, int(on), scales):
            raise EngineError(f"{self._weights.adapter_path}: llama.cpp could not switch it")
        self._adapter_on = on


class _Abort:
    """Lets a long prefill be stopped in the middle, by `stop` or by Ctrl-C.

    Only with a `stop`: the callback runs for each node of the graph, too dear for a single token.
    """

    def __init__(self, context: Any, stop: Callable[[], bool] | None) -> None:
        self._context = context
        self._stop = stop
        self._interrupt: KeyboardInterrupt | None = None
        self._c = load_library()
        self._callback = self._c.ggml_abort_callback(self._should_stop)

    def _should_stop(self, data: Any) -> bool:
        try:
            return self._stop is not None and self._stop()
        except KeyboardInterrupt as interrupt:  # ctypes would print it and go on
            self._interrupt = interrupt
            return True

    def __enter__(self) -> None:
        if self._stop is not None:
            self._c.llama_set_abort_callback(self._context, self._callback, None)

    def __exit__(self, *exception: object) -> None:
        if self._stop is not None:
            none = self._c.ggml_abort_callback()
            self._c.llama_set_abort_callback(self._context, none, None)
        if self._interrupt is not None:
            raise self._interrupt


def _common_length(held: Sequence[int], wanted: Sequence[int]) -> int:
    length = 0
    for a, b in zip(held, wanted, strict=False):
        if a != b:
            break
        length += 1
    return length
