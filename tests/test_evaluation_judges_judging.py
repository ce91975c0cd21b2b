"""Who judges which task, and how the judges agree with a record and with each other."""

from __future__ import annotations

import pickle

import pytest
from judged_answers import task_of
from openai_server import OpenAIServer, streamed

from orchestra_cli.evaluation.judges.judging import Judging, agreement
from orchestra_cli.evaluation.judges.model import open_model_judge
from orchestra_cli.evaluation.tasks import EvalTask, JudgeName

NUMBER = task_of(7, "numeric")
LETTER = task_of("B", "choice", choices=("Oslo", "Bern"))
TEXT = task_of("Bern", "exact")
PROGRAM = task_of({"tests": "assert one() == 1"}, "code")
PROSE = task_of("It rained.", "model")


@pytest.mark.parametrize(
    ("task", "right", "wrong"),
    [
        (NUMBER, "7.0", "8"),
        (LETTER, "Bern", "A"),
        (TEXT, "It is Bern.", "Oslo"),
        (PROGRAM, "def one(): return 1", "def one(): return 2"),
    ],
)
def test_a_rule_judges_where_it_can(task: EvalTask, right: str, wrong: str) -> None:
    judging = Judging()
    for answer, verdict in ((right, True), (wrong, False)):
        grade, judge = judging.grade(task, answer)
        assert (grade.right, judge) == (verdict, task.judge)
    assert judging.same(task, right, right) and not judging.same(task, right, wrong)


@pytest.mark.parametrize("judge", ["call", "state"])
def test_calls_and_states_have_a_judge_too(judge: JudgeName) -> None:
    task = task_of([{"name": "book", "arguments": {"seats": 2}}], judge)
    grade, name = Judging().grade(task, "no call at all")
    assert (name, bool(grade.right)) == (judge, False)


def test_what_no_rule_can_judge_is_unjudged_without_a_model() -> None:
    grade, judge = Judging().grade(PROSE, "There was rain.")
    assert (grade.right, judge) == (None, "model")
    assert "--judge" in grade.why


def test_a_model_judges_what_no_rule_can(server: OpenAIServer) -> None:
    server.script(streamed("Verdict: right"))
    judging = Judging(model=open_model_judge(f"{server.base_url}#m", api_key_env=None))
    grade, judge = judging.grade(PROSE, "There was rain.")
    assert (grade.right, judge) == (True, "model")
    assert judging.grade(NUMBER, "7")[1] == "numeric"
    assert judging.same(PROSE, "It rained", "**it rained.**")
    assert len(server.requests) == 1


def test_agreement_with_a_record() -> None:
    answers = [
        (NUMBER, "7", 1.0),
        (NUMBER, "8", 0.0),
        (NUMBER, "7.0", 0.0),
        (NUMBER, "7", 0.5),
        (LETTER, "B", 1.0),
        (PROSE, "There was rain.", 1.0),
        (task_of(None, "numeric"), "7", 1.0),
    ]
    assert agreement(answers) == {"numeric": [True, True, False], "choice": [True]}


def test_agreement_of_a_model_stands_beside_that_of_the_rules(server: OpenAIServer) -> None:
    server.script(streamed("Verdict: right"), streamed("Verdict: right"), streamed("I cannot tell"))
    model = open_model_judge(f"{server.base_url}#m", api_key_env=None)
    answers = [(NUMBER, "7", 1.0), (NUMBER, "8", 0.0), (PROSE, "There was rain.", 1.0)]
    assert agreement(answers, model=model) == {"numeric": [True, True], "model": [True, False]}


def test_it_travels_to_a_worker() -> None:
    judging = Judging()
    judging.grade(NUMBER, "7")
    again = pickle.loads(pickle.dumps(judging))
    assert again.grade(NUMBER, "7")[0].right is True
