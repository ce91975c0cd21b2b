"""Recorded experts: all that varies comes from the seed, and a run earns what the record says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scripted import ScriptedPolicy, call
from tiny_pool import environment_over, write_pool
from training_episodes import play

from orchestra_cli.errors import UsageError
from orchestra_cli.policy import Decision
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.recorded import RecordedEnvironment
from orchestra_cli.training.environments.recorded_pool import RecordedPool, load_pool
from orchestra_cli.training.rollout import Sample
from orchestra_cli.trajectory import StopReason, Trajectory
from tools.experts import ExpertCard
from tools.slots import AnswerSlot

ASK, ACCEPT = call("answer", model="answer-1"), call("accept", attempt="attempt-1")
SEEDS = range(60)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> RecordedPool:
    return write_pool(tmp_path_factory.mktemp("pool"))


@pytest.fixture(scope="module")
def environment(pool: RecordedPool) -> RecordedEnvironment:
    return environment_over(pool)


def conducted(
    environment: RecordedEnvironment, index: int, seed: int
) -> tuple[Trajectory, list[Sample]]:
    """By the teacher."""
    episode = environment.episode(index, seed=seed)
    trajectory, recording = play(episode, environment.teacher(index, seed=seed))
    return trajectory, recording.samples


def seated(episode: Episode) -> dict[str, ExpertCard]:
    """The cards by alias, as a policy finds them."""
    policy = ScriptedPolicy([Decision(answer="x", reply="x")])
    play(episode, policy)
    (slot,) = (tool for tool in policy.states[0].tools if isinstance(tool, AnswerSlot))
    return {alias: expert.card for alias, expert in slot.choices.experts.items()}


def menu(environment: RecordedEnvironment, index: int, seed: int) -> str:
    return conducted(environment, index, seed)[1][0].prompt.partition("<|im_end|>")[0]


def test_an_episode_is_the_same_in_any_process(
    environment: RecordedEnvironment, tmp_path: Path
) -> None:
    program = (
        "from pathlib import Path\n"
        "from tiny_pool import environment_over, write_pool\n"
        "from test_training_environment_recorded import conducted\n"
        f"environment = environment_over(write_pool(Path({str(tmp_path)!r})))\n"
        "print([conducted(environment, i, 7 * i)[1] for i in range(5)])\n"
    )
    path = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path}\n{program}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    here = [conducted(environment, i, 7 * i)[1] for i in range(5)]
    assert done.stdout == f"{here}\n"


def test_a_seed_draws_one_menu_for_all_questions(environment: RecordedEnvironment) -> None:
    for seed in (1, 2, 3):
        episodes = [environment.episode(index, seed=seed) for index in range(6)]
        assert len({menu(environment, index, seed) for index in range(6)}) == 1
        assert len({str((e.preference, e.worth, e.experts)) for e in episodes}) == 1
        assert len({episode.asked.question for episode in episodes}) == 6


def test_what_a_policy_reads_varies_from_seed_to_seed(environment: RecordedEnvironment) -> None:
    episodes = [environment.episode(0, seed=seed) for seed in SEEDS]
    rosters = [tuple(episode.experts.values()) for episode in episodes]
    cards = [seated(episode) for episode in episodes]
    assert {len(roster) for roster in rosters} >= {2, 3, 4}
    assert len({frozenset(roster) for roster in rosters}) > 4
    whole = {roster for roster in rosters if len(roster) == 4}
    assert len(whole) > 3, "four experts in several orders"
    small = [
        card
        for episode, each in zip(episodes, cards, strict=True)
        for alias, card in each.items()
        if episode.experts[alias] == "small-model"
    ]
    assert len({card.name for card in small}) > 10
    assert len({card.skills for card in small}) > 10
    assert len({card.price for card in small}) > 10
    assert {card.latency_s is None for card in small} == {True, False}
    assert len({episode.asked.preference for episode in episodes}) > 5
    assert len({episode.worth for episode in episodes}) > 3


def test_names_are_the_table_s_own_and_all_different(environment: RecordedEnvironment) -> None:
    for seed in SEEDS:
        cards = seated(environment.episode(0, seed=seed))
        assert len({card.name for card in cards.values()}) == len(cards) >= 2


def test_a_right_answer_always_counts(environment: RecordedEnvironment) -> None:
    for seed in range(300):
        episode = environment.episode(0, seed=seed)
        assert episode.preference.accuracy >= 0.3 and episode.worth.right_answer_usd > 0


def test_models_that_are_left_out_never_appear(tmp_path: Path) -> None:
    pool = write_pool(tmp_path, leave_out=["botanist-model"])
    environment = environment_over(pool)
    assert "botanist-model" not in pool.models
    for seed in range(100):
        episode = environment.episode(seed % len(environment), seed=seed)
        assert "botanist-model" not in episode.experts.values()
        assert all("botanist" not in card.name for card in seated(episode).values())


def test_only_train_rows_are_asked(pool: RecordedPool) -> None:
    assert len(pool.records) == 36
    assert {record.task.split for record in pool.records} == {"train"}


def test_what_a_card_says_is_the_rate_on_train_rows(pool: RecordedPool) -> None:
    rights = [record.outcomes["large-model"].right for record in pool.records]
    large = pool.models["large-model"]
    assert large.overall == pytest.approx(sum(rights) / len(rights))
    algebra = [r.outcomes["large-model"].right for r in pool.records if r.task.domain == "algebra"]
    drawn = (sum(algebra) + 10 * large.overall) / (len(algebra) + 10)
    assert large.by_domain["algebra"] == pytest.approx(drawn)


@pytest.mark.parametrize("index", range(12))
def test_a_run_earns_the_recorded_verdict_and_the_card_s_price(
    environment: RecordedEnvironment, pool: RecordedPool, index: int
) -> None:
    episode = environment.episode(index, seed=index)
    trajectory, _ = play(episode, ScriptedPolicy([ASK, ACCEPT]))
    outcome = pool.records[index].outcomes[episode.experts["answer-1"]]
    card = seated(episode)["answer-1"]
    assert trajectory.stop_reason is StopReason.ANSWERED and trajectory.answer == outcome.answer
    metrics = episode.score(trajectory)
    assert metrics is not None and card.price is not None
    assert metrics.is_right == (outcome.right == 1)
    tokens = (len(episode.task.problem) // 4, (outcome.output_chars or 0) // 4)
    expected_usd = card.price.cost_usd(input_tokens=tokens[0], output_tokens=tokens[1])
    assert metrics.cost_usd == pytest.approx(expected_usd)
    assert metrics.latency_s == pytest.approx(card.latency_s or 0.0)
    assert metrics.calls == {card.name: 1}


def test_each_expert_asked_is_paid_for_and_the_accepted_answer_counts(
    environment: RecordedEnvironment, pool: RecordedPool
) -> None:
    script = [ASK, call("answer", model="answer-2"), call("accept", attempt="attempt-2")]
    for index in range(20):
        episode = environment.episode(index, seed=index)
        trajectory, _ = play(episode, ScriptedPolicy(script))
        metrics = episode.score(trajectory)
        first, second = (
            pool.records[index].outcomes[episode.experts[f"answer-{n}"]] for n in (1, 2)
        )
        assert metrics is not None and sum(metrics.calls.values()) == 2
        assert metrics.is_right == (second.right == 1)
        one, _ = play(episode, ScriptedPolicy([ASK, ACCEPT]))
        alone = episode.score(one)
        assert alone is not None and alone.is_right == (first.right == 1)
        assert metrics.cost_usd > alone.cost_usd


def test_a_run_that_asks_nobody_is_wrong_and_free(environment: RecordedEnvironment) -> None:
    episode = environment.episode(0, seed=0)
    trajectory, _ = play(episode, ScriptedPolicy([Decision(answer="A", reply="A")]))
    metrics = episode.score(trajectory)
    assert metrics is not None
    assert (metrics.is_right, metrics.cost_usd, metrics.calls) == (False, 0.0, {})


def test_an_answer_that_was_not_recorded_is_scored_by_its_verdict(tmp_path: Path) -> None:
    pool = write_pool(tmp_path, pred=None)
    environment = environment_over(pool)
    for index in range(10):
        episode = environment.episode(index, seed=index)
        metrics = episode.score(play(episode, ScriptedPolicy([ASK, ACCEPT]))[0])
        outcome = pool.records[index].outcomes[episode.experts["answer-1"]]
        assert metrics is not None and metrics.is_right == (outcome.right == 1)


def test_the_teacher_s_runs_are_legal_and_end_in_an_answer(
    environment: RecordedEnvironment,
) -> None:
    lengths = set()
    for seed in range(40):
        trajectory, samples = conducted(environment, seed % len(environment), seed)
        assert trajectory.stop_reason is StopReason.ANSWERED and trajectory.answer
        assert all(sample.is_legal and sample.ended for sample in samples)
        for sample in samples:
            assert sample.reply in sample.options and len(sample.target) == len(sample.options)
            assert sum(sample.target) == pytest.approx(1.0)
        lengths.add(len(samples))
    assert min(lengths) >= 2 and len(lengths) > 1


def test_domains_to_tell_apart_hold_the_question_s_own(environment: RecordedEnvironment) -> None:
    drawn = [environment.some_domains(0, seed=seed) for seed in SEEDS]
    own = environment.episode(0, seed=0).task.domain
    assert all(own in names and len(names) == len(set(names)) for names in drawn)
    most = max(len(names) for names in drawn)
    assert len({tuple(names) for names in drawn if len(names) == most}) > 1  # in any order
    assert min(len(names) for names in drawn) < most  # and not always all


def test_a_file_without_train_rows_is_one_line(tmp_path: Path) -> None:
    write_pool(tmp_path)
    path = tmp_path / "made_up.jsonl.gz"
    with pytest.raises(UsageError, match="no row of split nowhere has an answer of every model"):
        load_pool(path, judge="choice", num_answers=4, split="nowhere")
    with pytest.raises(UsageError, match="cannot be read as recorded outcomes"):
        load_pool(tmp_path / "missing.jsonl", judge="choice", num_answers=4)
