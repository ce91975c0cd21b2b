"""The letter that an answer names, and when none is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_answers import ANY_TEXT, task_of

from orchestra_cli.evaluation.judges.choice import ChoiceJudge, chosen
from orchestra_cli.evaluation.tasks import LETTERS

JUDGE = ChoiceJudge()
CHOICES = ("Lesotho", "3.5 km", "-5", "5", "All of the above", "C++", "C", "the Nile", "Isère", "J")


@pytest.mark.parametrize(
    ("said", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        ("(b)", "B"),
        ("B.", "B"),
        ("**B**", "B"),
        ("Answer: (B)", "B"),
        ("Answer: B) 3.5 km", "B"),
        ("B. 3.5 km, because nothing else fits.", "B"),
        ("The answer is B.", "B"),
        ("The correct answer is (B) because A is too short.", "B"),
        ("The best choice would be option D.", "D"),
        ("I choose D", "D"),
        ("Option D is right.", "D"),
        ("\\boxed{D}", "D"),
        ("$\\boxed{\\text{D}}$", "D"),
        ("So (D) it is.", "D"),
        ("I think it must be D.", "D"),
        ("Clearly D is correct here.", "D"),
        ("A", "A"),
        ("A, since it has no coast.", "A"),
        ("The answer is A because it has no coast.", "A"),
        ("I", "I"),
        ("(I)", "I"),
        ("Answer: I. Isère", "I"),
        ("The answer is (H).\nIt is the longest river there is.", "H"),
        ("H\n\nIt is the longest river there is.", "H"),
        ("H. Nile\n\nIt is the longest river.", "H"),
        ("Lesotho", "A"),
        ("It is the Nile.", "H"),
        ("Answer: nile", "H"),
        ("-5", "C"),
        ("5", "D"),
        ("C++", "F"),
        ("All of the above.", "E"),
    ],
)
def test_the_letter_that_is_named(said: str, letter: str) -> None:
    assert chosen(said, CHOICES) == letter


@pytest.mark.parametrize(
    "said",
    [
        "",
        "B or C",
        "Answer: B or C",
        "Answer: B, C",
        "A and B",
        "The answer is B or C.",
        "The answer is either B or C.",
        "Either (B) or (C).",
        "It is not B",
        "Not B",
        "It is B or something else, but not D",
        "I do not know.",
        "I, too, wonder.",
        "A river in Africa",
        "Be careful",
        "The answer is a tricky one.",
        "Z",
        "The answer is K.",
        "Amazon",
        "None",
        "B is the answer.\nC is the answer.\nWho knows?",
    ],
)
def test_where_no_one_letter_is_clear_none_is_read(said: str) -> None:
    assert chosen(said, CHOICES) is None


def test_two_options_that_read_alike_are_told_apart_by_letter_alone() -> None:
    assert chosen("nile", ("Nile", "the Nile.")) is None
    assert chosen("Nile", ("Nile", "the Nile.")) == "A"
    assert chosen("B", ("Nile", "the Nile.")) == "B"


def test_grades() -> None:
    task = task_of("C", "choice", choices=CHOICES)
    assert JUDGE.grade(task, "Answer: C").right is True
    wrong = JUDGE.grade(task, "Answer: D")
    assert (wrong.right, wrong.why) == (False, "D is not C")
    assert JUDGE.grade(task, "no idea").right is False
    by_text = task_of("Lesotho", "choice", choices=CHOICES)
    assert JUDGE.grade(by_text, "A").right is True


@pytest.mark.parametrize("reference", [None, "", "Z", 3, ["A"], "some text"])
def test_a_reference_that_is_no_choice_judges_nothing(reference: object) -> None:
    task = task_of(reference, "choice", choices=CHOICES)
    assert JUDGE.grade(task, "A").right is None


def test_the_question_may_hold_the_choices_itself() -> None:
    task = task_of("D", "choice", question="Which?\nA. 0\nB. 1\nC. 2\nD. 3")
    assert JUDGE.grade(task, "The answer is (D).").right is True
    assert JUDGE.grade(task, "Z").right is False


def test_two_answers_choose_the_same() -> None:
    task = task_of("C", "choice", choices=CHOICES)
    assert JUDGE.same(task, "Answer: A", "I say (A).")
    assert JUDGE.same(task, "Lesotho", "A")
    assert not JUDGE.same(task, "A", "B")
    assert not JUDGE.same(task, "who knows", "who knows")


@settings(deadline=None)
@given(
    place=st.integers(0, 25),
    form=st.sampled_from(["{}", "({})", "Answer: {}", "**{}.** text {}", "The answer is ({}).",
                          "Thus the answer is {}.", "Option {}", "{}: text {}", "\\boxed{{{}}}"]),
)  # fmt: skip
def test_every_one_of_26_letters(place: int, form: str) -> None:
    choices = tuple(f"text {letter}" for letter in LETTERS)
    letter = LETTERS[place]
    assert (
        chosen(form.replace("{}", letter).replace("{{", "{").replace("}}", "}"), choices) == letter
    )


@settings(deadline=None, max_examples=200)
@given(said=ANY_TEXT, choices=st.lists(ANY_TEXT, max_size=30))
def test_it_never_raises(said: str, choices: list[str]) -> None:
    task = task_of("A", "choice", choices=tuple(choices))
    assert JUDGE.grade(task, said).right in (True, False, None)
    assert JUDGE.same(task, said, "A") is JUDGE.same(task, "A", said)
    letter = chosen(said, tuple(choices))
    assert letter is None or letter in LETTERS[: len(choices) or 26]
