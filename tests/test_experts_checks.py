"""The rules that say whether an answer is right, and the tasks that they belong to."""

from __future__ import annotations

from collections import Counter

import pytest
from card_experts import RIGHT, TASKS, right_answer
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.experts.card_tasks import CardTask, load_task_set
from orchestra_cli.experts.cards import DOMAINS
from orchestra_cli.experts.checks import (
    ChoiceCheck,
    CodeCheck,
    ListCheck,
    NumberCheck,
    TextCheck,
    WordsCheck,
    final_answer,
    last_number,
)

BY_NAME = {task.name: task for task in TASKS}
GARBAGE = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.,/^e-+*_`$\\{}()[] \nanswer:ABC", max_size=80),
    st.sampled_from(["", "Answer:", "```", "```python", "\\boxed{", "Answer: 1/0", "9" * 5000]),
    st.binary(max_size=40).map(lambda each: each.decode("utf-8", "surrogateescape")),
)


def each_task(task: CardTask) -> str:
    return task.name


def test_every_domain_has_six_tasks_and_no_two_share_a_name() -> None:
    assert Counter(task.domain for task in TASKS) == dict.fromkeys(DOMAINS, 6)
    assert len(BY_NAME) == len(TASKS)


def test_the_first_tasks_of_each_domain() -> None:
    two = load_task_set().first(2)
    assert Counter(task.domain for task in two) == dict.fromkeys(DOMAINS, 2)
    assert load_task_set().first(None) == load_task_set().first(99) == TASKS


@pytest.mark.parametrize("task", TASKS, ids=each_task)
def test_a_right_answer_passes(task: CardTask) -> None:
    assert task.check.passes(right_answer(task))


@pytest.mark.parametrize("task", TASKS, ids=each_task)
@pytest.mark.parametrize("answer", ["", "I do not know.", "Answer: 0", "Answer: A B C D", "x" * 99])
def test_a_useless_answer_fails(task: CardTask, answer: str) -> None:
    assert not task.check.passes(answer)


@pytest.mark.parametrize("task", TASKS, ids=each_task)
def test_no_task_gives_its_answer_away(task: CardTask) -> None:
    assert not task.check.passes(task.messages[0]["content"])


@settings(max_examples=60, deadline=None)
@given(answer=GARBAGE)
def test_no_rule_ever_raises(answer: str) -> None:
    for task in TASKS:
        if task.check.kind != "code":
            assert task.check.passes(answer) in (True, False)


@settings(max_examples=25, deadline=None)
@given(answer=GARBAGE)
def test_garbage_is_no_program_that_passes(answer: str) -> None:
    assert not BY_NAME["coins"].check.passes(answer)


@settings(deadline=None)
@given(
    value=st.integers(-(10**9), 10**9),
    before=st.sampled_from(
        ["", "Answer: ", "**Answer:** ", "Let me see: 3 + 4.\n\nAnswer: $", "= "]
    ),
    after=st.sampled_from(["", ".", "**", " euros", " in all (roughly 7 each)", "$", "\n\n```"]),
    grouped=st.booleans(),
)
def test_a_number_is_found_however_it_is_dressed(
    value: int, before: str, after: str, grouped: bool
) -> None:
    answer = f"{before}{value:,}{after}" if grouped else f"{before}{value}{after}"
    assert NumberCheck(kind="number", value=value).passes(answer)
    assert not NumberCheck(kind="number", value=value + 1).passes(answer)


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("Answer: \\boxed{\\frac{125}{6}}", 125 / 6),
        ("Answer: \\(49\\)", 49),
        ("Answer: 125/6 ≈ 20.833", 20.833),
        ("Answer: −3", -3),
        ("Answer: 1.5 × 10^3", 1500),
        ("Answer: $1{,}100$", 1100),
        ("Answer: 1\N{NARROW NO-BREAK SPACE}100", 1100),
        ("**Answer:**\n\n42", 42),
        ("The answer is 17 minutes.", 17),
        ("Answer: 3/0", None),
        ("Answer: none", None),
    ],
)
def test_ways_to_write_a_number(answer: str, number: float | None) -> None:
    assert last_number(final_answer(answer)) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("Münster", True),
        ("Answer: munster.", True),
        ("It was Osnabrück at first.\n**Answer: the Munster**", True),
        ("It was signed there. The city was Münster.", True),
        ("It was not Münster.", False),
        ("Answer: Osnabrück, not Münster", False),
        ("Answer: Münsterland", False),
    ],
)
def test_a_text(answer: str, passes: bool) -> None:
    assert TextCheck(kind="text", accepts=("Münster",)).passes(answer) is passes


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("B", True),
        ("Answer: (b)", True),
        ("Answer: B) Lesotho", True),
        ("**B) Lesotho**", True),
        ("The answer is B.", True),
        ("Answer: \\boxed{B}", True),
        ("Answer: C", False),
        ("Answer: B or C", False),
        ("C or B", False),
        ("Be careful", False),
        ("It is not A", False),
    ],
)
def test_a_choice(answer: str, passes: bool) -> None:
    assert ChoiceCheck(kind="choice", letter="B").passes(answer) is passes


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("Answer: Wednesday, 3.07, 14:30, Amira", True),
        ("Answer: wednesday; room 3.07; 14:30; Amira.", True),
        ("Answer: Wednesday, 3.07, 14:30 and Amira", True),
        ("Answer: 3.07, Wednesday, 14:30, Amira", False),
        ("Answer: Wednesday, 3.07, 14:30, Amira, Jonas", False),
        ("Answer: Wednesday, 13.07, 14:30, Amira", False),
    ],
)
def test_a_list(answer: str, passes: bool) -> None:
    check = BY_NAME["meeting"].check
    assert isinstance(check, ListCheck)
    assert check.passes(answer) is passes


