"""The KV cache: which tokens it holds, and evaluating only those that it does not.

Two lanes (llama.cpp's sequences) share one cache: the policy's, LoRA adapter on, and the expert's,
adapter off, so that a turn in which the same weights also serve as an expert does not throw away
the policy's prefix. The invariant: `_tokens[lane]` is exactly what the cache holds for that lane.

A lane can branch out: further sequences then share its cells, go on differently, and are removed.

The constant prefix of a prompt (system text and tools) is kept on disk across processes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from orchestra_cli.engines.base import ContextOverflowError, EngineError
from orchestra_cli.engines.batch import ABORTED, Batch
from orchestra_cli.engines.hardware import thread_count
from orchestra_cli.engines.library import clear_log, first_error, load_library
from orchestra_cli.engines.prefix_store import PrefixStore
from orchestra_cli.engines.token_tree import Node, common_length
from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ModelError

if TYPE_CHECKING:
    from orchestra_cli.engines.batch import Logits

MAX_BRANCHES = 24
_BATCH_TOKENS = 256
_BATCH_OUTPUTS = 64
"""Tokens of a batch whose logits are read; llama.cpp keeps room for each over the vocabulary."""
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
        params.n_seq_max = len(Lane) + MAX_BRANCHES
        params.n_outputs_max = _BATCH_OUTPUTS
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
        self._batch = Batch(
            self._context,
            max_tokens=_BATCH_TOKENS,
            max_sequences=MAX_BRANCHES,
            vocab_size=c.llama_vocab_n_tokens(weights.vocab),
        )
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
        read_logits: bool = True,
    ) -> bool:
        """Make the cache hold exactly `tokens` for `lane`; False where `stop` cut it short.

        The first `constant` tokens are the same in every run, and are loaded from or saved to disk.
        The last one is evaluated again, for its logits, unless nobody reads them.
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
        kept = common_length(held, tokens[:-1] if read_logits else tokens)
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

    def room_after(self, lane: Lane) -> int:
        """How many tokens the context can hold beside those of `lane`."""
        return self._weights.context_tokens - len(self._tokens[lane])

    def branch_out(
        self, tree: Sequence[Node], *, lane: Lane, stop: Callable[[], bool]
    ) -> Generator[tuple[Node, Logits], None, None]:
        """Evaluate a tree after what `lane` holds: each node, and the logits that follow it.

        They are to be read before the next node is asked for. However this ends, nothing of the
        tree stays in the cache.
        """
        self._make_room(lane, len(self._tokens[lane]) + len(tree))
        sequences = [_sequence_of(branch) for branch in tree[0].branches]
        try:
            for sequence in sequences:
                self._c.llama_memory_seq_cp(self._memory, lane, sequence, -1, -1)
            for start in range(0, len(tree), _BATCH_OUTPUTS):
                chunk = tree[start : start + _BATCH_OUTPUTS]
                self._decode_nodes(chunk, lane, stop)
                for index, node in enumerate(chunk):
                    yield node, self._batch.logits(index)
        finally:
            for sequence in sequences:
                self._c.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def close(self) -> None:
        """Free the context's memory."""
        if self._context:
            self._batch.close()
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
            status = self._batch.run(stop)
            if status == ABORTED:
                self._truncate(lane, len(self._tokens[lane]))
                return False
            if status != 0:
                self._truncate(lane, 0)
                raise EngineError(f"llama.cpp could not evaluate {len(chunk)} tokens ({status})")
            self._tokens[lane].extend(chunk)
            self.evaluated += len(chunk)
        return True

    def _decode_nodes(self, nodes: Sequence[Node], lane: Lane, stop: Callable[[], bool]) -> None:
        start = len(self._tokens[lane]) - 1
        self._batch.clear()
        for node in nodes:
            sequences = [_sequence_of(branch) for branch in node.branches]
            self._batch.add(node.path[-1], start + len(node.path), sequences, read_logits=True)
        status = ABORTED if stop() else self._batch.run(stop)
        if status == ABORTED:
            raise EngineError("stopped while the options were weighed")
        if status != 0:
            raise EngineError(f"llama.cpp could not evaluate {len(nodes)} tokens ({status})")
        self.evaluated += len(nodes)

    def _fill_batch(self, chunk: Sequence[int], lane: Lane) -> None:
        start, last = len(self._tokens[lane]), len(chunk) - 1
        self._batch.clear()
        for index, token in enumerate(chunk):
            self._batch.add(token, start + index, (lane,), read_logits=index == last)

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


def _sequence_of(branch: int) -> int:
    return len(Lane) + branch
