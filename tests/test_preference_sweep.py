"""The cost and the latency weight from 0 to 1: what they weigh never rises, and nothing is wasted.

At weight w the steered distribution s is claimed to make

    F(q) = E_q[U] − (V / β) · KL(q ‖ model)

largest over all mixtures q of the same candidates. So for any q with KL(q) ≤ KL(s), the model's
own distribution among them: E_q[U] ≤ E_s[U]; and where q neither costs nor takes more than s, it is
not more often right. A q that is farther from the model may be right more often at no higher cost,
by at most (KL(q) − KL(s)) / (β · accuracy): that is what β holds back. Between two weights the
accuracy given up is worth at most what is saved, at the higher weight, and the nearness to the
model gained (`check_fall`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from preference_bench import made_up_bench

from orchestra_cli.config import Config, OrchestratorTable
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.orchestrator import load_orchestrator
from orchestra_cli.preference_test.runs import Bench
from orchestra_cli.preference_test.simulated import built_in_world, load_tasks
from orchestra_cli.preference_test.sweep import (
    STEPS,
    SweepStep,
    Weight,
    steered_choice,
    sweep,
    with_weight,
)
from prefs.profile import Profile
from prefs.steering import Candidate, utility_usd
from prefs.vector import PreferenceVector

Decisions = Sequence[Sequence[Candidate]]
WEIGHTS: tuple[Weight, ...] = ("cost", "latency")
PROFILES = {
    "defaults": Profile(),
    "cost alone": Profile(preference=PreferenceVector(1.0, 0.3, 0.0)),
    "latency alone": Profile(preference=PreferenceVector(1.0, 0.0, 0.1)),
    "gentle": Profile(beta=3.0),
    "with a favourite": Profile(preference=PreferenceVector(0.8, 0.3, 0.1, {"local": 0.9})),
}
TINY = 1e-9


@pytest.fixture(scope="module")
def even() -> Decisions:
    """The first choices of the plain rules, whose odds are even."""
    return made_up_bench().decisions(Profile())


@pytest.fixture(scope="module")
def random_models() -> Decisions:
    """Choices of many candidates, some as good as impossible to the model."""
    rng = random.Random(5)
    return [random_choice(rng) for _ in range(40)]


@pytest.fixture(scope="module")
def own(gguf: Path) -> Decisions:
    """What the embedded model itself would choose in its first turn."""

    def here(entry: CatalogEntry) -> Path:
        return gguf

    # Slots alone: untrained and in a chat, it would sooner answer itself than call anyone.
    table = OrchestratorTable(
        policy="model", prompt_style="toolorchestra", adapter=Path("none"), checks_answers=False
    )
    loaded = load_orchestrator(table, fetch=here)
    bench = Bench(Config(), loaded, built_in_world(), load_tasks(per_domain=1)[:3])
    try:
        return bench.decisions(Profile())
    finally:
        loaded.engine.close()


def random_choice(rng: random.Random) -> list[Candidate]:
    number = rng.randint(2, 9)
    likely = distribution(rng, number)
    return [
        Candidate(
            name=f"c{at}",
            probability=likely[at],
            success=rng.random(),
            cost_usd=rng.choice([0.0, 10 ** rng.uniform(-5, 0)]),
            latency_s=10 ** rng.uniform(-1, 3),
            tool_weight=rng.choice([None, None, rng.random()]),
        )
        for at in range(number)
    ]


def distribution(rng: random.Random, number: int) -> list[float]:
    weights = [rng.expovariate(1) ** 3 for _ in range(number)]
    return [weight / sum(weights) for weight in weights]


def divergence(q: Sequence[float], choice: Sequence[Candidate]) -> float:
    """KL(q ‖ model)."""
    pairs = zip(q, choice, strict=True)
    return sum(p * math.log(p / each.probability) for p, each in pairs if p > 0)


def expected(q: Sequence[float], choice: Sequence[Candidate], figure: str) -> float:
    return sum(p * float(getattr(each, figure)) for p, each in zip(q, choice, strict=True))


def utility(q: Sequence[float], choice: Sequence[Candidate], profile: Profile) -> float:
    pairs = zip(q, choice, strict=True)
    return sum(p * utility_usd(each, profile.preference, profile.worth) for p, each in pairs)


def steered(choice: Sequence[Candidate], profile: Profile) -> list[float]:
    return [each.probability for each in steered_choice(choice, profile)]


def nearer(q: Sequence[float], choice: Sequence[Candidate], most: float) -> list[float]:
    """q moved towards the model until its divergence is no more than that."""
    model = [each.probability for each in choice]
    low, high = 0.0, 1.0
    for _ in range(40):
        share = (low + high) / 2
        mixed = [share * a + (1 - share) * b for a, b in zip(q, model, strict=True)]
        low, high = (share, high) if divergence(mixed, choice) <= most else (low, share)
    return [low * a + (1 - low) * b for a, b in zip(q, model, strict=True)]


def check_never_rises(decisions: Decisions, weight: Weight) -> None:
    for name, profile in PROFILES.items():
        steps = sweep(decisions, profile, weight)
        assert [step.weight for step in steps] == [at / STEPS for at in range(STEPS + 1)]
        for before, after in pairwise(steps):
            assert weighed(after, weight) <= weighed(before, weight) + TINY, (name, after.weight)
        assert weighed(steps[-1], weight) < weighed(steps[0], weight), name


def weighed(step: SweepStep, weight: Weight) -> float:
    return step.cost_usd if weight == "cost" else step.latency_s


def check_frontier(decisions: Decisions, weight: Weight, *, num_random: int = 8) -> None:
    """No rival that is as near to the model is worth more, at any step."""
    rng = random.Random(7)
    for base in PROFILES.values():
        for choice in decisions:
            for at in range(STEPS + 1):
                profile = with_weight(base, weight, at / STEPS)
                next_one = with_weight(base, weight, min(1.0, (at + 1) / STEPS))
                rivals = [[each.probability for each in choice], steered(choice, next_one)]
                rivals += [distribution(rng, len(choice)) for _ in range(num_random)]
                check_best(steered(choice, profile), rivals, choice, profile)


def check_best(
    best: Sequence[float],
    rivals: Sequence[Sequence[float]],
    choice: Sequence[Candidate],
    profile: Profile,
) -> None:
    preference, most = profile.preference, divergence(best, choice)
    unit = profile.worth.right_answer_usd / profile.beta
    objective = utility(best, choice, profile) - unit * most
    for rival in rivals:
        mine = utility(rival, choice, profile) - unit * divergence(rival, choice)
        assert mine <= objective + TINY
        near = nearer(rival, choice, most)
        assert utility(near, choice, profile) <= utility(best, choice, profile) + TINY
        saves = expected(near, choice, "cost_usd") <= expected(best, choice, "cost_usd")
        faster = expected(near, choice, "latency_s") <= expected(best, choice, "latency_s")
        if saves and faster and not preference.tools and named_none(choice):
            more = expected(near, choice, "success") - expected(best, choice, "success")
            assert more <= TINY


def named_none(choice: Sequence[Candidate]) -> bool:
    return all(each.tool_weight is None for each in choice)


def check_fall(decisions: Decisions, weight: Weight) -> None:
    """V·a·(accuracy given up) ≤ w′·(saved) + (V/β)·(divergence less) + what the rest gains."""
    for base in PROFILES.values():
        for choice in decisions:
            for at in range(STEPS):
                before = with_weight(base, weight, at / STEPS)
                after = with_weight(base, weight, (at + 1) / STEPS)
                p, q = steered(choice, before), steered(choice, after)
                unit = base.worth.right_answer_usd / base.beta
                less = unit * (divergence(p, choice) - divergence(q, choice))
                rest = replace(after, preference=replace(after.preference, accuracy=0.0))
                saved = utility(q, choice, rest) - utility(p, choice, rest)
                fall = expected(p, choice, "success") - expected(q, choice, "success")
                paid = base.preference.accuracy * base.worth.right_answer_usd * fall
                assert paid <= saved + less + TINY


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("whose", ["even", "random_models"])
class TestWithoutModel:
    def test_what_is_weighed_never_rises(
        self, whose: str, weight: Weight, request: pytest.FixtureRequest
    ) -> None:
        check_never_rises(request.getfixturevalue(whose), weight)

    def test_no_mixture_as_near_to_the_model_is_worth_more(
        self, whose: str, weight: Weight, request: pytest.FixtureRequest
    ) -> None:
        check_frontier(request.getfixturevalue(whose)[::4], weight)

    def test_accuracy_falls_by_no_more_than_is_saved(
        self, whose: str, weight: Weight, request: pytest.FixtureRequest
    ) -> None:
        check_fall(request.getfixturevalue(whose)[::2], weight)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_embedded_model_s_own_probabilities_are_swept(own: Decisions, weight: Weight) -> None:
    assert len(own) == 3
    for choice in own:
        likely = [each.probability for each in choice]
        assert sum(likely) == pytest.approx(1)
        assert max(likely) > 1.5 / len(likely)  # it does prefer something
        assert {"answer-1", "answer-2", "answer-3", "answer-4"} <= {e.name for e in choice}
    first, *_, last = sweep(own, Profile(), weight)
    assert weighed(last, weight) < 0.5 * weighed(first, weight)
    check_never_rises(own, weight)
    check_frontier(own, weight)
    check_fall(own, weight)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("value", [0.0, 0.35, 1.0])
def test_real_runs_choose_as_the_sweep_says(even: Decisions, weight: Weight, value: float) -> None:
    """The sweep reuses the choices of one profile: a run at that weight has the very same."""
    profile = with_weight(Profile(), weight, value)
    bench = made_up_bench(per_domain=1)
    assert bench.decisions(profile) == tuple(even)[::6]
    (choice,) = {tuple(steered_choice(each, profile)) for each in even[:1]}
    likeliest = max(choice, key=lambda each: each.probability).candidate.name
    run = bench.run(profile)[0]
    names = {"answer-1": "strong", "answer-2": "fast", "answer-3": "cheap", "answer-4": "local"}
    assert run.choices == (names[likeliest],)


def test_the_sweep_of_the_cost_moves_from_strong_to_cheap(even: Decisions) -> None:
    first, *_, last = sweep(even, PROFILES["cost alone"], "cost")
    assert first.success > last.success + 0.05
    assert first.cost_usd > 3 * last.cost_usd
