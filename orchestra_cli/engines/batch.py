"""A batch of tokens for llama.cpp to evaluate: filled, run so that it can be stopped, and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from orchestra_cli.engines.library import load_library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Logits: TypeAlias = NDArray[np.float32]

ABORTED = 2
"""What `run` returns where it was stopped; 0 where it was not, anything else is an error."""


class Batch:
    """llama.cpp's `llama_batch` for one context, filled anew for each run."""

    def __init__(
        self, context: Any, *, max_tokens: int, max_sequences: int, vocab_size: int
    ) -> None:
        self._c = load_library()
        self._context = context
        self._vocab_size = vocab_size
        self._batch = self._c.llama_batch_init(max_tokens, 0, max_sequences)

    def clear(self) -> None:
        """Begin anew."""
        self._batch.n_tokens = 0

    def add(
        self, token: int, position: int, sequences: Sequence[int], *, read_logits: bool
    ) -> None:
        """One token more, which belongs to all those sequences."""
        batch, index = self._batch, self._batch.n_tokens
        batch.token[index] = token
        batch.pos[index] = position
        batch.n_seq_id[index] = len(sequences)
        for place, sequence in enumerate(sequences):
            batch.seq_id[index][place] = sequence
        batch.logits[index] = read_logits
        batch.n_tokens += 1

    def run(self, stop: Callable[[], bool] | None) -> int:
        """llama.cpp's status: see `ABORTED`."""
        with _Abort(self._context, stop):
            return int(self._c.llama_decode(self._context, self._batch))

    def logits(self, index: int) -> Logits:
        """After the token at that place, in llama.cpp's own memory: until the next run."""
        import numpy as np

        found = self._c.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(found, shape=(self._vocab_size,))

    def close(self) -> None:
        """Free its memory."""
        self._c.llama_batch_free(self._batch)


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
