"""When two answers count as the same, told by their words alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.cascade.agreement import numbered, say_the_same

TEXTS = st.text(st.sampled_from("ABab 0123456789.,-()*$\n:"), max_size=30)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Paris", "It is plain.\nAnswer: **Paris**", True),
        ("The Hague", "the hague.", True),
        ("Paris", "Rome", False),
        ("B", "The answer is (B).", True),
        ("B) Rome", "Answer: B. Rome", True),
        ("B", "B: Rome", True),
        ("$\\boxed{C}$", "**C**", True),
        ("B", "C", False),
        ("E. coli", "E. faecalis", False),
        ("A dog", "A cat", False),
        ("I think so", "I doubt it", False),
        ("A, B and D", "A, C", False),
        ("42", "x = 42.0", True),
        ("1,200", "1200 euros", True),
        ("1/2", "0.5", True),
        ("1/2", "1.2", False),
        ("-5", "5", False),
        ("17", "18", False),
        ("12", "There are 12 of them, and each of these has another meaning.", False),
        ("", "", True),
        ("", "7", False),
        ("+", "-", False),
    ],
)
def test_what_says_the_same(one: str, other: str, same: bool) -> None:
    assert say_the_same(one, other) is same
    assert say_the_same(other, one) is same


@given(TEXTS, TEXTS)
def test_it_is_said_of_both_or_of_neither_and_of_every_text_itself(one: str, other: str) -> None:
    assert say_the_same(one, one)
    assert say_the_same(one, other) == say_the_same(other, one)


def test_answers_are_numbered_as_they_come() -> None:
    assert numbered(["B", "C", "the answer is B", "D", "C."]) == [0, 1, 0, 2, 1]
    assert numbered([]) == []
    assert numbered(["x", "y", "z"], lambda one, other: {one, other} == {"x", "z"}) == [0, 1, 0]


@given(st.lists(TEXTS, max_size=5))
def test_numbers_begin_at_0_and_leave_none_out(texts: list[str]) -> None:
    numbers = numbered(texts)
    assert len(numbers) == len(texts) and set(numbers) == set(range(len(set(numbers))))
