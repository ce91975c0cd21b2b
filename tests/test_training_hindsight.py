"""Options followed to the end, against runs worked by hand and runs that really happened."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from random import Random

import pytest
from tiny_pool import environment_over, write_pool
from training_episodes import play

from orchestra_cli.cascade.plan import Plan, Prospect
from orchestra_cli.evaluation.records import Outcome
from orchestra_cli.options import Option, options_of
from orchestra_cli.policy import Decision, State, Task
from orchestra_cli.training.environments.hindsight import Hindsight
from orchestra_cli.training.environments.recorded import RecordedEnvironment
from orchestra_cli.trajectory import Turn
from prefs.metrics import RunMetrics
from tools.base import Buffers

NAMES = ("cheap", "fair", "dear", "fourth", "fifth")
COSTS = (0.001, 0.01, 0.1, 0.2, 0.3)
SECONDS = (1.0, 2.0, 4.0, 8.0, None)


def hindsight(
    answers: str, right: str, *, rates: Sequence[float], prices: Sequence[float]
) -> Hindsight:
    """One letter an expert; who says `right` is right."""
    outcomes = {
        name: Outcome(float(letter == right), answer=letter, latency_s=seconds)
        for name, letter, seconds in zip(NAMES, answers, SECONDS, strict=False)
    }
    prospects = [Prospect(*each) for each in zip(rates, prices, strict=True)]
    return Hindsight(
        Plan(prospects, num_answers=10),
        outcomes,
        cost_usd=dict(zip(NAMES, COSTS, strict=True)),
        same=lambda one, other: one == other,
    )


def state(*asked: int) -> State:
    turns = tuple(Turn(at, "", "answer", slot=f"answer-{n}") for at, n in enumerate(asked))
    return State(task=Task("Which?"), turns=turns, buffers=Buffers(), functions=())


def ask(number: int) -> Option:
    return Option(f"answer-{number}", "answer", {"model": f"answer-{number}"})


def accept(number: int) -> Option:
    return Option(f"attempt-{number}", "accept", {"attempt": f"attempt-{number}"})


def test_asking_where_another_costs_too_much_ends_with_that_answer() -> None:
    known = hindsight("AB", "B", rates=(0.7, 0.8), prices=(0.01, 0.9))
    cheap, fair = known.runs(state(), [ask(1), ask(2)])
    assert cheap == RunMetrics(False, 0.001, 1.0, {"cheap": 1})
    assert fair == RunMetrics(True, 0.01, 2.0, {"fair": 1})  # 0.8 is not made better by 0.7 alone


def test_after_the_option_the_plan_goes_on_without_knowing_who_is_right() -> None:
    """cheap, then for 0.001 more fair; they differ, so dear decides, and nobody is left."""
    known = hindsight("ABB", "A", rates=(0.6, 0.65, 0.7), prices=(0.0, 0.001, 0.002))
    (found,) = known.runs(state(), [ask(1)])
    assert found.calls == {"cheap": 1, "fair": 1, "dear": 1}
    assert (found.cost_usd, found.latency_s) == (pytest.approx(0.111), 7.0)
    assert not found.is_right  # two say B, and the record says A


def test_two_that_agree_need_no_dear_third() -> None:
    agreeing = hindsight("AAB", "A", rates=(0.7, 0.7, 0.75), prices=(0.0, 0.0, 0.1))
    (found,) = agreeing.runs(state(1), [ask(2)])
    assert found == RunMetrics(True, pytest.approx(0.011), 3.0, {"cheap": 1, "fair": 1})
    differing = hindsight("ABB", "B", rates=(0.7, 0.7, 0.75), prices=(0.0, 0.0, 0.1))
    (found,) = differing.runs(state(1), [ask(2)])
    assert found.calls == {"cheap": 1, "fair": 1, "dear": 1} and found.is_right


def test_accepting_is_what_was_asked_and_no_more() -> None:
    known = hindsight("ABC", "B", rates=(0.5, 0.5, 0.5), prices=(0.0, 0.0, 0.0))
    first, second = known.runs(state(3, 2), [accept(1), accept(2)])
    spent = {"cost_usd": pytest.approx(0.11), "latency_s": 6.0, "calls": {"dear": 1, "fair": 1}}
    assert first == RunMetrics(is_right=False, **spent)
    assert second == RunMetrics(is_right=True, **spent)


@pytest.mark.parametrize("answers", ["ABCDE", "ABCDD", "AAAAB"])
def test_a_fifth_answer_costs_and_the_first_four_are_weighed(answers: str) -> None:
    rates = (0.5, 0.5, 0.9, 0.5, 0.5)
    known = hindsight(answers, answers[2], rates=rates, prices=(0.0,) * 5)
    found, accepted = known.runs(state(1, 2, 3, 4), [ask(5), accept(3)])
    assert found.calls == dict.fromkeys(NAMES, 1) and found.is_right and accepted.is_right
    assert found.cost_usd == pytest.approx(sum(COSTS)) and found.latency_s == 15.0


class Follows:
    """A `Policy` that draws any option, and notes what it is said to lead to."""

    name, answers_itself = "follows", False

    def __init__(self, known: Hindsight, rng: Random) -> None:
        self._known, self._rng = known, rng
        self.said: list[RunMetrics] = []

    def choose(self, state: State) -> Generator[str, None, Decision]:
        yield from ()
        options = options_of(state.functions, own_answer=False)
        option = self._rng.choice(options)
        self.said.append(self._known.runs(state, options)[options.index(option)])
        return Decision(call=option.call, reply=option.text)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> RecordedEnvironment:
    return environment_over(write_pool(tmp_path_factory.mktemp("pool")))


def test_what_accepting_is_said_to_lead_to_is_what_the_run_is_scored(
    environment: RecordedEnvironment,
) -> None:
    lengths = set()
    for seed in range(30):
        index = seed % len(environment)
        episode = environment.episode(index, seed=seed)
        policy = Follows(environment.hindsight(index, seed=seed), Random(seed))
        trajectory, _ = play(episode, policy)
        metrics = episode.score(trajectory)
        assert metrics is not None and trajectory.turns[-1].tool == "accept"
        assert policy.said[-1] == metrics
        lengths.add(len(policy.said))
    assert len(lengths) >= 3
