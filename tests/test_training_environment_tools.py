"""Episodes whose tools really run: golden runs are right, and what varies comes from the seed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from scripted import ScriptedPolicy, call
from training_episodes import TemplateEngine, play, tools_environment

from orchestra_cli.policy import Decision
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.recorder import GoldenPolicy, RecordingPolicy
from prefs.metrics import RunMetrics

EVERY = tools_environment()
SUM = tools_environment("sum").episode(0, seed=0)


def golden_run(episode: Episode) -> tuple[RunMetrics | None, list[str]]:
    assert episode.golden is not None
    trajectory, recording = play(episode, GoldenPolicy(episode.golden))
    return episode.score(trajectory), [sample.prompt for sample in recording.samples]


def scored(episode: Episode, *decisions: Decision) -> RunMetrics | None:
    return episode.score(play(episode, ScriptedPolicy(decisions))[0])


def menu_of(episode: Episode) -> list[str]:
    _, recording = play(episode, ScriptedPolicy([Decision(answer="x", reply="x")]))
    system = recording.samples[0].prompt.split("<|im_end|>")[0]
    return system.splitlines()[2:]


def offered(episode: Episode) -> list[str]:
    functions = (line.split("(")[0] for line in menu_of(episode) if "(" in line)
    return [name for name in functions if "-1 " not in name]


@pytest.mark.parametrize("index", range(16))
def test_a_golden_run_is_right(index: int) -> None:
    metrics, _ = golden_run(EVERY.episode(index, seed=index))
    assert metrics is not None and metrics.is_right
    assert metrics.cost_usd == 0.0


def test_the_real_tools_run() -> None:
    look_up = tools_environment("look-up").episode(0, seed=0)
    _, (_, after) = golden_run(look_up)
    assert "notes/" in after and f"has the code {look_up.task.answer}" in after
    _, (_, after) = golden_run(SUM)
    assert f"Output: {SUM.task.answer}" in after


def test_a_group_sees_the_very_same_in_any_process() -> None:
    program = (
        "from test_training_environment_tools import EVERY, golden_run\n"
        "print(''.join(p for i in range(4) for p in golden_run(EVERY.episode(i, seed=5))[1]))"
    )
    here = "".join(p for i in range(4) for p in golden_run(EVERY.episode(i, seed=5))[1])
    path = {"PYTHONPATH": str(Path(__file__).parent), "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=path
    )
    assert there.stdout == f"{here}\n"


def test_another_seed_varies_all_but_the_task() -> None:
    episodes = [tools_environment("sum").episode(0, seed=seed) for seed in range(30)]
    assert len({episode.task.id for episode in episodes}) == 1
    menus = [menu_of(episode) for episode in episodes]
    names = [tuple(line.split("(")[0] for line in menu if "(" in line) for menu in menus]
    assert len(set(names)) > 5
    assert len({episode.asked.preference for episode in episodes}) > 3
    assert len({tuple(episode.experts.values()) for episode in episodes}) > 5
    usual = Counter(line for menu in menus for line in menu if line.startswith("python("))
    assert len(usual) > 1
    assert usual.most_common(1)[0][0].startswith("python(code): Run a Python program")
    assert all("python" in each for each in names)


def test_tasks_with_the_same_needs_share_a_menu() -> None:
    sums = tools_environment("sum")
    assert menu_of(sums.episode(0, seed=4)) == menu_of(sums.episode(1, seed=4))
    preferences = {sums.episode(index, seed=4).asked.preference for index in range(4)}
    assert len(preferences) == 1


def test_other_tasks_from_another_task_seed() -> None:
    one, other = (tools_environment("sum").episode(i, seed=0).task.id for i in (0, 1))
    assert one != other
    assert SUM.task == tools_environment("sum").episode(0, seed=9).task


def test_a_wrong_answer_is_wrong() -> None:
    metrics = scored(SUM, Decision(answer="17 camels"))
    assert metrics == RunMetrics(is_right=False, cost_usd=0.0, latency_s=1.0, calls={})


def test_seconds_are_fixed_ones() -> None:
    slow = call("python", code="n = 0\nfor i in range(300000):\n    n += i\nprint(n)")
    quick = call("python", code="print(1)")
    first, second = (
        scored(SUM, each, Decision(answer=str(SUM.task.answer))) for each in (slow, quick)
    )
    assert first == second and first is not None
    assert first.latency_s == pytest.approx(2.1)
    assert first.calls == {"python": 1}


def with_answer_slot() -> Episode:
    episodes = (tools_environment("sum").episode(0, seed=seed) for seed in range(20))
    return next(each for each in episodes if any(m.startswith("answer(") for m in menu_of(each)))


def test_what_an_expert_would_have_said_is_unknown() -> None:
    assert scored(with_answer_slot(), call("answer", model="answer-1")) is None


def test_handing_over_is_right_where_it_is_golden() -> None:
    hard = tools_environment("hard")
    metrics = scored(hard.episode(0, seed=0), call("answer", model="answer-1"))
    assert metrics is not None and metrics.is_right
    metrics = scored(hard.episode(0, seed=0), Decision(answer="Because."))
    assert metrics is not None and not metrics.is_right


def test_handing_over_because_the_turns_are_over_is_wrong() -> None:
    calls = [call("python", code=f"print({n})") for n in range(7)]
    metrics = scored(with_answer_slot(), *calls, call("answer", model="answer-1"))
    assert metrics is not None and not metrics.is_right


def test_nothing_but_format_errors_is_wrong() -> None:
    metrics = scored(SUM, Decision(error="no", reply="no"))
    assert metrics is not None and not metrics.is_right


def test_an_expert_that_should_think_cannot_be_reached() -> None:
    episodes = (tools_environment("sum").episode(0, seed=seed) for seed in range(20))
    episode = next(e for e in episodes if any("enhance_reasoning(" in m for m in menu_of(e)))
    right = Decision(answer=str(episode.task.answer))
    trajectory, _ = play(
        episode, ScriptedPolicy([call("enhance_reasoning", model="reasoner-1"), right])
    )
    metrics = episode.score(trajectory)
    assert trajectory.turns[0].observation is not None
    assert "cannot be reached" in (trajectory.turns[0].observation.error or "")
    assert metrics is not None and metrics.is_right and metrics.latency_s > 2.0


def test_one_run_s_variables_are_not_another_s() -> None:
    trajectory, _ = play(SUM, ScriptedPolicy([call("python", code="x = 1"), Decision(answer="1")]))
    assert trajectory.turns[0].observation is not None
    again, _ = play(SUM, ScriptedPolicy([call("python", code="print(x)"), Decision(answer="1")]))
    assert "NameError" in str(again.turns[0].observation)


def test_the_menu_of_a_plain_question_is_as_ask_makes_it() -> None:
    look_ups = tools_environment("look-up")
    episodes = [look_ups.episode(0, seed=seed) for seed in range(40)]
    usual = ["python", "local_search", "enhance_reasoning", "answer"]
    menus = [tuple(offered(each)) for each in episodes if len(each.experts) == 1]
    orders = Counter(menu for menu in menus if set(menu) == set(usual))
    assert orders.most_common(1)[0][0] == tuple(usual)


def test_the_index_goes_with_its_episode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    episode = tools_environment("look-up").episode(0, seed=3)
    assert list(tmp_path.iterdir()) == []
    golden_run(episode)
    golden_run(episode)
    assert len(list(tmp_path.glob("orchestra-corpus-*"))) == 1
    del episode
    assert list(tmp_path.glob("orchestra-corpus-*")) == []


def test_episodes_are_cheap() -> None:
    started = time.perf_counter()
    for index in range(40):
        golden_run(EVERY.episode(index, seed=0))
    assert time.perf_counter() - started < 8


def test_a_slot_s_experts_are_those_of_the_episode() -> None:
    episode = with_answer_slot()
    agent = episode.agent(RecordingPolicy(ScriptedPolicy([]), episode.style, TemplateEngine()))
    named = {a: e.card.name for s in agent.slots for a, e in s.choices.experts.items()}
    assert {k: v for k, v in named.items() if k.startswith("answer")} == episode.experts
    agent.close()
