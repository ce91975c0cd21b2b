"""What asking and accepting come to in a state: chances, agreement, what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.options import Option
from orchestra_cli.policy import State, Task
from orchestra_cli.trajectory import Turn
from prefs.profile import Profile
from tools.base import Buffers, Observation
from tools.experts import ExpertCard
from tools.prices import FlatPrice

CARDS = {
    "answer-1": ExpertCard("mini", "m-1", price=FlatPrice(0.1, 0.4), success_rate=0.7),
    "answer-2": ExpertCard("peer", "m-2", price=FlatPrice(0.2, 0.8), success_rate=0.7),
    "answer-3": ExpertCard("dear", "m-3", price=FlatPrice(20.0, 90.0), success_rate=0.8),
    "search-1": ExpertCard("mini", "m-1", price=FlatPrice(0.1, 0.4), success_rate=0.7),
}
OUTLOOKS = Outlooks(CARDS, Profile("plain"))
PYTHON = Option("python", "python")


def asks(*numbers: int) -> list[Option]:
    return [Option(f"answer-{n}", "answer", {"model": f"answer-{n}"}) for n in numbers]


def accepts(*numbers: int) -> list[Option]:
    return [Option(f"attempt-{n}", "accept", {"attempt": f"attempt-{n}"}) for n in numbers]


def after(*said: tuple[int, str]) -> State:
    """(expert, answer), in the order in which they came."""
    turns = tuple(
        Turn(at, "", "answer", slot=f"answer-{n}", observation=Observation(text, attempt=text))
        for at, (n, text) in enumerate(said)
    )
    return State(task=Task("Which?"), turns=turns, buffers=Buffers(), functions=())


def test_before_any_attempt_each_expert_has_its_prospects() -> None:
    found = OUTLOOKS.of([*asks(1, 2, 3), PYTHON, Option("search-1", "search")], after())
    assert set(found) == {"answer-1", "answer-2", "answer-3"}
    assert found["answer-1"].success >= 0.7 and found["answer-1"].cost_usd > 0
    assert found["answer-3"].cost_usd > found["answer-1"].cost_usd


def test_an_attempt_is_as_good_as_its_expert_and_better_where_another_agrees() -> None:
    (alone,) = OUTLOOKS.of(accepts(1), after((1, "B"))).values()
    assert alone.success == pytest.approx(0.7, abs=0.01)
    assert (alone.cost_usd, alone.latency_s) == (0.0, 0.0)
    agreed = OUTLOOKS.of(accepts(1, 2), after((1, "B"), (2, "Answer: (B)")))
    assert agreed["attempt-1"] == agreed["attempt-2"]
    assert agreed["attempt-1"].success > 0.8
    split = OUTLOOKS.of(accepts(1, 2), after((1, "B"), (2, "C")))
    assert split["attempt-1"].success == pytest.approx(split["attempt-2"].success)
    assert split["attempt-1"].success < 0.5


def test_attempts_go_by_the_order_in_which_they_came() -> None:
    """The dear one was asked first."""
    found = OUTLOOKS.of(accepts(1, 2), after((3, "C"), (1, "B")))
    assert found["attempt-1"].success > found["attempt-2"].success


def test_who_has_answered_is_not_foreseen_again() -> None:
    assert set(OUTLOOKS.of(asks(1, 2), after((1, "B")))) == {"answer-2"}


def test_worth_is_the_best_first_and_of_the_same_answer_once() -> None:
    options = [*asks(3), *accepts(1, 2), PYTHON]
    worth = OUTLOOKS.worth(options, after((1, "B"), (2, "B")))
    assert [name for name, _ in worth] == ["attempt-1", "answer-3"]
    assert worth[0][1] > worth[1][1]
    assert [name for name, _ in OUTLOOKS.worth(asks(2), after())] == ["answer-2"]


def test_more_attempts_than_the_plan_weighs_are_no_error() -> None:
    cards = {f"answer-{n}": replace(CARDS["answer-1"], name=f"e{n}") for n in range(1, 7)}
    five = after(*((n, letter) for n, letter in zip(range(1, 6), "ABCDE", strict=True)))
    found = Outlooks(cards, Profile("plain")).of([*asks(6), *accepts(1, 2, 3, 4, 5)], five)
    assert set(found) == {f"attempt-{n}" for n in range(1, 5)}


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(0.05, 0.99), min_size=2, max_size=4),
    st.dictionaries(st.integers(1, 4), st.sampled_from("ABC"), max_size=4),
)
def test_chances_are_chances_and_names_do_not_matter(
    rates: list[float], by_expert: dict[int, str]
) -> None:
    said = [(n, text) for n, text in by_expert.items() if n <= len(rates)]
    cards = {
        f"answer-{n}": replace(CARDS["answer-1"], success_rate=rate)
        for n, rate in enumerate(rates, start=1)
    }
    others = {alias: replace(card, name=f"x{alias}") for alias, card in cards.items()}
    options = [*asks(*range(1, len(rates) + 1)), *accepts(*range(1, len(said) + 1))]
    found = Outlooks(cards, Profile("plain")).of(options, after(*said))
    assert found == Outlooks(others, Profile("plain")).of(options, after(*said))
    assert all(0 <= each.success <= 1 + 1e-9 and each.cost_usd >= 0 for each in found.values())
    accepted = {text: found[f"attempt-{at}"].success for at, (_, text) in enumerate(said, start=1)}
    assert sum(accepted.values()) <= 1 + 1e-9
