"""The teacher: the plan's soft form over the options of a state, whatever the experts have said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.cascade.plan import Plan, Prospect
from orchestra_cli.policy import Decision, State, Task
from orchestra_cli.training.environments.teacher import Teacher
from orchestra_cli.trajectory import Turn
from tools.accept import attempt_names
from tools.base import Buffers, JsonObject, Observation


def choice(name: str, argument: str, values: Sequence[str]) -> JsonObject:
    properties = {argument: {"type": "string", "enum": list(values)}}
    parameters = {"type": "object", "properties": properties, "required": [argument]}
    return {"name": name, "description": "", "parameters": parameters}


def state_of(num_experts: int, *attempts: tuple[int, str]) -> State:
    """After these experts, counted from 0, have said these answers."""
    asked = {expert for expert, _ in attempts}
    left = [f"answer-{n + 1}" for n in range(num_experts) if n not in asked]
    functions = [choice("answer", "model", left)] if left else []
    if attempts:
        functions.append(choice("accept", "attempt", attempt_names(len(attempts))))
    turns = [
        Turn(at, "", "answer", {}, Observation(said, attempt=said), slot=f"answer-{expert + 1}")
        for at, (expert, said) in enumerate(attempts)
    ]
    buffers = Buffers(attempts=tuple(said for _, said in attempts))
    return State(Task("which?"), tuple(turns), buffers, tuple(functions))


def taught(prospects: Sequence[Prospect], state: State) -> tuple[Decision, dict[str, float]]:
    """(what it does, how likely each option should be)."""
    teacher = Teacher(
        Plan(prospects, num_answers=10),
        experts={f"answer-{n + 1}": n for n in range(len(prospects))},
        same=lambda one, other: one.casefold() == other.casefold(),
        draw=lambda weights: max(range(len(weights)), key=weights.__getitem__),
    )
    run = teacher.choose(state)
    try:
        while True:
            next(run)
    except StopIteration as end:
        decision: Decision = end.value
    return decision, {each.candidate.name: each.probability for each in decision.candidates}


EVEN = [Prospect(0.6, 0.01), Prospect(0.6, 0.01), Prospect(0.6, 0.01)]
PROSPECTS = st.lists(
    st.builds(Prospect, st.floats(0.05, 0.95), st.floats(0.0, 0.4)), min_size=2, max_size=6
)


def test_experts_that_are_even_are_taught_evenly() -> None:
    _, target = taught(EVEN, state_of(3))
    assert list(target) == ["answer-1", "answer-2", "answer-3"]
    assert list(target.values()) == pytest.approx([1 / 3] * 3)


def test_a_difference_of_tau_is_a_factor_of_e() -> None:
    """Where one answers after the other nothing but the price differs: 0.004 of a right answer."""
    plan = Plan([Prospect(0.6, 0.300), Prospect(0.6, 0.304)], num_answers=10)
    values = plan.asking(())
    assert values[0] - values[1] == pytest.approx(0.004)
    _, target = taught([Prospect(0.6, 0.300), Prospect(0.6, 0.304)], state_of(2))
    assert target["answer-1"] / target["answer-2"] == pytest.approx(2.71828, rel=1e-3)


def test_an_agreed_answer_is_accepted_and_the_first_of_its_attempts() -> None:
    decision, target = taught(EVEN, state_of(3, (1, "Paris"), (2, "paris")))
    assert decision.call is not None and decision.call.arguments == {"attempt": "attempt-1"}
    assert target["attempt-1"] > 0.9 and target["attempt-2"] < 1e-6
    assert "attempt-1" in decision.reply


def test_where_two_differ_a_third_is_asked_or_the_better_believed() -> None:
    cheap = [Prospect(0.6, 0.01), Prospect(0.6, 0.01), Prospect(0.8, 0.01)]
    _, target = taught(cheap, state_of(3, (0, "Paris"), (1, "Rome")))
    assert target["answer-3"] > 0.99
    dear = [Prospect(0.8, 0.01), Prospect(0.5, 0.01), Prospect(0.8, 0.9)]
    _, target = taught(dear, state_of(3, (1, "Rome"), (0, "Paris")))
    assert target["attempt-2"] > 0.99, "the better one's, though it came second"


def test_the_order_in_which_answers_came_changes_no_value() -> None:
    prospects = [Prospect(0.7, 0.01), Prospect(0.5, 0.01), Prospect(0.8, 0.05)]
    _, one = taught(prospects, state_of(3, (0, "a"), (1, "b")))
    _, other = taught(prospects, state_of(3, (1, "b"), (0, "a")))
    assert one["attempt-1"] == pytest.approx(other["attempt-2"])
    assert one["answer-3"] == pytest.approx(other["answer-3"])


def test_a_fifth_different_answer_is_left_out_and_the_others_are_weighed_all_the_same() -> None:
    prospects = [Prospect(0.3 + 0.1 * n, 0.01) for n in range(6)]
    said = [(0, "a"), (1, "b"), (2, "c"), (3, "d"), (5, "e"), (4, "B")]
    decision, target = taught(prospects, state_of(6, *said))
    assert list(target) == [f"attempt-{n}" for n in range(1, 7)]
    assert target["attempt-5"] < 1e-9, "the fifth answer, though the best expert's"
    assert decision.call is not None and decision.call.arguments == {"attempt": "attempt-2"}
    _, without = taught(prospects, state_of(6, *said[:4], said[5]))
    assert target["attempt-2"] == pytest.approx(without["attempt-2"])


@settings(deadline=None, max_examples=60)
@given(PROSPECTS, st.data())
def test_it_chooses_what_is_offered_by_chances_that_add_up(
    prospects: list[Prospect], data: st.DataObject
) -> None:
    asked = data.draw(st.permutations(range(len(prospects))))
    count = data.draw(st.integers(0, len(prospects)))
    said = data.draw(st.lists(st.sampled_from("abcdef"), min_size=count, max_size=count))
    attempts = list(zip(asked[:count], said, strict=True))
    state = state_of(len(prospects), *attempts)
    decision, target = taught(prospects, state)
    assert sum(target.values()) == pytest.approx(1.0)
    assert decision.call is not None and decision.call.name in state.offered
    (name,) = decision.call.arguments.values()
    assert target[str(name)] == max(target.values())
    assert decision.reply.startswith("<tool_call>\n") and str(name) in decision.reply
