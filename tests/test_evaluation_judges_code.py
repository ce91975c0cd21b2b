"""Programs are run with the task's tests; what they print themselves proves nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from judged_answers import ANY_TEXT, is_right, task_of
from python_calls import why_not

from orchestra_cli.evaluation.judges.code import CodeJudge

JUDGE = CodeJudge()
TESTS = {"tests": ["assert twice(2) == 4", "assert twice('a') == 'aa'"], "entry_point": "twice"}
PROMPT = 'from typing import Any\n\ndef twice(x: Any) -> Any:\n    """Twice as much."""\n'
CHECKED = {
    "tests": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(0) == 0",
    "entry_point": "twice",
    "prelude": PROMPT,
}
GOOD = "def twice(x):\n    return x + x"
needs_bubblewrap = pytest.mark.skipif(why_not() is not None, reason=f"no bubblewrap: {why_not()}")


def fenced(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}\n```\nIt doubles."


@pytest.mark.parametrize("reference", [TESTS, {"tests": "assert twice(2) == 4"}, CHECKED])
@pytest.mark.parametrize("answer", [GOOD, fenced(GOOD), f"{fenced('1 + 1')}\n{fenced(GOOD)}"])
def test_a_program_that_passes(reference: object, answer: str) -> None:
    assert is_right(JUDGE, reference, answer) is True


@pytest.mark.parametrize(
    "body",
    [
        "    return x * 2",
        "return x * 2",
        "y = x\n    return x + y",
        "if x:\n    return x * 2\nreturn 0",
        fenced("    return x * 2"),
        fenced(f"{PROMPT}    return x * 2"),
    ],
    ids=["a body", "stripped", "its first line stripped", "dedented", "fenced", "the whole again"],
)
def test_an_answer_may_go_on_where_the_prompt_ends(body: str) -> None:
    assert is_right(JUDGE, CHECKED, body) is True


def test_what_stands_under_main_is_not_run_on_cpython() -> None:
    if why_not() is not None:
        pytest.skip("no bubblewrap")
    guarded = f'{GOOD}\n\nif __name__ == "__main__":\n    twice(int(input("a number? ")))'
    assert is_right(JUDGE, TESTS, fenced(guarded)) is True


@pytest.mark.parametrize(
    "code",
    [
        "def twice(x): return 4",
        "def thrice(x): return x * 3",
        "def twice(x)",
        "print('every test passed')",
        "def twice(x): raise SystemExit",
        "raise SystemExit",
        "def twice(x): return twice(x)",
        "I would write a loop.",
    ],
)
def test_a_program_that_does_not(code: str) -> None:
    grade = JUDGE.grade(task_of(TESTS, "code"), fenced(code))
    assert grade.right is False
    assert grade.why and "\n" not in grade.why


@needs_bubblewrap
@pytest.mark.parametrize(
    "code",
    [
        "import heapq\ndef twice(x): return x * heapq.nsmallest(1, [3, 2])[0]",
        "def twice(x):\n    def each():\n        yield x\n        yield x\n"
        "    first, second = each()\n    return first + second",
    ],
    ids=["a module that monty lacks", "a generator"],
)
def test_what_monty_lacks_is_run_on_cpython(code: str) -> None:
    assert is_right(JUDGE, TESTS, fenced(code)) is True
    assert is_right(JUDGE, TESTS, fenced(code.replace("2])", "1])").replace("+ s", "* s"))) is False


def test_without_cpython_what_monty_lacks_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert is_right(JUDGE, TESTS, fenced(f"import heapq\n{GOOD}")) is None
    assert is_right(JUDGE, TESTS, fenced("def twice(x): return 4")) is False
    assert is_right(JUDGE, TESTS, fenced(GOOD)) is True


def test_an_endless_program_ends() -> None:
    endless = fenced("def twice(x):\n    while True: pass")
    reference = {"tests": "assert twice(2) == 4"}
    judge = CodeJudge(timeout_s=0.3)
    assert is_right(judge, reference, endless) is False


@pytest.mark.parametrize("reference", [None, "", {}, {"tests": ""}, {"tests": 3}, ["assert 1"]])
def test_without_tests_nobody_can_tell(reference: object) -> None:
    assert is_right(JUDGE, reference, GOOD) is None


def test_the_same_program() -> None:
    task = task_of(TESTS, "code")
    assert JUDGE.same(task, GOOD, fenced(f"# doubles\n\n{GOOD}\n"))
    assert not JUDGE.same(task, GOOD, fenced("def twice(x):\n    return 2 * x"))
    assert not JUDGE.same(task, "", "")


@settings(deadline=None, max_examples=15)
@given(answer=ANY_TEXT)
def test_no_text_raises_or_passes(answer: str) -> None:
    assert is_right(CodeJudge(timeout_s=0.3), TESTS, answer) in (False, None)
    assert JUDGE.same(task_of(TESTS, "code"), answer, GOOD) is False
