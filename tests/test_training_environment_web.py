"""Episodes with the web and with experts that read: who answers, what is accepted and shown."""

from __future__ import annotations

from random import Random

import pytest
from scripted import ScriptedPolicy, call
from test_training_environment_tools import offered, scored
from training_episodes import play

from orchestra_cli.policy import Decision
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.made_up_replies import made_up_reply
from orchestra_cli.training.environments.tools import ToolsEnvironment
from orchestra_cli.training.recorder import GoldenPolicy
from orchestra_cli.training.tool_tasks import draw_tool_task
from tools.base import Buffers

WEB = ToolsEnvironment(
    draw_tool_task,
    {"web look-up": 2.0, "web page": 1.0, "look-up": 1.0, "hand over": 1.0},
    size=60,
    style=BriefStyle(),
)


@pytest.fixture(scope="module")
def episodes() -> list[Episode]:
    return [WEB.episode(index, seed=index) for index in range(30)]


def calls_of(episode: Episode) -> list[str]:
    assert episode.golden is not None
    return [each.name for each in episode.golden.calls]


def test_golden_runs_with_the_web_are_right_and_legal(episodes: list[Episode]) -> None:
    for episode in episodes:
        assert episode.golden is not None
        trajectory, recording = play(episode, GoldenPolicy(episode.golden))
        metrics = episode.score(trajectory)
        assert metrics is not None and metrics.is_right, episode.task.question
        assert all(sample.is_legal for sample in recording.samples)
        assert all(
            turn.observation is None or not turn.observation.error for turn in trajectory.turns
        )


def test_experts_read_what_was_looked_up_and_alone_the_policy_answers(
    episodes: list[Episode],
) -> None:
    for episode in episodes:
        if episode.task.domain == "hand over":
            continue
        assert episode.golden is not None
        first, *rest = calls_of(episode)
        assert (
            first
            == {
                "look-up": "local_search",
                "web look-up": "web_search",
                "web page": "web_page",
            }[episode.task.domain]
        )
        experts = len(episode.experts)
        if "embedded" in episode.experts.values():
            assert not rest and episode.golden.answer
        else:
            assert rest == (["answer"] if experts == 1 else ["answer", "accept"])
            assert episode.golden.answer is None


def test_of_several_experts_an_answer_is_an_attempt(episodes: list[Episode]) -> None:
    several = [each for each in episodes if len(each.experts) > 1]
    assert several
    for episode in episodes:
        assert ("accept" in offered(episode)) == (episode in several)
        names = set(offered(episode))
        assert ("web_page" in names) == ("web_search" in names)
    hard = next(each for each in several if each.task.domain == "hand over")
    attempt = call("answer", model="answer-1")
    trajectory, recording = play(
        hard, ScriptedPolicy([attempt, call("accept", attempt="attempt-1")])
    )
    assert [turn.tool for turn in trajectory.turns] == ["answer", "accept"]
    assert "Worth: answer-1 " in recording.samples[0].prompt
    assert trajectory.answer and "nobody" not in trajectory.answer


def test_handing_over_what_was_not_looked_up_is_wrong(episodes: list[Episode]) -> None:
    for episode in episodes:
        if calls_of(episode)[0] == "web_search" and calls_of(episode)[-1] in ("answer", "accept"):
            ends = [call("answer", model="answer-1"), call("accept", attempt="attempt-1")]
            metrics = scored(episode, *ends[: len(calls_of(episode)) - 1])
            assert metrics is not None and not metrics.is_right


def test_the_web_s_observations_are_the_real_tools_(episodes: list[Episode]) -> None:
    episode = next(each for each in episodes if calls_of(each)[0] == "web_search")
    assert episode.golden is not None
    missing = call("web_page", url="https://nowhere.example/x")
    none = call("web_search", query="qqqq")
    policy = ScriptedPolicy([Decision(call=episode.golden.calls[0], reply="x"), missing, none])
    turns = play(episode, policy)[0].turns
    seen = [turn.observation for turn in turns if turn.observation]
    assert seen[0].text.startswith("1. ") and "\n   https://" in seen[0].text
    assert seen[0].documents and seen[0].usage[0].who == "web_search"
    assert seen[1].error == "nowhere.example answered HTTP 404 Not Found"
    assert seen[2].error == "no results: try other words"


def test_the_best_to_ask_comes_first(episodes: list[Episode]) -> None:
    for episode in (each for each in episodes if len(each.experts) > 1):
        sample = play(episode, ScriptedPolicy([Decision(answer="x", reply="x")]))[1].samples[0]
        values = sample.prompt.partition("Worth: ")[2].partition("<")[0].strip().split(", ")
        assert values[0].startswith("answer-1 ")


def test_what_a_made_up_expert_says_differs_and_tells_what_was_found() -> None:
    asked = [f"Why do {animal} sleep in winter?" for animal in ("bears", "bats", "frogs", "bees")]
    replies = {made_up_reply(each, Buffers(), Random(each)) for each in asked}
    assert len(replies) == 4 and all(len(reply) > 20 for reply in replies)
    found = Buffers(documents=("The hut\n\nIt has a stove. The key is under the mat. Bring wood.",))
    reply = made_up_reply("Where is the key?", found, Random(1), sought=("under the mat",))
    assert "The key is under the mat." in reply
