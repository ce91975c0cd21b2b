"""Texts: what dresses an answer does not count, what changes its meaning does."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_answers import ANY_TEXT, is_right, task_of

from orchestra_cli.evaluation.judges.choice import ChoiceJudge
from orchestra_cli.evaluation.judges.exact import ExactJudge
from orchestra_cli.evaluation.judges.numeric import NumericJudge

JUDGE = ExactJudge()


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("Münster", "munster"),
        ("Münster", "It was signed in Osnabrück.\n\n**Answer:** The Münster."),
        ("Münster", "The city was Münster."),
        ("the Nile", "Nile"),
        ("The Nile", "The answer is the Nile."),
        ("New York City", "\\text{New York City}"),
        ("Ａpollo 11", "`Apollo 11`"),
        (["14 December 1972", "December 1972"], "Answer: December 1972"),
        ("1969", "In 1969"),
        ("37 years", "Answer: 37"),
        ("15%", "15 percent"),
        ("C++", "It is C++."),
        ("yes", "Yes, both are rivers."),
        ("no", "The answer is no"),
        ("yes", "True"),
        (True, "yes"),
        ("False", "**False**"),
        ("\\frac{x}{2}", "$\\frac x2$"),
        ("{}", "{}"),
    ],
)
def test_it_is_the_text(reference: object, said: str) -> None:
    assert is_right(JUDGE, reference, said) is True


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("Münster", "Osnabrück, not Münster"),
        ("Münster", "It was not Münster"),
        ("Münster", ""),
        ("Münster", "Münsterland"),
        ("C++", "C"),
        ("C", "C#"),
        ("x > 3", "x < 3"),
        ("room -5", "room 5"),
        ("1969", "1968"),
        ("1969", "between 1968 and 1969"),
        ("yes", "yes or no"),
        ("yes", "No, yes was my first thought."),
        ("no", "Nobody knows"),
        ("{}", "[]"),
        ("?", "!"),
    ],
)
def test_it_is_another(reference: object, said: str) -> None:
    assert is_right(JUDGE, reference, said) is False


@pytest.mark.parametrize(
    ("reference", "said", "right"),
    [
        ("'aBc'", "aBc", True),
        ("'aBc'", "`'aBc'`", True),
        ("'aBc'", 'Answer: "aBc"', True),
        ("'aBc'", "abc", False),
        ("' 4 2 '", " 4 2 ", True),
        ("'a b '", "'a b'", False),
        ("'a\\nb'", "a\nb", True),
        ("'a\\nb'", "a\\nb", True),
        ("'-'", "-", True),
        ("''", '""', True),
        ("'001'", "001", True),
        ("'12'", "13", False),
        ("[1, -2]", "[1,-2]", True),
        ("[1, -2]", "[1, 2]", False),
        ("[1, 2]", "(1, 2)", False),
        ("{'a': 1}", 'So the output is:\n{"a": 1}', True),
        ("(3, 'x')", "(3, 'X')", False),
        ("[1, 2]", "the list", False),
        ("[1, 2", "1 2", True),
    ],
)
def test_a_python_literal_counts_to_the_character(reference: str, said: str, right: bool) -> None:
    assert is_right(JUDGE, reference, said) is right


def test_without_a_reference_nobody_can_tell() -> None:
    for reference in (None, "", [], {"a": 1}, [None]):
        assert is_right(JUDGE, reference, "x") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Nile", "**Answer:** nile", True),
        ("the Nile", "The river is the Nile.", False),
        ("yes", "Yes, it is.", True),
        ("12", "twelve", False),
        ("", "", False),
        ("?", "!", False),
    ],
)
def test_two_answers_say_the_same(one: str, other: str, same: bool) -> None:
    assert JUDGE.same(task_of(None, "exact"), one, other) is same


@settings(deadline=None, max_examples=150)
@given(reference=ANY_TEXT, said=ANY_TEXT)
def test_it_never_raises(reference: str, said: str) -> None:
    task = task_of(reference, "exact")
    assert JUDGE.grade(task, said).right in (True, False, None)
    assert JUDGE.same(task, said, reference) is JUDGE.same(task, reference, said)


@settings(deadline=None)
@given(
    words=st.lists(st.sampled_from(["Nile", "Lake", "Ob", "Émile", "42nd", "Rye"]), min_size=1),
    form=st.sampled_from(["{}", "**{}**", "Answer: {}", "I think so.\nThe answer is {}.", "`{}`"]),
)
def test_any_words_in_any_dress(words: list[str], form: str) -> None:
    reference = " ".join(words)
    assert is_right(JUDGE, reference, form.format(reference.upper())) is True
    assert is_right(JUDGE, reference, form.format(f"{reference} Oslo")) is False


@pytest.mark.parametrize(
    "piece", ["(", "is ", "answer ", " ", "a=", "1 ", "A, ", "\\boxed{", "yes no "]
)
def test_a_long_answer_takes_no_long_time(piece: str) -> None:
    answer = piece * (20_000 // len(piece)) + "x"
    for judge in (JUDGE, NumericJudge(), ChoiceJudge()):
        began = time.perf_counter()
        judge.grade(task_of("B", "exact"), answer)
        judge.same(task_of("B", "exact"), answer, f"{answer}y")
        assert time.perf_counter() - began < 1.0
