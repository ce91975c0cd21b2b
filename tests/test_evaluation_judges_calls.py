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


@pytest.mark.parametrize("answer", ["[f(x=1), f(x=2)]", "[f(x=2), f(x=1)]"])
def test_a_call_that_fits_two_golden_ones_leaves_the_other_its_own(answer: str) -> None:
    wide, narrow = {"f": {"x": [1, 2]}}, {"f": {"x": [1]}}
    functions = (function("f", x="integer"),)
    for golden in ([wide, narrow], [narrow, wide]):
        assert JUDGE.grade(task(*golden, functions=functions), answer).right
        assert not JUDGE.grade(task(*golden, functions=functions), "[f(x=2), f(x=2)]").right


def test_golden_calls_that_are_numbered_are_of_one_function() -> None:
    wanted = task({"f_1": {"x": [1]}}, {"f 2": {"x": [2]}}, functions=(function("f", x="integer"),))
    assert JUDGE.grade(wanted, "[f(x=1), f(x=2)]").right
    unknown = task({"f_1": {"x": [1]}}, functions=())
    assert JUDGE.grade(unknown, "f_1(x=1)").right


def test_where_no_call_is_wanted_prose_is_right() -> None:
    assert JUDGE.grade(task(), "None of these can do that.").right
    assert JUDGE.grade(task(), "[]").right
    assert not JUDGE.grade(task(), "shop.book(copies=1)").right
    assert not JUDGE.grade(task(), "No, but try:\n[shop.book(copies=1)]").right
    assert JUDGE.grade(task(), "out_of_domain(user_query='Why?');").right


def test_where_only_some_call_is_wanted_any_will_do() -> None:
    wanted = EvalTask("t", "?", judge="call", domain="live_relevance", functions=(BOOK,))
    assert JUDGE.grade(wanted, "shop.book(copies=1)").right
    assert JUDGE.grade(wanted, "None of these can do that.").right is False


def test_lists_and_objects_are_compared_element_by_element() -> None:
    golden = {"f": {"at": [[1.5, 2]], "who": [{"name": ["Ann"], "age": ["", 3]}]}}
    wanted = task(golden, functions=(function("f", at="array", who="object"),))
    assert JUDGE.grade(wanted, "f(at=(1.5, 2), who={'name': 'ann'})").right
    assert JUDGE.grade(wanted, "f(at=[1.5, 2], who={'name': 'Ann', 'age': 3})").right
    assert not JUDGE.grade(wanted, "f(at=[2, 1.5], who={'name': 'Ann'})").right
    assert not JUDGE.grade(wanted, "f(at=[1.5, 2], who={'age': 3})").right
    assert not JUDGE.grade(wanted, "f(at=[1.5, 2], who={'name': 'Ann', 'x': 1})").right


def test_an_element_has_the_type_that_the_schema_gives_it() -> None:
    whole = {"type": "array", "items": {"type": "integer"}}
    schema = {"type": "object", "properties": {"at": whole}}
    wanted = task({"f": {"at": [[1, 2]]}}, functions=({"name": "f", "parameters": schema},))
    assert JUDGE.grade(wanted, "f(at=[1, 2])").right
    assert not JUDGE.grade(wanted, "f(at=[1.0, 2])").right
    floats = task({"f": {"at": [[1.0, 2.0]]}}, functions=(function("f", at="array"),))
    assert JUDGE.grade(floats, "f(at=[1, 2])").right


@pytest.mark.parametrize("accepted", ["abc", 3])
def test_one_accepted_value_may_stand_bare(accepted: object) -> None:
    wanted = task({"f": {"x": accepted}}, functions=(function("f"),))
    assert JUDGE.grade(wanted, f"f(x={accepted!r})").right
    assert not JUDGE.grade(wanted, "f()").right


@pytest.mark.parametrize("domain", ["java", "simple_java", "simple_javascript"])
def test_values_of_java_may_be_written_as_text(domain: str) -> None:
    golden = {"g": {"n": [4.0], "on": [True], "o": [{"k": [1]}], "e": [None]}}
    answer = """g(n="4", on="true", o='{"k": 1}', e=null)"""
    assert JUDGE.grade(task(golden, domain=domain, functions=(function("g"),)), answer).right
    objects = """g(n="4L", on=true, o="{k: 1}", e="null")"""
    assert JUDGE.grade(task(golden, domain=domain, functions=(function("g"),)), objects).right
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(x=-5)", "f(x=5)"),
        ("f(x=1.5)", "f(x=15)"),
        ("f(x=[1, 2])", "f(x=[12])"),
        ("f(x=True)", "f(x=1)"),
        ("f(x='5')", "f(x=5)"),
        ("[f(x=1), f(x=1)]", "f(x=1)"),
        ("[f(x=1), f(x", "[f(x=2), f(x"),
        ("no", "[f(x=2), f(x"),
    ],
)
def test_calls_with_other_values_are_not_the_same(one: str, other: str) -> None:
    assert not JUDGE.same(task(GOLDEN), one, other)
    assert JUDGE.same(task(GOLDEN), one, one)


def test_whole_numbers_and_floats_are_the_same_number() -> None:
    assert JUDGE.same(task(GOLDEN), "f(x=1, y={'a': [2]})", "f(y={'a': [2.0]}, x=1.0)")


@pytest.mark.parametrize(
    "golden", [3, [3], [{"f": 3}], [{"name": 3, "arguments": {}}], [{}], {"f": {}}, "f()"]
)
def test_a_reference_that_is_no_call_is_not_judged(golden: Any) -> None:
    assert JUDGE.grade(EvalTask("t", "?", answer=golden, judge="call"), "f()").right is None


_DEEP = [
    '{"f": {"x": ' + "[" * 900 + "]" * 900 + "}}",
    "f(x=" + "[" * 80 + "]" * 80 + ")",
    f"f(x=0x{'f' * 6000})",
    '{"name": "a\\n\\ud800", "arguments": {}}',
]


@given(
    st.text(max_size=200)
    | st.text(alphabet="f(){}[]\"'=,:x15.\n", max_size=60)
    | st.sampled_from(_DEEP)
)
def test_no_answer_raises(answer: str) -> None:
    for domain in ("simple", "java"):
        grade = JUDGE.grade(task(GOLDEN, domain=domain), answer)
        assert grade.right is False
        assert grade.why.isprintable()
    assert isinstance(JUDGE.same(task(GOLDEN), answer, answer), bool)
    assert JUDGE.grade(task(), answer).right in (True, False)
