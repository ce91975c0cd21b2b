"""What a server tells of its tokens: how many there were, and what might have been drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrawnToken:
    """A token of a reply, and the natural log-probabilities of what might have stood there."""

    text: str
    alternatives: Mapping[str, float]
    """The drawn one included."""


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """As a server counts them."""

    input: int
    output: int
    cached_input: int = 0
    reasoning: int = 0


def parse_counts(usage: object) -> TokenCounts | None:
    """A server's `usage`; the totals, where thinking is not counted as output, tell of it."""
    asked, said = _number(get(usage, "prompt_tokens")), _number(get(usage, "completion_tokens"))
    if asked is None or said is None:
        return None
    output = max(said, (_number(get(usage, "total_tokens")) or 0) - asked)
    cached = _number(get(get(usage, "prompt_tokens_details"), "cached_tokens"))
    if cached is None:  # DeepSeek's name for it
        cached = _number(get(usage, "prompt_cache_hit_tokens"))
    thought = _number(get(get(usage, "completion_tokens_details"), "reasoning_tokens"))
    return TokenCounts(asked, output, min(cached or 0, asked), min(thought or 0, output))


def parse_drawn(tokens: object) -> Iterator[DrawnToken]:
    """A choice's `logprobs.content`; what is not of that form tells nothing."""
    for token in tokens if isinstance(tokens, list) else ():
        match token:
            case {"token": str(text), "logprob": int() | float() as log_probability}:
                others = get(token, "top_logprobs")
                told = {
                    other["token"]: float(other["logprob"])
                    for other in (others if isinstance(others, list) else ())
                    if isinstance(get(other, "token"), str)
                    and isinstance(get(other, "logprob"), int | float)
                }
                yield DrawnToken(text, told | {text: float(log_probability)})


def _number(value: object) -> int | None:
    return max(0, value) if type(value) is int else None


def get(value: object, key: str) -> object:
    """The value under the key of what may be no object at all."""
    return value.get(key) if isinstance(value, dict) else None
