"""Probabilities of aliases read off the alternatives that an endpoint tells."""

from __future__ import annotations

import math

import pytest

from orchestra_cli.alias_probabilities import alias_probabilities
from tools.endpoint_tokens import DrawnToken

ALIASES = ["answer-1", "answer-2", "answer-3"]


def drawn(*tokens: str | tuple[str, dict[str, float]]) -> list[DrawnToken]:
    """Tokens that were certain, or given with the probabilities of what might have stood there."""
    made = []
    for token in tokens:
        text, chances = (token, {token: 1.0}) if isinstance(token, str) else token
        made.append(DrawnToken(text, {t: math.log(p) for t, p in chances.items()}))
    return made


HEAD = ("<tool_call>\n", '{"name": "answer", "arguments": {"model":', ' "', "answer", "-")


def test_the_digit_tells() -> None:
    tokens = drawn(*HEAD, ("2", {"2": 0.5, "1": 0.3, "3": 0.1, "x": 0.1}), '"}}', "\n</tool_call>")
    assert alias_probabilities(tokens, ALIASES) == pytest.approx([0.3 / 0.9, 0.5 / 0.9, 0.1 / 0.9])


def test_a_token_may_begin_before_the_name_and_end_after_it() -> None:
    chances = {' "answer-1"}': 0.6, ' "answer-3"}': 0.4}
    tokens = drawn('{"model":', (' "answer-1"}', chances))
    assert alias_probabilities(tokens, ALIASES) == pytest.approx([0.6, 0.0, 0.4])


def test_names_that_part_early_share_what_there_is() -> None:
    aliases = [*ALIASES[:1], "answer-math-1", "answer-math-2"]
    tokens = drawn(*HEAD, ("1", {"1": 0.8, "math": 0.2}), '"}}')
    assert alias_probabilities(tokens, aliases) == pytest.approx([0.8, 0.1, 0.1])


def test_a_longer_name_with_the_same_beginning_is_another() -> None:
    tokens = drawn(*HEAD, "1", ('"', {'"': 0.7, "0": 0.3}), "}}")
    assert alias_probabilities(tokens, ["answer-1", "answer-10"]) == pytest.approx([0.7, 0.3])


@pytest.mark.parametrize(
    "tokens",
    [
        drawn("Paris."),
        drawn('{"model": "answer-9"}'),
        [DrawnToken('{"model": "answer-1"}', {})],
        [],
    ],
    ids=["no call", "unknown name", "no alternatives", "nothing"],
)
def test_where_nothing_is_told_nothing_is_known(tokens: list[DrawnToken]) -> None:
    assert alias_probabilities(tokens, ALIASES) is None