@pytest.mark.parametrize(
    "code",
    [
        "def fewest_coins(coins, amount): return 2",
        "def fewest_coins(coins, amount):\n    while True: pass",
        "def fewest_coins(coins, amount): return fewest_coins(coins, amount)",
        "print('every test passed')",
        "print('every test passed')\nraise SystemExit",
        "import os\nos.system('true')",
        "def fewest_coins(coins, amount): return open('/etc/passwd')",
    ],
    ids=["constant", "endless", "bottomless", "no function", "an early end", "os", "a file"],
)
def test_a_program_that_is_wrong_or_hostile_fails(code: str) -> None:
    check = BY_NAME["coins"].check
    assert isinstance(check, CodeCheck)
    assert not check.passes(f"```python\n{code}\n```")


TIPS = "- Short shower\n- Close the tap\n- Water the garden late\n- One more\n- Two three four five"


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (TIPS, True),
        (TIPS.replace("\n", "\n\n"), True),
        (TIPS.replace("more\n- ", ""), False),
        (TIPS.replace("- Short", "* Short"), False),
        (TIPS.replace("shower", "bath"), False),
        (TIPS.replace("Short", "Ever so short a b c d e f g"), False),
        (f"Here they are:\n{TIPS}", False),
    ],
    ids=["as asked", "apart", "a line less", "a bullet", "a word less", "a long line", "preamble"],
)
def test_lines_of_words(answer: str, passes: bool) -> None:
    check = BY_NAME["list-of-five"].check
    assert isinstance(check, WordsCheck)
    assert check.passes(answer) is passes


def test_a_forbidden_word_counts_whole_only() -> None:
    check = WordsCheck(kind="words", max_words=9, none=("cold",))
    assert check.passes("The scolding wind") and not check.passes("A COLD, old wind")


def test_a_text_of_no_words_has_none() -> None:
    assert not WordsCheck(kind="words", max_words=9).passes("— * —")
    assert RIGHT.keys() <= BY_NAME.keys()
