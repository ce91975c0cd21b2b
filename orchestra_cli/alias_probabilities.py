"""How likely an endpoint's model was to name another expert, from the log-probabilities it tells.

An endpoint tells, for each token that it drew, the likeliest alternatives. Where a call names its
expert, `"model": "answer-2"`, the token at which another alias would have parted ways shows how
likely that one was. Aliases that would have gone on alike share what there is evenly: what follows
the parting was never drawn, and nothing is known of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from tools.endpoint_tokens import DrawnToken

_NAMED = re.compile(r'"model"\s*:\s*"([^"]*)"')


def alias_probabilities(tokens: Sequence[DrawnToken], aliases: Sequence[str]) -> list[float] | None:
    """For each alias, 1 in sum; None where none is named, or no alternatives are told."""
    text = "".join(token.text for token in tokens)
    named = list(_NAMED.finditer(text))
    if not named or named[-1][1] not in aliases:
        return None
    weights = [0.0] * len(aliases)
    on_path, probability = list(range(len(aliases))), 1.0
    at, end = 0, named[-1].end(1) + 1  # the closing quote tells answer-1 from answer-10
    for token in tokens:
        start, at = at, at + len(token.text)
        if at <= named[-1].start(1) or start >= end:
            continue
        said = text[named[-1].start(1) : max(start, named[-1].start(1))]
        here = token.text[max(0, named[-1].start(1) - start) :]
        before = token.text[: len(token.text) - len(here)]
        if token.text not in token.alternatives:
            return None
        parted = [i for i in on_path if not _goes_on(aliases[i], said, here)]
        for other, log_probability in token.alternatives.items():
            if not other.startswith(before) or other == token.text:
                continue
            takers = [i for i in parted if _goes_on(aliases[i], said, other[len(before) :])]
            for i in takers:
                weights[i] += probability * math.exp(log_probability) / len(takers)
        on_path = [i for i in on_path if i not in parted]
        probability *= math.exp(token.alternatives[token.text])
    for i in on_path:
        weights[i] += probability / len(on_path)
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0 else None


def _goes_on(alias: str, said: str, piece: str) -> bool:
    """Whether the alias, with its closing quote, begins with what was said and this piece."""
    whole, begun = f'{alias}"', said + piece
    return bool(piece) and (whole.startswith(begun) or begun.startswith(whole))
