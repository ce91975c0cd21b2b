"""An engine that only counts: a token is four characters, so budgets can be worked out."""

from __future__ import annotations

from collections.abc import Generator

from orchestra_cli.engines.base import Completion, Request

CHARS_A_TOKEN = 4


class CountingEngine:
    """An `Engine` for prompts that are never sent."""

    name = "counting"

    def __init__(self, context_tokens: int = 32_768) -> None:
        self.context_tokens = context_tokens
        self.longest = 0
        """Characters of the longest text that it was asked to count."""

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        yield from ()
        raise NotImplementedError

    def count_tokens(self, text: str) -> int:
        self.longest = max(self.longest, len(text))
        return -(-len(text) // CHARS_A_TOKEN)

    def close(self) -> None:
        pass
