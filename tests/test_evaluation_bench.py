"""A job in, a row out: recorded runs, live runs, failures, limits, and what is on the bill."""

from __future__ import annotations

import pickle
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from openai_server import OpenAIServer, refused, streamed
from recorded_suite import write_suite

from orchestra_cli.config import Config, ExpertTable, OrchestratorTable
from orchestra_cli.evaluation.bench import AgentBench, open_bench
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.roster import rosters
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.suite import Suite, load_suite
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Decision, Policy, State
from prefs.profile import Profile
from prefs.vector import PreferenceVector
from tools.base import ToolCall, Usage

RULE = Cell("rule", "default")
ALIASES = {"small": "answer-1", "middle": "answer-2", "large": "answer-3", "botanist": "answer-4"}


class Asks:
    """Asks these experts one after the other, and accepts the last answer."""

    answers_itself = True
    ends_at_answer = False

    def __init__(self, *experts: str, name: str = "asks") -> None:
        self.name = name
        self._experts = experts

    def choose(self, state: State) -> Generator[str, None, Decision]:
        yield ""
        usage = (Usage("orchestrator", input_tokens=7, output_tokens=1, latency_s=0.25),)
        if len(state.turns) == len(self._experts):
            return Decision(answer=state.buffers.attempts[-1], usage=usage)
        alias = ALIASES[self._experts[len(state.turns)]]
        return Decision(call=ToolCall("answer", {"model": alias}), usage=usage)


class Says(Asks):
    """Answers itself."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self._answer = answer

    def choose(self, state: State) -> Generator[str, None, Decision]:
        yield ""
        return Decision(answer=self._answer)


class Breaks(Asks):
    """A bug of the policy's."""

    def choose(self, state: State) -> Generator[str, None, Decision]:
        yield ""
        raise ValueError("out of luck")


class Stumbles(Asks):
    """Calls what is not there before it does its work."""

    def choose(self, state: State) -> Generator[str, None, Decision]:
        if not state.format_errors and not state.turns:
            yield ""
            return Decision(call=ToolCall("guess", {}))
        return (yield from super().choose(state))


def recorded(folder: Path, **fields: object) -> tuple[Suite, BenchSpec]:
    path = write_suite(folder, **fields)  # type: ignore[arg-type]
    suite = load_suite(str(path), data=None, split=None, limit=None)
    assert suite.file is not None
    found = rosters(suite.file, suite.records["train"])
    spec = BenchSpec(
        config=Config(),
        profiles={"default": Profile()},
        tasks={task.id: task for task in suite.tasks},
        records={record.task.id: record for record in suite.records["test"]},
        rosters=found,
    )
    return suite, spec


def run(spec: BenchSpec, policy: Policy, task: str, *, max_cost_usd: float | None = None) -> Row:
    cell = Cell(policy.name, "default")
    bench = open_bench(replace(spec, policies={cell: policy}))
    try:
        return bench.run(Job(task, cell), max_cost_usd=max_cost_usd)
    finally:
        bench.close()


@pytest.fixture
def made_up(tmp_path: Path) -> tuple[Suite, BenchSpec]:
    return recorded(tmp_path)


def test_the_record_answers_and_says_whether_it_was_right(
    made_up: tuple[Suite, BenchSpec],
) -> None:
    suite, spec = made_up
    for task in suite.tasks[:6]:
        outcome = spec.records[task.id].outcomes["large"]
        row = run(spec, Asks("large"), task.id)
        assert (row.right, row.judge, row.answer) == (outcome.right, "record", outcome.answer)
        assert (row.stop_reason, row.calls) == ("answered", {"large": 1})
        assert row.cost_usd == spec.rosters["seen"].cost_usd(task, "large", outcome)


def test_every_call_is_paid_for_and_so_is_the_orchestrator(
    made_up: tuple[Suite, BenchSpec],
) -> None:
    suite, spec = made_up
    task = suite.tasks[0]
    row = run(spec, Asks("small", "large"), task.id)
    roster, outcomes = spec.rosters["seen"], spec.records[task.id].outcomes
    cost = {name: roster.cost_usd(task, name, outcomes[name]) for name in ("small", "large")}
    assert row.calls == {"small": 1, "large": 1}
    assert row.cost_usd == pytest.approx(cost["small"] + cost["large"])
    assert row.right == outcomes["large"].right
    assert (row.turns, row.legal_calls) == (3, 2)
    assert (row.own_latency_s, row.own_tokens) == (0.75, 24)


def test_seconds_that_were_not_recorded_are_unknown(tmp_path: Path) -> None:
    suite, spec = recorded(tmp_path)
    assert run(spec, Asks("small"), suite.tasks[0].id).latency_s is None
    suite, spec = recorded(tmp_path, latency_s=2.5)
    assert run(spec, Asks("small"), suite.tasks[0].id).latency_s == pytest.approx(3.0)


