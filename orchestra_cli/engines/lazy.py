"""An engine that is loaded when it is first asked: a run that never asks need not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from typing import Generic, TypeVar

from orchestra_cli.engines.base import Completion, Engine, EngineError, Request, Scorer, Scores

Loaded = TypeVar("Loaded", bound=Engine)


class LazyEngine(Generic[Loaded]):
    """An `Engine` that stands for the one that `load` makes."""

    def __init__(self, load: Callable[[], Loaded], *, name: str, context_tokens: int) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self._load = load
        self._lock = threading.Lock()
        self._engine: Loaded | None = None

    def loaded(self) -> Loaded:
        """The engine itself. Raises ModelError."""
        with self._lock:
            if self._engine is None:
                self._engine = self._load()
                self.context_tokens = self._engine.context_tokens
            return self._engine

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """As the engine does."""
        return self.loaded().stream(request)

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        """As the engine does. Raises EngineError where it cannot."""
        engine: Engine = self.loaded()
        if not isinstance(engine, Scorer):
            raise EngineError(f"{self.name} cannot say how likely a continuation is")
        return engine.score(request, continuations)

    def count_tokens(self, text: str) -> int:
        """As the engine does."""
        return self.loaded().count_tokens(text)

    def close(self) -> None:
        """Free what was loaded."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
