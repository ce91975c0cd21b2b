"""Simulated experts: what they know, cost and take, and whose cards they are made of."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from orchestra_cli.config import Config
from orchestra_cli.experts.card_tasks import load_task_set
from orchestra_cli.experts.cards import Outcome, ResultStore, TaskResult
from orchestra_cli.experts.configured import expert_card
from orchestra_cli.preference_test.simulated import (
    WRONG,
    SimulatedExpert,
    World,
    built_in_world,
    load_tasks,
    load_world,
    right_answer,
    task_question,
)
from tools.base import CallContext, Usage
from tools.budget import Budget
from tools.experts import ExpertFailedError, ExpertReply

TASKS = load_tasks()
CONFIG = """
[experts.one]
base_url = "https://one.example/v1"
model = "m1"
api_key_env = "A_KEY_THAT_IS_NOT_SET"
price_in_usd_per_mtok = 1.0
price_out_usd_per_mtok = 10.0
latency_s = 7
success_rate = 0.5

[experts.two]
base_url = "http://127.0.0.1:9/v1"
model = "m2"
latency_s = 20
success_rate = 0.25
"""
UNKNOWN = """
[experts.three]
base_url = "https://three.example/v1"
model = "m3"
"""


def config_of(toml: str) -> Config:
    return Config.model_validate(tomllib.loads(toml))


def expert_of(world: World, name: str, **card: Any) -> SimulatedExpert:
    table = world.tables[name].model_copy(update=card)
    return world.simulate(expert_card(name, table, leaves_machine=True))


def asked(expert: SimulatedExpert, question: str, budget: Budget | None = None) -> ExpertReply:
    context = CallContext(question, budget=budget or Budget())
    messages = [{"role": "user", "content": "x" * 400}]
    return expert.complete(messages, max_tokens=1_000, context=context)


def num_right(expert: SimulatedExpert, domain: str) -> int:
    return sum(
        task.check.passes(asked(expert, task_question(task)).text)
        for task in TASKS
        if task.domain == domain
    )


def test_the_rules_themselves_tell_right_from_wrong() -> None:
    assert len(TASKS) == 24
    assert {task.domain for task in TASKS} == {
        "mathematics",
        "knowledge",
        "reasoning",
        "extraction",
    }
    for task in TASKS:
        assert task.check.passes(right_answer(task) or ""), task.name
        assert not task.check.passes(WRONG), task.name


@pytest.mark.parametrize("name", ["strong", "fast", "cheap", "local"])
def test_each_domain_has_the_share_that_is_stated(name: str) -> None:
    world = built_in_world()
    expert = expert_of(world, name)
    for domain, share in world.right[name].items():
        assert num_right(expert, domain) == round(6 * share), domain


def test_the_card_states_the_mean_of_the_domains() -> None:
    world = built_in_world()
    for name, table in world.tables.items():
        shares = world.right[name].values()
        assert table.success_rate == pytest.approx(sum(shares) / 4, abs=1e-4)


def test_who_knows_what_never_changes() -> None:
    first, second = (expert_of(built_in_world(), "cheap") for _ in range(2))
    assert first.answers == second.answers
    assert first.answers != expert_of(built_in_world(), "fast").answers


def test_a_reply_costs_and_takes_what_the_card_says() -> None:
    used = asked(expert_of(built_in_world(), "strong"), task_question(TASKS[0])).usage
    assert (used.input_tokens, used.output_tokens, used.latency_s) == (100, 400, 96.0)
    assert used.cost_usd == pytest.approx((100 * 15 + 400 * 75) / 1e6)


def test_a_cost_limit_holds_for_simulated_dollars() -> None:
    strong, question = expert_of(built_in_world(), "strong"), task_question(TASKS[0])
    budget = Budget(0.10)
    asked(strong, question, budget)
    assert budget.left_usd == pytest.approx(0.10 - 0.0315)
    with pytest.raises(ExpertFailedError, match="strong: it may cost more"):
        asked(strong, question, Budget(0.001))


def test_experts_that_are_known_replace_the_made_up_ones() -> None:
    world = load_world(config_of(CONFIG + UNKNOWN))  # whose keys are not there
    assert list(world.tables) == ["one", "two"]
    assert world.left_out == ("three",) and not world.is_built_in
    one = expert_of(world, "one")
    assert sum(num_right(one, domain) for domain in {task.domain for task in TASKS}) == 12


@pytest.mark.parametrize("toml", ["", UNKNOWN, CONFIG.partition("[experts.two]")[0]])
def test_fewer_than_two_known_experts_are_none(toml: str) -> None:
    world = load_world(config_of(toml))
    assert list(world.tables) == ["strong", "fast", "cheap", "local"] and world.is_built_in
    assert world.left_out == tuple(config_of(toml).experts)


def test_what_was_recorded_counts_before_what_is_drawn() -> None:
    drawn = expert_of(load_world(config_of(CONFIG)), "one")
    task = TASKS[0]
    was_right = task.check.passes(asked(drawn, task_question(task)).text)
    outcome = Outcome.WRONG if was_right else Outcome.RIGHT
    used = Usage("one", 1, 70, 900, 0.123, 4.5)
    store = ResultStore("one", "m1", load_task_set().digest)
    store.save(TaskResult(task.name, task.domain, outcome, used, "2026-11-22"))
    lost = TaskResult(TASKS[1].name, task.domain, Outcome.UNREACHED, used, "2026-11-22")
    store.save(lost)
    recorded = expert_of(load_world(config_of(CONFIG)), "one", success_rate=0.5)
    reply = asked(recorded, task_question(task))
    assert task.check.passes(reply.text) is not was_right
    assert reply.usage == used
    unreached = task_question(TASKS[1])
    assert recorded.answers[unreached] == drawn.answers[unreached]