def test_an_answer_of_the_policys_own_is_judged_by_rule(made_up: tuple[Suite, BenchSpec]) -> None:
    suite, spec = made_up
    task = suite.tasks[0]
    right = run(spec, Says(f"It must be {task.answer}, I think. Answer: {task.answer}"), task.id)
    assert (right.right, right.judge, right.cost_usd) == (1.0, "choice", 0.0)
    wrong = next(letter for letter in "ABCD" if letter != task.answer)
    assert run(spec, Says(f"Answer: {wrong}"), task.id).right == 0.0


def test_words_that_were_not_recorded_are_not_made_up(tmp_path: Path) -> None:
    suite, spec = recorded(tmp_path, pred=None)
    task = suite.tasks[0]
    row = run(spec, Asks("large"), task.id)
    assert row.answer == "(large has answered; its words were not recorded)"
    assert (row.right, row.judge) == (spec.records[task.id].outcomes["large"].right, "record")


def test_a_failed_task_is_a_row(made_up: tuple[Suite, BenchSpec]) -> None:
    suite, spec = made_up
    row = run(spec, Breaks(), suite.tasks[0].id)
    assert (row.stop_reason, row.right, row.error) == ("failed", 0.0, "out of luck")


def test_illegal_calls_are_counted(made_up: tuple[Suite, BenchSpec]) -> None:
    suite, spec = made_up
    row = run(spec, Stumbles("small"), suite.tasks[0].id)
    assert (row.illegal_calls, row.legal_calls, row.stop_reason) == (1, 1, "answered")


def test_a_limit_holds_for_recorded_dollars_too(made_up: tuple[Suite, BenchSpec]) -> None:
    suite, spec = made_up
    row = run(spec, Asks("large"), suite.tasks[0].id, max_cost_usd=0.0)
    assert (row.stop_reason, row.cost_usd) == ("cost_limit", 0.0)


def test_the_rules_follow_the_profile(made_up: tuple[Suite, BenchSpec]) -> None:
    suite, spec = made_up
    thrifty = Profile(name="thrifty", preference=PreferenceVector(accuracy=0.0, cost=1.0))
    spec = replace(spec, profiles={"default": Profile(), "thrifty": thrifty})
    bench = AgentBench(spec)
    task = suite.tasks[0].id
    assert bench.run(Job(task, RULE), max_cost_usd=None).calls == {"large": 1}
    assert bench.run(Job(task, Cell("rule", "thrifty")), max_cost_usd=None).calls == {"small": 1}
    bench.close()


def test_a_bench_travels(made_up: tuple[Suite, BenchSpec]) -> None:
    suite, spec = made_up
    policies = {Cell("asks", "default"): Asks("middle")}
    travelled = pickle.loads(pickle.dumps(replace(spec, policies=policies)))
    bench = open_bench(travelled)
    assert bench.run(Job(suite.tasks[0].id, Cell("asks", "default")), max_cost_usd=None).calls == {
        "middle": 1
    }
    bench.close()


LIVE = EvalTask("seven", "What is 3 + 4?", answer=7, judge="numeric")
ASKED = EvalTask("seas", "How many seas?", answer=7, judge="numeric", tools=("answer",))


def live(server: OpenAIServer, *tasks: EvalTask, gguf: Path) -> AgentBench:
    table = ExpertTable(
        base_url=server.base_url,
        model="m",
        price_in_usd_per_mtok=1.0,
        price_out_usd_per_mtok=1.0,
    )
    config = Config(
        orchestrator=OrchestratorTable(model=str(gguf), policy="rule"), experts={"far": table}
    )
    return open_bench(BenchSpec(config, {"default": Profile()}, {task.id: task for task in tasks}))


def test_a_live_run_uses_the_users_tools(server: OpenAIServer, gguf: Path) -> None:
    bench = live(server, LIVE, gguf=gguf)
    row = bench.run(Job("seven", RULE), max_cost_usd=None)
    assert (row.right, row.judge, row.calls) == (1.0, "numeric", {"python": 1})
    bench.close()
    assert server.requests == []


def test_a_task_may_forbid_tools(server: OpenAIServer, gguf: Path) -> None:
    server.script(streamed("There are 7.", tokens=(20, 5)))
    task = replace(LIVE, tools=("answer",))
    bench = live(server, task, gguf=gguf)
    row = bench.run(Job("seven", RULE), max_cost_usd=None)
    assert (row.right, row.calls) == (1.0, {"far": 1})
    assert row.cost_usd is not None and row.cost_usd > 0
    bench.close()


def test_an_endpoint_that_is_down_is_a_failed_row(server: OpenAIServer, gguf: Path) -> None:
    bench = live(server, ASKED, gguf=gguf)
    server.script(refused(401, "no such key"))
    row = bench.run(Job("seas", RULE), max_cost_usd=None)
    assert (row.stop_reason, row.right) == ("failed", 0.0)
    assert row.error
    bench.close()
