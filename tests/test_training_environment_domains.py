"""Function-calling episodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from library_domain import lend, state_task, write_library
from scripted import ScriptedPolicy, call
from training_episodes import play

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Decision
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.domains import DomainsEnvironment
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
