"""Rollouts by a model that a server runs (vLLM, or any that is OpenAI-compatible), several at once.

The server must have the policy of the moment: whoever trains gives it the new adapter between two
calls of `roll`. Prompts are rendered here a second time, by the template that the server's model
has, since the server tells no text of its prompt.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from orchestra_cli.engines.base import Completion, Engine, Request
from orchestra_cli.prompts.template import ChatTemplate
from orchestra_cli.training.rollout import Group
from orchestra_cli.training.rollouts.base import Environments, Key
from orchestra_cli.training.rollouts.running import roll_out


class TemplatedEngine:
    """A remote engine whose model's template is known here."""

    def __init__(self, engine: Engine, template: ChatTemplate) -> None:
        self.name = engine.name
        self.context_tokens = engine.context_tokens
        self._engine = engine
        self._template = template

    def render(self, request: Request) -> str:
        """As the server does."""
        functions = () if request.functions_listed else request.functions
        return self._template.render(request.messages, functions)

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """The server's reply."""
        return self._engine.stream(request)

    def count_tokens(self, text: str) -> int:
        """An estimate."""
        return self._engine.count_tokens(text)

    def close(self) -> None:
        """As the engine does."""
        self._engine.close()


class EndpointRollouts:
    """A `RolloutSource`; `at_once` runs are under way at a time."""

    def __init__(
        self, environments: Environments, engine: TemplatedEngine, *, at_once: int = 16
    ) -> None:
        self._environments = environments
        self._engine = engine
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="rollout")

    def roll(self, keys: Sequence[Key], *, group_size: int, sampling_seed: int) -> Iterator[Group]:
        """See `RolloutSource`."""
        episodes = [
            self._environments[name].episode(index, seed=seed) for name, index, seed in keys
        ]
        running = [
            [
                self._pool.submit(
                    roll_out,
                    episode,
                    self._engine,
                    key=key,
                    number=number,
                    sampling_seed=sampling_seed,
                )
                for number in range(group_size)
            ]
            for key, episode in zip(keys, episodes, strict=True)
        ]
        try:
            for key, group in zip(keys, running, strict=True):
                yield Group(key, tuple(future.result() for future in group))
        finally:
            for future in (each for group in running for each in group):
                future.cancel()

    def close(self) -> None:
        """Runs that are under way come to their end."""
        self._pool.shutdown(cancel_futures=True)
        self._engine.close()
