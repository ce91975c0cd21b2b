"""The easy questions: well-formed, judged fairly, and run on files of their own, not the user's."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orchestra_command import orchestra, write_config
from scripted import ScriptedPolicy, call

from orchestra_cli.config import Config
from orchestra_cli.evaluation.bench import AgentBench
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.figures.summarise import summarise
from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.report.domain_tables import domain_tables
from orchestra_cli.evaluation.report.json_report import summary_document
from orchestra_cli.evaluation.report.markdown import render_markdown
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.suite import load_suite
from orchestra_cli.evaluation.suite_files import SuiteFiles, digest
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.folders import data_folder
from orchestra_cli.policy import Decision
from prefs.profile import Profile
from tools.index import Index

SUITE = load_suite("easy", data=None, split=None, limit=None)
TASKS = {task.id: task for task in SUITE.tasks}
CELL = Cell("scripted", "default")
SAID_IN = ("{}", "The answer is {}.", "I would say {} here.", "It is **{}**")
WRONG = ("I do not know.", "It is 123454321.", "The answer is Bartholomew.", "")
RIGHT_TOOLS = {
    "files": ("local_search",),
    "files and calculation": ("local_search", "python"),
    "small talk": (),
}


def files() -> Path:
    assert SUITE.files is not None
    return SUITE.files


def accepted(task: EvalTask) -> list[str]:
    return [str(each) for each in (task.answer if isinstance(task.answer, list) else [task.answer])]


def judged(task: EvalTask, answer: str) -> bool | None:
    return Judging().grade(task, answer)[0].right


def test_enough_of_each_kind() -> None:
    domains = Counter(task.domain for task in TASKS.values())
    assert len(TASKS) >= 240 and len({task.question for task in TASKS.values()}) == len(TASKS)
    assert len(domains) == 8 and min(domains.values()) >= 15 and domains["files"] >= 60
    assert len(list(files().iterdir())) >= 25


def test_every_task_names_its_right_tools() -> None:
    for task in TASKS.values():
        assert task.right_tools == RIGHT_TOOLS.get(task.domain, ("python",)), task.id


def test_every_reference_passes_in_a_sentence_and_nothing_else_does() -> None:
    for task in TASKS.values():
        for reference in accepted(task):
            for sentence in SAID_IN:
                assert judged(task, sentence.format(reference)), (task.id, sentence, reference)
        for answer in (*WRONG, task.question) if task.judge != "reply" else ("", "?!"):
            assert judged(task, answer) is False, (task.id, answer)


def test_what_is_looked_up_stands_in_the_named_file_and_the_file_is_no_answer() -> None:
    passes = []
    for task in (each for each in TASKS.values() if each.domain.startswith("files")):
        text = (files() / str(task.tags["file"])).read_text(encoding="utf-8")
        sought = task.tags.get("figures") or accepted(task)
        found = [each in text for each in sought]
        assert all(found) if "figures" in task.tags else any(found), task.id
        passes.append(judged(task, text))
    assert sum(map(bool, passes)) <= 0.02 * len(passes)  # a file may end in the very number


def test_the_file_is_among_the_first_hits_of_its_question(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite3")
    index.add([files()])
    looked_up = [task for task in TASKS.values() if task.domain == "files"]
    found = [
        task.tags["file"] in {hit.path.name for hit in index.search(task.question, 5)}
        for task in looked_up
    ]
    assert sum(found) >= 0.95 * len(looked_up)


@pytest.mark.parametrize(
    ("answer", "is_right"),
    [
        ("You need 700 g for 10 people.", True),
        ("For 10 people: 700 g", True),
        ("Take 10 g for 4 people.", False),
        ("700 " + "word " * 30 + "9", False),
    ],
)
def test_a_number_may_stand_anywhere_in_a_short_answer(answer: str, *, is_right: bool) -> None:
    task = EvalTask("t", "How much for 10 people?", "700 g", "numeric", tags={"within_words": 25})
    assert judged(task, answer) is is_right
    strict = replace(task, tags={})
    assert judged(strict, "You need 700 g for 10 people.") is False


def run(task: EvalTask, *decisions: Decision) -> Row:
    """The task under a policy that plays this script."""
    spec = BenchSpec(
        config=Config(),
        profiles={"default": Profile()},
        tasks={task.id: task},
        policies={CELL: _Scripted(decisions)},
        files=SUITE.files,
        offline=True,
    )
    bench = AgentBench(spec)
    try:
        return bench.run(Job(task.id, CELL), max_cost_usd=None)
    finally:
        bench.close()


class _Scripted(ScriptedPolicy):
    ends_at_answer = True


@pytest.mark.usefixtures("embedded")
def test_the_tools_of_a_run_are_held_against_the_right_ones() -> None:
    sought = call("local_search", query="monthly rent Quince Street")
    done = Decision(answer="845 euros")
    task = next(task for task in TASKS.values() if accepted(task) == ["845"])
    row = run(task, sought, done)
    assert (row.right, row.right_tools, row.illegal_calls) == (1.0, 1.0, 0)
    assert row.calls == {"local_search": 1}
    assert run(task, done).right_tools == 0.0
    row = run(task, sought, call("python", code="845"), done)
    assert (row.right, row.right_tools) == (1.0, 0.0)
    row = run(task, call("guess"), sought, done)
    assert (row.right, row.illegal_calls) == (1.0, 1)


@pytest.mark.usefixtures("embedded")
def test_small_talk_is_answered_without_a_tool() -> None:
    task = TASKS["small-talk-01"]
    assert run(task, Decision(answer="Hello!")).right == 1.0
    assert run(task, call("python", code="1"), Decision(answer="Hello!")).right == 0.0


def test_the_files_are_found_instead_of_the_users_own(home: Path) -> None:
    own = home / "own.md"
    own.parent.mkdir(parents=True)
    own.write_text("The monthly rent is 99 pebbles.")
    Index(data_folder() / "index.sqlite3").add([own])
    with_suite = SuiteFiles(files())
    hits = Index(with_suite.index_path).search("monthly rent", 5)
    assert hits and not any("pebbles" in hit.text for hit in hits)
    with_suite.close()
    assert not with_suite.index_path.exists()
    assert "pebbles" in Index(data_folder() / "index.sqlite3").search("monthly rent", 5)[0].text


def test_changed_files_are_another_suite(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    before = digest(tmp_path)
    (tmp_path / "a.md").write_text("two")
    assert digest(tmp_path) != before


def rows() -> list[Row]:
    """Three files of one kind and a calculation; one run stumbles, one takes the wrong tool."""
    base = Row("t0", CELL, "files", 1.0, stop_reason="answered", turns=2, legal_calls=1)
    return [
        replace(base, right_tools=1.0, latency_s=1.0, cost_usd=0.0),
        replace(base, task="t1", right_tools=0.0, latency_s=2.0, cost_usd=0.0),
        replace(base, task="t2", right=0.0, latency_s=9.0, cost_usd=0.0, illegal_calls=2),
        replace(base, task="t3", domain="sums", right_tools=1.0, latency_s=3.0, cost_usd=0.0),
    ]


def test_the_figures_as_a_whole_and_by_domain() -> None:
    summary = summarise(
        rows(),
        suite="s",
        split="",
        profiles={"default": Profile()},
        known={},
        pair=None,
        experts=(),
        judge_agreement={},
        notes=(),
        command="",
    )
    document = summary_document(summary)
    (cell,) = document["cells"]
    assert cell["right_tools"]["value"] == pytest.approx(2 / 3)
    assert cell["legal_runs"]["value"] == 0.75
    assert (cell["latency_median_s"], cell["latency_p95_s"]) == (2.5, pytest.approx(8.1))
    (files_cell,), (sums_cell,) = document["domains"]["files"], document["domains"]["sums"]
    assert files_cell["right_tools"]["value"] == 0.5 and files_cell["num_tasks"] == 3
    assert sums_cell["accuracy"]["value"] == 1.0
    (table,) = domain_tables(summary)
    assert [row[:2] for row in table.rows] == [("files", "3"), ("sums", "1")]
    page = render_markdown(summary)
    assert "## scripted by domain" in page and "right tools %" in page


@pytest.mark.usefixtures("embedded")
def test_the_command_runs_them_alone_and_offline() -> None:
    write_config('[experts.far]\nbase_url = "https://example.com/v1"\nmodel = "m"\n')
    done = orchestra("eval", "easy", "--policy", "rule", "--limit", "1", "--json")
    assert done.returncode == 0, done.stderr
    document: Any = json.loads(done.stdout)
    assert document["cells"][0]["right_tools"]["value"] == 1.0
    assert document["cells"][0]["accuracy"]["value"] == 1.0
    assert not re.search("far|example", done.stdout)
