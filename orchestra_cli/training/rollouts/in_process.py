"""Rollouts by an engine of this process, one after the other: a group shares what it has cached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestra_cli.training.recorder import RenderingEngine
from orchestra_cli.training.rollout import Group
from orchestra_cli.training.rollouts.base import Environments, Key
from orchestra_cli.training.rollouts.running import roll_out

if TYPE_CHECKING:
    from orchestra_cli.engines.llama import LlamaEngine


class InProcessRollouts:
    """A `RolloutSource` over a torch engine, or llama.cpp with the newest adapter."""

    def __init__(self, environments: Environments, engine: Callable[[], RenderingEngine]) -> None:
        """`engine` is asked at the start of each `roll`."""
        self._environments = environments
        self._engine = engine

    def roll(self, keys: Sequence[Key], *, group_size: int, sampling_seed: int) -> Iterator[Group]:
        """See `RolloutSource`."""
        engine = self._engine()
        for key in keys:
            name, index, seed = key
            episode = self._environments[name].episode(index, seed=seed)
            rollouts = tuple(
                roll_out(episode, engine, key=key, number=number, sampling_seed=sampling_seed)
                for number in range(group_size)
            )
            yield Group(key, rollouts)

    def close(self) -> None:
        """The engine is whoever gave it's."""


class NewestAdapter:
    """A llama.cpp engine over a model and an adapter file, loaded anew when that has changed."""

    def __init__(self, model: Path, adapter: Path, *, context_tokens: int = 8192) -> None:
        """Without an adapter's file yet, the bare model conducts."""
        self._model = model
        self._adapter = adapter
        self._context_tokens = context_tokens
        self._engine: LlamaEngine | None = None
        self._stamp: tuple[int, int] | None = None

    def __call__(self) -> LlamaEngine:
        """The engine as of now. Raises ModelError."""
        stamp = _stamp_of(self._adapter)
        if self._engine is None or stamp != self._stamp:
            self.close()
            self._engine, self._stamp = self._load(with_adapter=stamp is not None), stamp
        return self._engine

    def close(self) -> None:
        """Free the memory."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _load(self, *, with_adapter: bool) -> LlamaEngine:
        from orchestra_cli.engines.llama import LlamaEngine
        from orchestra_cli.engines.weights import Weights

        weights = Weights(
            self._model,
            adapter=self._adapter if with_adapter else None,
            context=self._context_tokens,
        )
        return LlamaEngine(weights, name=self._model.stem)


def _stamp_of(file: Path) -> tuple[int, int] | None:
    if not file.exists():
        return None
    status = file.stat()
    return status.st_mtime_ns, status.st_size
