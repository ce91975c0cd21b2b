"""The project's own tasks: right, of several kinds, and run offline with what is embedded."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.agent import Agent
from orchestra_cli.assembly import assemble
from orchestra_cli.config import Config
from orchestra_cli.evaluation.judges.code import CodeJudge
from orchestra_cli.evaluation.loaders.detect import load_tasks
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.orchestrator import load_orchestrator
from orchestra_cli.trajectory import StopReason
from prefs.profile import Profile

PATH = Path(str(resources.files("orchestra_cli.evaluation").joinpath("suites", "small.jsonl")))
TASKS = {task.id: task for task in load_tasks(PATH).tasks}
MAX_SUITE_S = 120.0

WORKED: dict[str, Any] = {
    "sum": 4817 + 2396,
    "product-less": 63 * 48 - 512,
    "remainder": 1000 % 37,
    "power": 2**15,
    "share": 480 * 35 / 100,
    "sale": 260 * 85 / 100,
    "seats": 100 * 18 / 24,
    "shrinking-village": 100 * (2500 - 2100) / 2500,
    "weekday": f"{date(2021, 3, 14):%A}",
    "days-between": (date(2024, 4, 1) - date(2024, 2, 5)).days,
    "days-later": str(date(2022, 11, 20) + timedelta(45)),
    "film-end": f"{(19 * 60 + 45 + 158) // 60}:{(19 * 60 + 45 + 158) % 60}",
    "inches": 12 * 2.54,
    "hours": 2.5 * 3600,
    "boiling": 100 * 9 / 5 + 32,
    "carpet": 2.5 * 4,
    "evenings": 270 / 18,
    "rolls": 144 / 8 * 3,
    "bill": 87 / 3 + 2,
    "train": 200 / 2.5,
    "letter-r": "refrigerator".count("r"),
    "words": len(
        ["The", "old", "clock", "on", "the", "tower", "strikes", "every", "quarter", "hour."]
    ),
    "backwards": "lantern"[::-1],
    "alphabet": min("mitten", "mirror", "missile", "minute"),
    "receipt": 2 * 6.5,
}
PROGRAMS = {
    "vowels": (
        "def count_vowels(text):\n    return sum(c in 'aeiou' for c in text.lower())",
        "def count_vowels(text):\n    return sum(c in 'aeiou' for c in text)",
    ),
    "second-largest": (
        "def second_largest(numbers):\n    found = sorted(set(numbers))\n"
        "    return found[-2] if len(found) > 1 else None",
        "def second_largest(numbers):\n    return sorted(numbers)[-2] if numbers[1:] else None",
    ),
    "clock": (
        "def clock(minutes):\n    return f'{minutes // 60 % 24:02}:{minutes % 60:02}'",
        "def clock(minutes):\n    return f'{minutes // 60:02}:{minutes % 60:02}'",
    ),
}


def test_a_fair_mix() -> None:
    judges = Counter(task.judge for task in TASKS.values())
    domains = Counter(task.domain for task in TASKS.values())
    assert 35 <= len(TASKS) <= 45
    assert judges["code"] >= 2
    assert {"numeric", "exact", "choice", "code"} == set(judges)
    assert len(domains) >= 8 and max(domains.values()) <= len(TASKS) / 4
    letters = Counter(task.answer for task in TASKS.values() if task.judge == "choice")
    assert len(letters) == 4  # always the same letter is no way to be right
    assert sum(bool(task.attachment) for task in TASKS.values()) >= 5


@pytest.mark.parametrize("name", WORKED)
def test_the_answer_has_been_worked_out_twice(name: str) -> None:
    assert TASKS[name].answer == WORKED[name]


def test_every_number_has_been_worked_out() -> None:
    numeric = {name for name, task in TASKS.items() if task.judge == "numeric"}
    assert numeric <= set(WORKED)


def test_what_is_read_stands_in_the_attachment() -> None:
    read = [task for task in TASKS.values() if task.attachment and task.judge == "exact"]
    assert read
    for task in read:
        accepted = task.answer if isinstance(task.answer, list) else [task.answer]
        assert any(str(answer) in task.attachment for answer in accepted), task.id


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_tests_tell_a_right_program_from_a_wrong_one(name: str) -> None:
    right, wrong = PROGRAMS[name]
    judge = CodeJudge()
    assert judge.grade(TASKS[name], f"```python\n{right}\n```").right is True
    assert judge.grade(TASKS[name], f"```python\n{wrong}\n```").right is False


def test_every_program_is_tried() -> None:
    assert {name for name, task in TASKS.items() if task.judge == "code"} == set(PROGRAMS)


@pytest.fixture(params=[None])
def agent(embedded: Path, request: pytest.FixtureRequest) -> Iterator[Agent]:
    """As `orchestra ask --offline --policy PARAM` has it where nothing is configured."""
    config = Config().with_orchestrator(policy=request.param)
    loaded = load_orchestrator(config.orchestrator, fetch=lambda entry: entry.path)
    with closing(loaded.engine):
        agent = assemble(config, Profile(), loaded, offline=True, ask_user=None)
        yield agent
        agent.close()


def ask(agent: Agent, task: EvalTask) -> str:
    trajectory = agent.run(task.as_task())
    assert trajectory.stop_reason == StopReason.ANSWERED, task.id
    return trajectory.answer or ""


@pytest.mark.parametrize("agent", ["rule"], indirect=True)
def test_what_the_rules_compute_and_what_the_model_answers(agent: Agent) -> None:
    computed = {name: ask(agent, TASKS[name]) for name in ("sum", "share", "weekday", "inches")}
    for name, answer in computed.items():
        assert str(TASKS[name].answer) in re.sub(r"(?<=\d),(?=\d)", "", answer)
    assert ask(agent, TASKS["capital"])


@pytest.mark.slow
def test_the_whole_suite_in_under_two_minutes(agent: Agent) -> None:
    began = time.monotonic()
    answers = {task.id: ask(agent, task) for task in TASKS.values()}
    assert time.monotonic() - began < MAX_SUITE_S
    assert all(answers.values())
