"""Function calls compared by the leaderboard's rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.evaluation.judges.calls import CallJudge
from orchestra_cli.evaluation.tasks import EvalTask

JUDGE = CallJudge()


def function(name: str, **types: str) -> dict[str, Any]:
    properties = {key: {"type": kind} for key, kind in types.items()}
    return {"name": name, "parameters": {"type": "object", "properties": properties}}


BOOK = function("shop.book", title="string", copies="integer", price="number", gift="boolean")
GOLDEN = {
    "shop.book": {
        "title": ["War and Peace", "war & peace"],
        "copies": [2],
        "price": [9.5, 10],
        "gift": [True, ""],
    }
}


def task(*golden: dict[str, Any], domain: str = "simple", functions: Any = (BOOK,)) -> EvalTask:
    return EvalTask("t", "?", answer=list(golden), judge="call", domain=domain, functions=functions)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("shop.book(title='War and Peace', copies=2, price=9.5)", True),
        ("shop_book(title='war-and-peace', copies=2, price=10, gift=True)", True),
        ('[{"shop_book": {"title": "War & Peace", "copies": 2, "price": 10.0}}]', True),
        ("shop.book(title='War and Peace', copies=2.0, price=9.5)", False),
        ("shop.book(title='War and Peace', copies=True, price=9.5)", False),
        ("shop.book(title='War and Peace', copies='2', price=9.5)", False),
        ("shop.book(title='Peace', copies=2, price=9.5)", False),
        ("shop.book(title='War and Peace', copies=2)", False),
        ("shop.book(title='War and Peace', copies=2, price=9.5, colour='red')", False),
        ("shop.book(title='War and Peace', copies=2, price=9.5, gift=1)", False),
        ("shop.sell(title='War and Peace', copies=2, price=9.5)", False),
        ("I would book it.", False),
    ],
)
def test_a_call_is_compared_argument_by_argument(answer: str, right: bool) -> None:
    assert JUDGE.grade(task(GOLDEN), answer).right is right


def test_parallel_calls_stand_in_any_order_and_each_counts_once() -> None:
    one, two = ({"f": {"x": [1]}}, {"f": {"x": [2]}})
    wanted = task(one, two, functions=(function("f", x="integer"),))
    assert JUDGE.grade(wanted, "[f(x=2), f(x=1)]").right
    assert not JUDGE.grade(wanted, "[f(x=1), f(x=1)]").right
    assert not JUDGE.grade(wanted, "[f(x=1)]").right
    assert not JUDGE.grade(wanted, "[f(x=1), f(x=2), f(x=2)]").right


def test_golden_calls_that_are_numbered_are_of_one_function() -> None:
    wanted = task({"f_1": {"x": [1]}}, {"f 2": {"x": [2]}}, functions=(function("f", x="integer"),))
    assert JUDGE.grade(wanted, "[f(x=1), f(x=2)]").right


def test_where_no_call_is_wanted_prose_is_right() -> None:
    assert JUDGE.grade(task(), "None of these can do that.").right
    assert JUDGE.grade(task(), "[]").right
    assert not JUDGE.grade(task(), "shop.book(copies=1)").right


def test_lists_and_objects_are_compared_element_by_element() -> None:
    golden = {"f": {"at": [[1.5, 2]], "who": [{"name": ["Ann"], "age": ["", 3]}]}}
    wanted = task(golden, functions=(function("f", at="array", who="object"),))
    assert JUDGE.grade(wanted, "f(at=(1.5, 2), who={'name': 'ann'})").right
    assert JUDGE.grade(wanted, "f(at=[1.5, 2], who={'name': 'Ann', 'age': 3})").right
    assert not JUDGE.grade(wanted, "f(at=[2, 1.5], who={'name': 'Ann'})").right
    assert not JUDGE.grade(wanted, "f(at=[1.5, 2], who={'age': 3})").right
    assert not JUDGE.grade(wanted, "f(at=[1.5, 2], who={'name': 'Ann', 'x': 1})").right


def test_values_of_java_may_be_written_as_text() -> None:
    golden = {"g": {"n": [4.0], "on": [True], "o": [{"k": [1]}], "e": [None]}}
    answer = """g(n="4", on="true", o='{"k": 1}', e=null)"""
    assert JUDGE.grade(task(golden, domain="java", functions=(function("g"),)), answer).right
    assert not JUDGE.grade(task(golden, functions=(function("g"),)), answer).right


def test_what_only_execution_can_tell_is_not_judged() -> None:
    unknown = EvalTask("t", "?", answer=None, judge="call")
    assert JUDGE.grade(unknown, "f()").right is None


def test_same_calls_whatever_the_notation() -> None:
    wanted = task(GOLDEN)
    one = "[shop.book(title='A-B', copies=1), f(x=2)]"
    other = '[{"f": {"x": 2}}, {"shop_book": {"copies": 1, "title": "a b"}}]'
    assert JUDGE.same(wanted, one, other)
    assert not JUDGE.same(wanted, one, "[f(x=2)]")
    assert JUDGE.same(wanted, "no", "none fits")


@given(st.text(max_size=200))
def test_no_answer_raises(answer: str) -> None:
    assert JUDGE.grade(task(GOLDEN), answer).right is False
