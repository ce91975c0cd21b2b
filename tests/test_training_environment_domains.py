"""Function-calling episodes, and several environments as one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from library_domain import lend, state_task, write_library
from scripted import ScriptedPolicy, call
from training_episodes import play, tools_environment

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Decision
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.domains import DomainsEnvironment
from orchestra_cli.training.environments.mixture import Mixture
from orchestra_cli.training.recorder import GoldenPolicy

LENT = call("lend", member_id="m2", book_id="b1")
DONE = Decision(answer="Alan has it now.", reply="Alan has it now.")


@pytest.fixture
def environment(tmp_path: Path) -> DomainsEnvironment:
    return library_environment(tmp_path, state_task(lend("m2", "b1"), say=("Alan",)))


def library_environment(folder: Path, *tasks: EvalTask) -> DomainsEnvironment:
    file = str(write_library(folder))
    filed = [
        EvalTask(
            id=f"library-{number}",
            question="Lend Notes to Alan Turing.",
            answer=task.answer,
            judge="state",
            domain="library",
            tags={"domain_file": file},
        )
        for number, task in enumerate(tasks)
    ]
    return DomainsEnvironment(filed, style=ChatStyle())


def is_right(episode: Episode, *decisions: Decision) -> bool | None:
    metrics = episode.score(play(episode, ScriptedPolicy(decisions))[0])
    return None if metrics is None else metrics.is_right


def test_the_golden_run_is_right(environment: DomainsEnvironment) -> None:
    episode = environment.episode(0, seed=0)
    assert episode.golden is not None
    trajectory, recording = play(episode, GoldenPolicy(episode.golden))
    metrics = episode.score(trajectory)
    assert metrics is not None and metrics.is_right
    assert (metrics.calls, metrics.cost_usd) == ({"lend": 1}, 0.0)
    assert metrics.latency_s == pytest.approx(2.1)
    first, last = recording.samples
    assert "Members borrow books." in first.prompt and "# Tools" in first.prompt
    assert first.reply.startswith('<tool_call>\n{"name": "lend"')
    assert last.reply == "Alan"


def test_the_database_and_the_words_decide(environment: DomainsEnvironment) -> None:
    episode = environment.episode(0, seed=0)
    assert is_right(episode, LENT, DONE) is True
    assert is_right(episode, LENT, Decision(answer="Done.")) is False
    assert is_right(episode, DONE) is False
    assert is_right(episode, LENT, call("charge", member_id="m2", fee=1), DONE) is False


def test_every_run_has_a_database_of_its_own(environment: DomainsEnvironment) -> None:
    episode = environment.episode(0, seed=0)
    assert [is_right(episode, LENT, DONE) for _ in range(2)] == [True, True]


def test_a_run_that_never_ends_is_wrong(environment: DomainsEnvironment) -> None:
    finds = [call("find_member", last_name=f"Turing{n}") for n in range(40)]
    assert is_right(environment.episode(0, seed=0), LENT, *finds) is False


def test_the_seed_orders_the_functions_and_draws_the_preference(
    environment: DomainsEnvironment,
) -> None:
    def prompt(seed: int) -> str:
        episode = environment.episode(0, seed=seed)
        return play(episode, ScriptedPolicy([DONE]))[1].samples[0].prompt

    prompts = [prompt(seed) for seed in range(12)]
    assert prompts == [prompt(seed) for seed in range(12)]
    assert len({each.split("</tools>")[0] for each in prompts}) > 3
    assert len({each.split("</tools>")[1] for each in prompts}) > 2


def test_a_domain_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(UsageError, match="domain_file"):
        DomainsEnvironment([EvalTask("t", "q", judge="state", domain="bank")], style=ChatStyle())


# A mixture


@pytest.fixture
def mixture(environment: DomainsEnvironment) -> Mixture:
    shares = {"tools": 3, "domains": 1}
    return Mixture([tools_environment(size=10), environment], shares, size=42)


def test_shares_hold_and_no_task_comes_again_before_all_have(mixture: Mixture) -> None:
    keys = [mixture.key(index, seed=7) for index in range(len(mixture))]
    assert len(keys) == 42
    assert Counter(name for name, _, _ in keys) in (
        {"tools": 32, "domains": 10},
        {"tools": 31, "domains": 11},
    )
    seen = Counter(index for name, index, _ in keys if name == "tools")
    assert set(seen.values()) == {3, 4} and len(seen) == 10
    assert {seed for _, _, seed in keys} == {7}


def test_an_episode_is_its_environment_s(mixture: Mixture) -> None:
    for index in range(8):
        name, inner, seed = mixture.key(index, seed=index)
        theirs = mixture.environments[name].episode(inner, seed=seed)
        ours = mixture.episode(index, seed=index)
        assert (ours.environment, ours.task, ours.asked) == (name, theirs.task, theirs.asked)


def test_the_schedule_is_drawn_once(environment: DomainsEnvironment) -> None:
    def keys(schedule_seed: int) -> list[tuple[str, int, int]]:
        mixture = Mixture(
            [tools_environment(), environment],
            {"tools": 1, "domains": 1},
            size=20,
            schedule_seed=schedule_seed,
        )
        return [mixture.key(index, seed=0) for index in range(20)]

    assert keys(1) == keys(1) != keys(2)


@pytest.mark.parametrize(
    ("shares", "said"),
    [({"toolz": 1}, "'toolz'"), ({"tools": 0}, "not all 0"), ({"tools": -1, "domains": 2}, "0 or")],
)
def test_shares_that_make_no_sense(
    environment: DomainsEnvironment, shares: dict[str, float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Mixture([tools_environment(), environment], shares, size=4)
