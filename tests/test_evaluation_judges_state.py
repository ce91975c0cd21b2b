"""The state judge: the final database, what was said, what was looked at; and a whole run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agent_runs import played
from hypothesis import given
from hypothesis import strategies as st
from library_domain import charge, find, lend, library, state_task, write_library
from scripted import call

from orchestra_cli.evaluation.domains.domain import Domain
from orchestra_cli.evaluation.judges.base import Judge
from orchestra_cli.evaluation.judges.state import (
    StateJudge,
    answer_of,
    is_solved_by_doing_nothing,
    score_state,
    state_answer,
    verify_golden,
)
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Decision
from tools.base import ToolCall

TASK = state_task(find("Turing"), lend("m2", "b1"), charge("m1", 0.6), say=("Notes", "$0.90"))
SAID = "Alan has Notes. Ada owes 0.9 dollars."


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    return library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def judge(domain: Domain) -> Judge:
    return StateJudge({"library": domain})


@pytest.mark.parametrize(
    ("calls", "said", "why"),
    [
        ([lend("m2", "b1"), charge("m1", 0.6)], SAID, None),
        ([charge("m1", 0.2), charge("m1", 0.4), lend("m2", "b1")], SAID, None),
        ([lend("m9", "b1"), charge("m1", 0.6), lend("m2", "b1")], SAID, None),
        ([lend("m2", "b1"), charge("m1", 0.6)], "done", "did not say 'Notes'"),
        ([lend("m2", "b1")], SAID, "members/m1/fees is 0.3, not 0.89"),
        ([lend("m2", "b1"), charge("m1", 0.6), charge("m2", 1)], SAID, "members/m2/fees is 1"),
        ([], SAID, "books/b1/copies is 1, not 0 in the end"),
    ],
    ids=["as wanted", "another way", "after an error", "unsaid", "too little", "too much", "no"],
)
def test_the_final_database_and_the_words_decide(
    judge: Judge, calls: list[ToolCall], said: str, why: str | None
) -> None:
    grade = judge.grade(TASK, state_answer(calls, said))
    assert grade.right is (why is None)
    assert why is None or grade.why.startswith(why)


def test_what_the_golden_calls_touch_must_be_touched_where_the_task_says_so(judge: Judge) -> None:
    looked, guessed = state_answer([find("Turing")], "m2"), state_answer([], "m2")
    task = state_task(find("Turing"), say=("m2",))
    assert judge.grade(task, looked).right is True
    assert judge.grade(task, guessed).why == "never looked at members/m2"
    assert judge.grade(state_task(find("Turing"), say=("m2",), touch=False), guessed).right is True


def test_rows_added_and_taken_out_are_compared(judge: Judge) -> None:
    hold = ToolCall("hold", {"member_id": "m1", "book_id": "b2"})
    drop = ToolCall("drop_hold", {"hold_id": "m1:b2"})
    assert judge.grade(state_task(hold), state_answer([hold, drop, hold], "")).right is True
    assert (
        judge.grade(state_task(hold), state_answer([], "")).why
        == "holds/m1:b2 is absent in the end"
    )
    assert (
        judge.grade(state_task(), state_answer([hold], "")).why == "holds/m1:b2 is there in the end"
    )
    assert judge.grade(state_task(), state_answer([hold, drop], "")).right is True


def test_same_compares_databases_then_words(judge: Judge) -> None:
    one, other = [lend("m2", "b1"), charge("m1", 1)], [charge("m1", 1.0), lend("m2", "b1")]
    assert judge.same(TASK, state_answer(one, "a"), state_answer(other, "b"))
    assert not judge.same(TASK, state_answer(one, "a"), state_answer(one[:1], "a"))
    assert judge.same(TASK, "It is 5.", state_answer([find("Byron")], "it is 5"))
    assert not judge.same(TASK, "It is 5.", "It is 6.")


@given(answer=st.one_of(st.text(), st.builds(json.dumps, st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["calls", "said", "name", "arguments", "x"]), inner),
))))  # fmt: skip
def test_it_never_raises(answer: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    judge = StateJudge(
        {"library": _LIBRARY.setdefault("it", library(tmp_path_factory.mktemp("l")))}
    )
    assert judge.grade(TASK, answer).right is False
    assert judge.same(TASK, answer, answer)


_LIBRARY: dict[str, Domain] = {}


def test_depth_is_no_way_round_it(judge: Judge) -> None:
    for depth in (400, 5_000, 100_000):
        deep = "[" * depth + "]" * depth
        text = f'{{"calls": [{{"name": "lend", "arguments": {{"x": {deep}}}}}], "said": ""}}'
        assert judge.grade(TASK, text).right is False


@pytest.mark.parametrize(
    ("task", "why"),
    [
        (EvalTask("t", "q", answer="x", judge="state", domain="library"), "task t: answer: must"),
        (EvalTask("t", "q", answer={"actions": [1]}, domain="library"), "task t: answer.actions:"),
        (EvalTask("t", "q", answer=[], domain="moon"), "task t: tags.domain_file: name the TOML"),
        (EvalTask("t", "q", tags={"missing": "no database"}), "no database"),
        (EvalTask("t", "q", answer=[], tags={"domain_file": "/no/x.toml"}), "/no/x.toml: cannot"),
    ],
    ids=["reference", "calls", "domain", "missing", "file"],
)
def test_what_cannot_be_judged_is_said(judge: Judge, task: EvalTask, why: str) -> None:
    grade = judge.grade(task, "{}")
    assert grade.right is None and grade.why.startswith(why)
    assert not judge.same(task, "a", "a") or task.domain == "library"


def test_checks_of_a_synthesised_task(domain: Domain) -> None:
    assert verify_golden(domain, [find("Turing"), lend("m2", "b1")]) == ()
    problems = verify_golden(domain, [lend("m2", "b1"), lend("m1", "b1"), find("X")])
    assert problems == (
        "call 2 (lend): all copies of Notes are lent",
        "call 3 (find_member): nobody is called X",
    )
    assert not is_solved_by_doing_nothing(domain, TASK)
    assert not is_solved_by_doing_nothing(domain, state_task(find("Turing")))
    assert not is_solved_by_doing_nothing(domain, state_task(say=("sorry",)))
    assert is_solved_by_doing_nothing(domain, state_task(lend("m9", "b1")))


RIGHT = [
    call("find_member", last_name="Turing"),
    call("lend", member_id="m2", book_id="b9"),
    call("lend", member_id="m2", book_id="b1"),
    call("charge", member_id="m1", fee=0.6),
    Decision(answer=SAID),
]


@pytest.mark.parametrize(
    ("script", "right"), [(RIGHT, True), (RIGHT[:3] + RIGHT[4:], False)], ids=["right", "wrong"]
)
def test_a_run_through_the_loop_is_judged(
    tmp_path: Path, script: list[Decision], *, right: bool
) -> None:
    path = write_library(tmp_path)
    task = EvalTask(
        TASK.id, TASK.question, TASK.answer, domain="library", tags={"domain_file": str(path)}
    )
    session = library(tmp_path).open()
    run = played(script, *session.tools, task=task.as_task())
    errors = [turn.observation.error for turn in run.trajectory.turns if turn.observation]
    assert errors[:2] == [None, "no book b9"]
    assert [e.call.name for e in session.log] == [d.call.name for d in script if d.call]
    grade = StateJudge().grade(task, answer_of(run.trajectory))
    assert grade.right is right
    assert score_state(session.domain, task, session, run.trajectory.answer or "") == grade
