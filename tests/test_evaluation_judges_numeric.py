"""Numbers: the many ways to write one, and what is no one number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_answers import ANY_TEXT, is_right, task_of

from orchestra_cli.evaluation.judges.numeric import NumericJudge, same_number

JUDGE = NumericJudge()


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (7, "7"),
        (7, "**Answer:** 7.0"),
        ("1,234", "It comes to $1234.00."),
        (1234, "Answer: 1{,}234"),
        ("0.75", "3/4"),
        ("0.75", "\\frac{3}{4}"),
        ("0.75", "$\\frac34$"),
        ("3/4", "0.75"),
        (1.5, "Answer: 1 1/2"),
        (1.5, "1\\frac{1}{2}"),
        (1.5, "1½ cups"),
        ("6.02e23", "6.02 \\times 10^{23}"),
        (1500, "1.5*10^3"),
        (1500, "1.5 thousand"),
        ("3.5 million", "3,500,000"),
        (-3, "x = −3"),
        (0.5, ".5"),
        ("5 km", "5000 m"),
        ("5 km", "5"),
        (5, "5 km"),
        ("2 hours", "120 minutes"),
        ("60 km/h", "60 kilometres per hour"),
        ("3 kJ", "3000 J"),
        ("$0.60", "60 cents"),
        ("12%", "12%"),
        ("12%", "12"),
        ("12%", "12 percent"),
        ("12%", "0.12"),
        ("0.12", "12%"),
        (0.33333, "1/3"),
        (18, "She sells **18** eggs in 3 days."),
        (42, "40 + 2 = 42"),
        (42, "\\boxed{42}\nI hope that helps."),
        (5, "5 (rounded from 4.98)"),
        (2, "2:00 pm"),
        ([7, 8], "8"),
        ("45^\\circ", "45°"),
        (342, "It is 342 m²."),
        (342, "342 m^2 in total"),
        (3456, "The volume is 3456 cm³."),
        (3456, "3,456cm^3"),
        ("3456 cm³", "3.456 litres"),
        ("2 m²", "20000 cm²"),
        (2, "It is 2m²."),
        (342, "342 m^{2}"),
        ("342 m²", "342 square metres"),
    ],
)
def test_it_is_the_same_number(reference: object, said: str) -> None:
    assert is_right(JUDGE, reference, said) is True


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (7, "8"),
        (7, ""),
        (7, "seven or eight"),
        (7, "-7"),
        (1000000, "1000001"),
        (0, "0.01"),
        ("5 km", "5 m"),
        ("5 km", "5 kg"),
        ("$5", "5 euros"),
        ("12%", "1.2"),
        ("0.12", "0.12%"),
        (2, "2, -1"),
        (5, "2 or 5"),
        (5, "2 ± 5"),
        (12, "10-12"),
        (10, "12-10d"),
        (2, "5\\sqrt{2}"),
        (2, "3 + \\sqrt 2"),
        (2, "50π/2"),
        (3, "x + 3"),
        (2, "2i"),
        (2021, "05/01/2021"),
        (4, "3:4"),
        (7, "1/0"),
        (36, "9, 18, 27, 36, ..."),
        (2, "It is 342 m²."),
        (3, "3456 cm³"),
        ("342 m²", "342 m³"),
        (5, "5x²"),
        (2, "5x^2"),
    ],
)
def test_it_is_another_number_or_none(reference: object, said: str) -> None:
    assert is_right(JUDGE, reference, said) is False


def test_a_percent_sign_may_be_all_that_differs_where_percent_is_asked_for() -> None:
    assert is_right(JUDGE, 12, "12%", question="What percent is it?") is True
    assert is_right(JUDGE, 12, "12%", question="How many are there?") is False


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("\\frac{\\sqrt{3}}{2}", "Answer: $\\dfrac{\\sqrt3}{2}$"),
        ("\\frac{\\sqrt{3}}{2}", "sqrt(3)/2"),
        ("2\\sqrt{3}", "The answer is 2√3."),
        ("\\frac{3\\pi}{2}", "3π/2"),
        ("\\left( 3, \\frac{\\pi}{2} \\right)", "So we get $(3, \\pi/2)$."),
        ("(-\\infty, 2]", "x \\in (-\\infty,2]"),
        ("x^2+1", "\\boxed{x^2 + 1}"),
        ("\\{1,2\\}", "$\\{1, 2\\}$"),
        ("\\frac{a+b}{2}", "(a+b)/2"),
        ("3x", "f(x) = 3x"),
    ],
)
def test_a_formula_in_another_notation(reference: str, said: str) -> None:
    assert is_right(JUDGE, reference, said) is True


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("2\\sqrt{3}", "2\\sqrt{5}"),
        ("(3, 5)", "(5, 3)"),
        ("2(3)", "23"),
        ("\\frac{3}{2x}", "\\frac{3}{2}x"),
        ("\\frac{\\pi}{2}", "\\pi"),
        ("\\pi", ""),
    ],
)
def test_another_formula(reference: str, said: str) -> None:
    assert is_right(JUDGE, reference, said) is False


def test_the_tolerance_of_the_task() -> None:
    assert is_right(JUDGE, 100, "104") is False
    assert is_right(JUDGE, 100, "104", tags={"tolerance": 0.05}) is True
    assert is_right(JUDGE, 3.14159, "3.1416") is True
    for unusable in ("wide", None, True, -1, float("nan")):
        assert is_right(JUDGE, 100, "104", tags={"tolerance": unusable}) is False


@pytest.mark.parametrize("reference", [None, "", [], {"tests": "1"}])
def test_without_a_reference_nobody_can_tell(reference: object) -> None:
    assert is_right(JUDGE, reference, "7") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It is 12.", "**12.0**", True),
        ("12", "13", False),
        ("5 km", "5000 m", True),
        ("50%", "0.5", True),
        ("2\\sqrt{3}", "2√3", True),
        ("2\\sqrt{3}", "2", False),
        ("", "", False),
    ],
)
def test_two_answers_say_the_same(one: str, other: str, same: bool) -> None:
    assert JUDGE.same(task_of(None, "numeric"), one, other) is same
    assert JUDGE.same(task_of(None, "numeric"), other, one) is same


def test_a_text_is_no_number() -> None:
    assert same_number("7", "seven") is None
    assert same_number("7", "7") is True


@settings(deadline=None, max_examples=200)
@given(
    value=st.one_of(
        st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6).map(lambda each: round(each, 4))
    ),
    form=st.sampled_from(["{}", "{:,}", "Answer: {}", "**{}**", "\\boxed{{{}}}",
                          "so x = {} in all.", "{} apples", "${}$"]),
)  # fmt: skip
def test_any_number_in_any_dress(value: float, form: str) -> None:
    assert is_right(JUDGE, value, form.format(value)) is True
    assert is_right(JUDGE, value, form.format(value + 1 + abs(value) // 100)) is False


@settings(deadline=None, max_examples=150)
@given(reference=ANY_TEXT, said=ANY_TEXT)
def test_it_never_raises(reference: str, said: str) -> None:
    task = task_of(reference, "numeric")
    assert JUDGE.grade(task, said).right in (True, False, None)
    assert JUDGE.same(task, said, reference) is JUDGE.same(task, reference, said)
