"""Steering where an answer can be checked by another: agreement decides whether to ask on."""

from __future__ import annotations

import pytest

from orchestra_cli.engines.base import Sampling
from orchestra_cli.options import Option
from orchestra_cli.policy import State, Task
from orchestra_cli.steering import Choice, Steering
from orchestra_cli.trajectory import Turn
from prefs.profile import Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector
from tools.accept import AcceptTool
from tools.base import Buffers, Observation, Tool
from tools.experts import ExpertCard
from tools.prices import FREE, FlatPrice

CARDS = {
    "answer-1": ExpertCard("mini", "m-1", price=FlatPrice(0.1, 0.4), success_rate=0.7),
    "answer-2": ExpertCard("peer", "m-2", price=FlatPrice(0.1, 0.4), success_rate=0.7),
    "answer-3": ExpertCard("dear", "m-3", price=FlatPrice(10.0, 40.0), success_rate=0.8),
}
OWN = ExpertCard("small", "m", price=FREE, success_rate=0.3)
OPTIONS = (
    Option("answer-3", "answer", {"model": "answer-3"}),
    Option("attempt-1", "accept", {"attempt": "attempt-1"}),
    Option("attempt-2", "accept", {"attempt": "attempt-2"}),
)


def chosen(
    *said: str, worth_usd: float, beta: float = 20.0, tools: tuple[Tool, ...] = (AcceptTool(),)
) -> Choice:
    """After these answers, by a policy that finds all options even."""
    turns = tuple(
        Turn(at, "", "answer", slot=f"answer-{at + 1}", observation=Observation(t, attempt=t))
        for at, t in enumerate(said)
    )
    state = State(
        task=Task("Which?"), turns=turns, buffers=Buffers(attempts=said), functions=(), tools=tools
    )
    profile = Profile(
        "plain",
        preference=PreferenceVector(1.0, 1.0, 0.0),
        worth=Worth(right_answer_usd=worth_usd),
        beta=beta,
    )
    return Steering(profile, CARDS, OWN).choose(OPTIONS, [1 / 3] * 3, state, Sampling())


def share(choice: Choice, name: str) -> float:
    return sum(each.probability for each in choice.candidates if each.candidate.name == name)


@pytest.mark.parametrize(
    ("said", "worth_usd", "asks_on"),
    [
        (("B", "B"), 0.10, False),
        (("B", "C"), 0.10, True),
        (("B", "C"), 0.02, False),
        (("B", "The answer is (B)."), 0.10, False),
    ],
    ids=["they agree", "they differ", "they differ and it is worth little", "in other words"],
)
def test_two_that_agree_are_accepted_and_two_that_differ_are_checked(
    said: tuple[str, ...], worth_usd: float, asks_on: bool
) -> None:
    choice = chosen(*said, worth_usd=worth_usd)
    accepting = share(choice, "attempt-1") + share(choice, "attempt-2")
    assert (share(choice, "answer-3") > accepting) is asks_on
    assert (choice.option.function == "answer") is asks_on
    assert sum(each.probability for each in choice.candidates) == pytest.approx(1.0)


def test_agreement_makes_accepting_likelier_whatever_asking_costs() -> None:
    for worth_usd in (0.02, 0.10, 1.0):
        agree, differ = (chosen(*said, worth_usd=worth_usd) for said in (("B", "B"), ("B", "C")))
        assert share(agree, "attempt-1") > share(differ, "attempt-1")
        assert share(agree, "answer-3") < share(differ, "answer-3")


def test_without_steering_the_policy_s_own_odds_stay() -> None:
    choice = chosen("B", "C", worth_usd=0.10, beta=0.0)
    assert [each.probability for each in choice.candidates] == pytest.approx([1 / 3] * 3)


def test_where_nothing_can_be_accepted_agreement_has_no_part() -> None:
    """Without the tool an attempt is as good as its expert."""
    agree, differ = (chosen(*said, worth_usd=0.1, tools=()) for said in (("B", "B"), ("B", "C")))
    assert agree.candidates == differ.candidates
