"""A model conducts a function-calling domain, and the database that it leaves is judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from library_domain import lend, state_task, write_library
from openai_server import OpenAIServer, streamed, tool_call

from orchestra_cli.config import Config, OrchestratorTable
from orchestra_cli.evaluation.bench import open_bench
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.tasks import EvalTask
from prefs.profile import Profile

LENT = streamed(calls=[tool_call("lend", {"member_id": "m2", "book_id": "b1"}, id="c1")])
DONE = streamed("Alan has Notes now.")


@pytest.fixture
def task(tmp_path: Path) -> EvalTask:
    task = state_task(lend("m2", "b1"))
    return EvalTask(
        id=task.id,
        question="Lend Notes to Alan Turing.",
        answer=task.answer,
        judge="state",
        domain="library",
        tags={"domain_file": str(write_library(tmp_path))},
    )


def run(server: OpenAIServer, task: EvalTask, policy: str = "model") -> Row:
    config = Config(orchestrator=OrchestratorTable(model=f"{server.base_url}#m"))
    bench = open_bench(BenchSpec(config, {"default": Profile()}, {task.id: task}))
    try:
        return bench.run(Job(task.id, Cell(policy, "default")), max_cost_usd=None)
    finally:
        bench.close()


def test_the_database_decides(server: OpenAIServer, task: EvalTask) -> None:
    server.script(LENT, DONE)
    row = run(server, task)
    assert (row.right, row.judge, row.calls) == (1.0, "state", {"lend": 1})
    assert row.answer == "Alan has Notes now."


def test_saying_so_is_not_doing_it(server: OpenAIServer, task: EvalTask) -> None:
    server.script(DONE)
    assert run(server, task).right == 0.0


def test_the_model_reads_the_domain_s_policy_and_functions(
    server: OpenAIServer, task: EvalTask
) -> None:
    server.script(LENT, DONE)
    run(server, task)
    body = server.requests[0].body
    assert "Members borrow books." in str(body["messages"])
    assert "lend" in {tool["function"]["name"] for tool in body["tools"]}


def test_each_run_has_a_database_of_its_own(server: OpenAIServer, task: EvalTask) -> None:
    server.script(LENT, DONE, LENT, DONE)
    assert [run(server, task).right for _ in range(2)] == [1.0, 1.0]


def test_the_rules_cannot_conduct_a_domain(server: OpenAIServer, task: EvalTask) -> None:
    row = run(server, task, policy="rule")
    assert (row.right, row.stop_reason) == (None, "failed")
    assert "--policy model" in (row.error or "")
    assert server.requests == []
