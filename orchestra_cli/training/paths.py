"""From a sample to what is trained on: token paths through a prompt and a reply.

Of a reply every token counts, the end of the turn included; of a prompt none. Where a teacher says
how likely each option should be, each option is a path weighted so, as far as it takes to tell it
from the others; the one that was taken goes on to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orchestra_cli.training.rollout import Sample

_NEGLIGIBLE = 0.005


@dataclass(frozen=True, slots=True)
class TokenPath:
    """A prompt and how it goes on."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]
    weight: float = 1.0
    skipped: int = 0
    """Tokens of the reply that another path answers for already."""


class Tokens:
    """Text into tokens as the engine sees them: prompt and reply each by itself."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.end = int(tokenizer.eos_token_id)
        """What ends a turn."""

    def of(self, text: str) -> tuple[int, ...]:
        """With no token of its own added."""
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))


def paths_of(sample: Sample, tokens: Tokens) -> list[TokenPath]:
    """What is learned from a given reply."""
    prompt = tokens.of(sample.prompt)
    reply = tokens.of(sample.reply)
    whole = (*reply, tokens.end) if sample.ended else reply
    if not sample.target:
        return [TokenPath(prompt, whole)]
    options = option_beginnings(sample.options, tokens)
    paths = [
        TokenPath(prompt, option, weight)
        for option, weight in zip(options, sample.target, strict=True)
        if weight >= _NEGLIGIBLE
    ]
    taken = options[sample.options.index(sample.reply)]
    return [*paths, TokenPath(prompt, whole, skipped=len(taken))]


def option_beginnings(options: Sequence[str], tokens: Tokens) -> list[tuple[int, ...]]:
    """Each option's tokens, as far as it takes to tell it from all the others."""
    whole = [tokens.of(option) for option in options]
    return [each[: length + 1] for each, length in zip(whole, _shared(whole), strict=True)]


def _shared(paths: Sequence[tuple[int, ...]]) -> Iterator[int]:
    """How many tokens each has in common with the one that it is likest."""
    for at, path in enumerate(paths):
        others = (other for index, other in enumerate(paths) if index != at)
        yield max((_common(path, other) for other in others), default=0)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
