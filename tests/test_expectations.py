"""What is expected of a run if an option is chosen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.expectations import Expected, expect, own_success
from orchestra_cli.options import OWN_ANSWER, Option
from orchestra_cli.policy import State, Task
from tools.base import Buffers, CodeRun
from tools.experts import ExpertCard
from tools.prices import FREE, FlatPrice

DEAR = ExpertCard("dear", "m", price=FlatPrice(5.0, 25.0), latency_s=30, success_rate=0.8)
MINI = ExpertCard("mini", "m", price=FlatPrice(0.25, 2.0), latency_s=6, success_rate=0.72)
UNPRICED = ExpertCard("far", "m", success_rate=0.9)
OWN = ExpertCard("small", "m", price=FREE, success_rate=0.3)
EMPTY = Buffers()
CARDS = {"answer-1": DEAR, "answer-2": MINI, "answer-3": UNPRICED, "search-1": MINI}


def answer(alias: str) -> Option:
    return Option(alias, "answer", {"model": alias})


def expected(
    *options: Option, buffers: Buffers = EMPTY, accuracy: float = 1.0
) -> dict[str, Expected]:
    state = State(task=Task("x" * 400), turns=(), buffers=buffers, functions=())
    found = expect(options, state, CARDS, OWN, utility=lambda e: accuracy * e.success - e.cost_usd)
    return {option.name: each for option, each in zip(options, found, strict=True)}


def test_an_answer_is_what_its_expert_is() -> None:
    found = expected(answer("answer-2"))["answer-2"]
    # 100 tokens of request, 400 characters of question, a reply of 400 tokens
    dollars = (200 * 0.25 + 400 * 2.0) / 1e6
    assert found == Expected(0.72, pytest.approx(dollars), 6)


def test_what_was_gathered_will_be_read_and_paid_for() -> None:
    held = Buffers(
        documents=("d" * 4_000,), code_runs=(CodeRun("c" * 40, "o" * 40),), attempts=("a" * 80,)
    )
    more = expected(answer("answer-1"), buffers=held)["answer-1"].cost_usd
    less = expected(answer("answer-1"))["answer-1"].cost_usd
    assert more - less == pytest.approx(1_040 * 5.0 / 1e6)


def test_a_step_adds_itself_to_the_answer_that_is_worth_most() -> None:
    options = (Option("python", "python"), answer("answer-1"), answer("answer-2"))
    found = expected(*options)
    assert found["python"].success == 0.8
    assert found["python"].cost_usd == found["answer-1"].cost_usd
    assert found["python"].latency_s == pytest.approx(30.1)
    thrifty = expected(*options, accuracy=0.01)
    assert thrifty["python"].success == 0.72


def test_an_expert_that_only_helps_is_paid_too() -> None:
    found = expected(Option("search-1", "search", {"model": "search-1"}), answer("answer-1"))
    assert found["search-1"].cost_usd > found["answer-1"].cost_usd
    assert found["search-1"].latency_s == 36


def test_an_unknown_price_is_the_highest_at_hand() -> None:
    found = expected(answer("answer-1"), answer("answer-2"), answer("answer-3"))
    assert found["answer-3"].cost_usd == found["answer-1"].cost_usd
    assert expected(answer("answer-3"))["answer-3"].cost_usd == 0.0


def test_without_an_expert_the_model_itself_answers_in_the_end() -> None:
    found = expected(Option("python", "python"), Option(OWN_ANSWER, None))
    assert found["python"].success == found[OWN_ANSWER].success == 0.3
    assert expected(Option("python", "python"))["python"].success == 0.3


@pytest.mark.parametrize(
    ("price", "success"),
    [(None, 0.5), (FREE, 0.5), (FlatPrice(1, 9.9), 0.66), (FlatPrice(1, 1e9), 0.95)],
)
def test_a_dearer_model_is_taken_for_a_better_one(price: FlatPrice | None, success: float) -> None:
    assert own_success(ExpertCard("x", "m", price=price)) == pytest.approx(success)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_guess_never_falls_with_the_price(one: float, other: float) -> None:
    low, high = (
        own_success(ExpertCard("x", "m", price=FlatPrice(0, price)))
        for price in sorted((one, other))
    )
    assert 0.5 <= low <= high <= 0.95
    assert not math.isnan(low)
