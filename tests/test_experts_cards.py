"""Experts measured on the tasks, against a server that knows the answers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from card_experts import TASKS, TOKENS, CardServer

from orchestra_cli.errors import RefusedError
from orchestra_cli.experts.card_plan import CardPlan, make_plans, most_usd
from orchestra_cli.experts.cards import MeasuredCard, Outcome, TaskResult, card_of
from orchestra_cli.experts.measuring import MAX_TOKENS, Measured, measure
from orchestra_cli.experts.records import RecordsError, records_path
from tools.budget import Budget
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import ExpertCard
from tools.metered_endpoint import Patience
from tools.prices import FREE, FlatPrice, Price

PRICE = FlatPrice(1.0, 10.0)
CALL_USD = PRICE.cost_usd(input_tokens=TOKENS[0], output_tokens=TOKENS[1])


@pytest.fixture
def server() -> Iterator[CardServer]:
    with CardServer() as server:
        yield server


def expert(
    server: CardServer, *, price: Price | None = FREE, remote: bool = True, **more: Any
) -> EndpointExpert:
    card = ExpertCard("big", "big-1", price=price, leaves_machine=remote, **more)
    return EndpointExpert(card, Endpoint(server.base_url, "big-1"), patience=Patience(max_tries=1))


def plan_for(
    expert: EndpointExpert, *, per_domain: int | None = None, afresh: bool = False
) -> CardPlan:
    (plan,) = make_plans([expert], per_domain=per_domain, afresh=afresh)
    return plan


def run(
    plan: CardPlan, *, max_cost_usd: float | None = None
) -> tuple[Measured, list[TaskResult], MeasuredCard | None]:
    shown: list[TaskResult] = []
    outcome = measure(
        plan.expert, plan.tasks, store=plan.store, budget=Budget(max_cost_usd), show=shown.append
    )
    return outcome, shown, card_of(plan.store.load())


def test_an_expert_that_knows_everything(server: CardServer) -> None:
    outcome, shown, card = run(plan_for(expert(server, price=PRICE)))
    assert outcome == Measured(left=0) and len(shown) == len(TASKS) == 36
    assert card and set(card.scores.values()) == {(6, 6)}
    assert card.unreached == 0 and card.cost_usd == pytest.approx(CALL_USD)
    assert card.latency_s and 0 < card.latency_s < 5
    assert {request.body["max_tokens"] for request in server.requests} == {MAX_TOKENS}


def test_wrong_answers_are_counted_by_domain(server: CardServer) -> None:
    server.wrong = {"tank", "curve", "coins", "organ"}
    _, _, card = run(plan_for(expert(server)))
    assert card and card.text == (
        "mathematics 4/6, code 5/6, knowledge 5/6, reasoning 6/6, writing 6/6, extraction 6/6"
    )


def test_the_strongest_domain_is_told(server: CardServer) -> None:
    server.wrong = {task.name for task in TASKS if task.domain != "code"}
    _, _, card = run(plan_for(expert(server, price=PRICE)))
    assert card and card.text.endswith("extraction 0/6; strongest in code; about $0.0006 a call")


def test_remote_experts_take_a_few_tasks_at_a_time_and_local_ones_one(server: CardServer) -> None:
    server.pause_s = 0.02
    run(plan_for(expert(server), per_domain=2))
    assert 2 <= server.most_at_once <= 4
    server.most_at_once = 0
    run(plan_for(expert(server, remote=False), per_domain=2, afresh=True))
    assert server.most_at_once == 1


def test_a_failed_call_is_no_wrong_answer_and_is_tried_again(server: CardServer) -> None:
    server.failing = {"coins", "tank"}
    outcome, shown, card = run(plan_for(expert(server, remote=False)))
    assert outcome == Measured(left=0)
    assert card and card.unreached == 2 and card.scores["code"] == (5, 5)
    assert [each.task for each in shown if each.outcome is Outcome.UNREACHED] == ["tank", "coins"]
    server.failing = set()
    server.asked.clear()
    _, _, card = run(plan_for(expert(server)))
    assert sorted(server.asked) == ["coins", "tank"]
    assert card and card.unreached == 0 and card.scores["code"] == (6, 6)


def test_an_expert_that_only_fails_is_given_up(server: CardServer) -> None:
    server.failing = {task.name for task in TASKS}
    outcome, shown, card = run(plan_for(expert(server, remote=False)))
    assert len(server.asked) == len(shown) == 3 and outcome.left == 33
    assert outcome.failure and "no tank today" not in outcome.failure
    assert "HTTP 400" in outcome.failure and "today" in outcome.failure
    assert card and card.scores == {} and card.unreached == 3


def test_what_was_answered_is_not_asked_again(server: CardServer) -> None:
    run(plan_for(expert(server), per_domain=1))
    assert len(server.asked) == 6
    server.asked.clear()
    _, _, card = run(plan_for(expert(server), per_domain=2))
    assert len(server.asked) == 6
    assert card and set(card.scores.values()) == {(2, 2)}
    assert plan_for(expert(server), per_domain=2).tasks == ()
    assert len(plan_for(expert(server), per_domain=2, afresh=True).tasks) == 12


def test_another_model_is_measured_from_the_start(server: CardServer) -> None:
    run(plan_for(expert(server), per_domain=1))
    card = ExpertCard("big", "big-2", price=FREE)
    other = EndpointExpert(card, Endpoint(server.base_url, "big-2"))
    assert len(plan_for(other, per_domain=1).tasks) == 6


def test_a_break_keeps_what_is_done(server: CardServer) -> None:
    server.pause_s = 0.25  # the signal may be late on a busy machine
    plan = plan_for(expert(server))
    seen = 0

    def show(result: TaskResult) -> None:
        nonlocal seen
        seen += 1
        if seen == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        measure(plan.expert, plan.tasks, store=plan.store, budget=Budget(), show=show)
    kept = plan.store.load()
    assert 5 <= len(kept) == seen < 12
    assert {result.outcome for result in kept} == {Outcome.RIGHT}
    assert len(plan_for(expert(server)).tasks) == len(TASKS) - len(kept)
    assert not [each for each in threading.enumerate() if each.name.startswith("card")]


def test_a_budget_is_never_exceeded_and_cuts_no_answer_short(server: CardServer) -> None:
    plan = plan_for(expert(server, price=PRICE))
    cap_usd = 0.05
    outcome, shown, _ = run(plan, max_cost_usd=cap_usd)
    assert outcome.out_of_budget and outcome.failure is None
    spent = sum(each.usage.cost_usd or 0.0 for each in shown)
    assert 0 < spent <= cap_usd and outcome.left == len(TASKS) - len(shown)
    assert {request.body["max_tokens"] for request in server.requests} == {MAX_TOKENS}
    assert server.most_at_once == 1


def test_a_budget_of_the_worst_case_is_enough(server: CardServer) -> None:
    plan = plan_for(expert(server, price=PRICE, max_tokens=1000))
    most = most_usd([plan], max_cost_usd=None)
    assert most is not None and most > 36 * 0.01
    outcome, shown, _ = run(plan, max_cost_usd=most)
    assert outcome == Measured(left=0) and len(shown) == 36
    assert {request.body["max_tokens"] for request in server.requests} == {1000}


def test_what_it_may_cost(server: CardServer) -> None:
    priced, free = plan_for(expert(server, price=PRICE)), plan_for(expert(server))
    unknown = plan_for(expert(server, price=None))
    worst = priced.worst_usd
    assert worst and 36 * MAX_TOKENS * 10e-6 < worst < 36 * MAX_TOKENS * 10e-6 * 1.1
    assert most_usd([free], max_cost_usd=None) == 0.0
    assert most_usd([priced], max_cost_usd=None) == pytest.approx(worst)
    assert most_usd([priced, free], max_cost_usd=0.5) == 0.5
    assert most_usd([priced], max_cost_usd=99) == pytest.approx(worst)
    assert most_usd([unknown], max_cost_usd=None) is None
    with pytest.raises(RefusedError, match=r"price of big is not known.*price_in_usd_per_mtok"):
        most_usd([priced, unknown], max_cost_usd=0.5)


def test_a_file_that_cannot_be_written_stops_the_spending(server: CardServer) -> None:
    plan = plan_for(expert(server, remote=False))
    records_path().parent.mkdir(parents=True)
    records_path().write_text("no database " * 99)
    with pytest.raises(RecordsError, match="delete this file"):
        run(plan)
    assert len(server.asked) == 1
