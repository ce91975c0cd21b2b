"""A torch model's key-value cache, kept from prompt to prompt.

The invariant: the cache holds exactly `_tokens`, evaluated by the weights of the moment. It is
dropped when a trained parameter has changed since, or when the adapter is switched.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from orchestra_cli.engines.token_tree import common_length

if TYPE_CHECKING:
    from torch import Tensor


class KeptPrompt:
    """The tokens that a model has read last."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache = DynamicCache()
        self._tokens: list[int] = []
        self._stamp: tuple[object, ...] = ()
        self.evaluated = 0
        """Tokens so far: what the cache did not spare."""

    def read(self, tokens: Sequence[int], *, as_expert: bool) -> Tensor:
        """Make it hold exactly these; the logits (V,) after the last one."""
        stamp = (as_expert, *(p._version for p in self._model.parameters() if p.requires_grad))
        if stamp != self._stamp:
            self._cache, self._tokens, self._stamp = DynamicCache(), [], stamp
        kept = common_length(self._tokens, tokens[:-1])
        self._forget(len(self._tokens) - kept)
        return self._forward(tokens[kept:], as_expert=as_expert, last_only=True)[-1]

    def append(self, token: int, *, as_expert: bool) -> Tensor:
        """One more; the logits (V,) after it."""
        return self._forward([token], as_expert=as_expert, last_only=True)[-1]

    def log_likelihood(self, tokens: Sequence[int], *, as_expert: bool) -> float:
        """Of all but the first of `tokens`, read after what is held; nothing of them stays."""
        if len(tokens) < 2:
            return 0.0
        logits = self._forward(tokens[:-1], as_expert=as_expert, last_only=False)  # (n, V)
        self._forget(len(tokens) - 1)
        following = torch.tensor(tokens[1:], device=logits.device)
        logs = torch.log_softmax(logits.double(), dim=-1)
        return float(logs.gather(1, following[:, None]).sum())

    def _forward(self, tokens: Sequence[int], *, as_expert: bool, last_only: bool) -> Tensor:
        device = next(self._model.parameters()).device
        with torch.no_grad(), self._adapter_off() if as_expert else nullcontext():
            output = self._model(
                input_ids=torch.tensor([list(tokens)], device=device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1 if last_only else 0,
            )
        self._tokens.extend(tokens)
        self.evaluated += len(tokens)
        logits: Tensor = output.logits[0].float()
        return logits

    def _adapter_off(self) -> AbstractContextManager[Any]:
        disable = getattr(self._model, "disable_adapter", None)
        off: AbstractContextManager[Any] = disable() if disable else nullcontext()
        return off

    def _forget(self, count: int) -> None:
        """The last ones."""
        if count:
            self._cache.crop(-count)
            del self._tokens[len(self._tokens) - count :]
