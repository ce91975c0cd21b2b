"""The bench: a job becomes a run of the ordinary loop, and the run becomes a row.

Each worker opens one. What a run reads (tasks, records, rosters, fitted policies) comes with the
specification; what cannot travel (a model's weights) is loaded here, when a job first needs it.
"""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass

from orchestra_cli.agent import Agent
from orchestra_cli.engines.hardware import share_cores
from orchestra_cli.errors import OrchestraError
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.conductor import Conductor
from orchestra_cli.evaluation.domain_runs import DomainRuns, with_policy
from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.judges.state import answer_of
from orchestra_cli.evaluation.live_runs import LiveRuns
from orchestra_cli.evaluation.recorded_experts import attempt_text
from orchestra_cli.evaluation.recorded_runs import RecordedRuns
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.events import FormatErrorSeen, RunFinished
from orchestra_cli.run import ACCEPT, ANSWER
from orchestra_cli.trajectory import ORCHESTRATOR, Bill, StopReason, Trajectory


def open_bench(spec: BenchSpec) -> AgentBench:
    """In a worker of its own."""
    gc.freeze()  # the records stay to the end: no collection need look at them again
    return AgentBench(spec)


@dataclass(frozen=True, slots=True)
class _Verdict:
    right: float | None
    judge: str = ""
    cost_usd: float | None = 0.0


class AgentBench:
    """A `Bench` over `Agent.stream`."""

    def __init__(self, spec: BenchSpec) -> None:
        self._spec = spec
        share_cores(spec.processes)
        self._conductor = Conductor(spec.config, offline=spec.offline)
        runs = LiveRuns if spec.is_live else RecordedRuns
        self._runs: LiveRuns | RecordedRuns = runs(spec, self._conductor)
        self._domain_runs = DomainRuns(spec, self._conductor)
        self._judging = _judging(spec)
        self._words = {name: profile.words for name, profile in spec.profiles.items()}

    def close(self) -> None:
        """Unload the model, if one was loaded, and what the runs hold."""
        if isinstance(self._runs, LiveRuns):
            self._runs.close()
        self._conductor.close()

    def run(self, job: Job, *, max_cost_usd: float | None) -> Row:
        """One task under one cell; whatever goes wrong in it is in the row."""
        task = self._spec.tasks[job.task]
        runs = self._domain_runs if task.judge == "state" else self._runs
        try:
            agent = runs.agent(job.cell, task, max_cost_usd=max_cost_usd)
        except OrchestraError as error:
            return _not_begun(job, task, error)
        asked = with_policy(task) if task.judge == "state" else task
        try:
            trajectory, illegal_calls = _played(agent, asked, self._words[job.cell.profile])
        finally:
            agent.close()
        if trajectory.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        return self._row(job, task, trajectory, illegal_calls)

    def _row(self, job: Job, task: EvalTask, trajectory: Trajectory, illegal_calls: int) -> Row:
        verdict = self._verdict(task, trajectory)
        turns = trajectory.turns
        own = [usage for usage in trajectory.usage if usage.who == ORCHESTRATOR]
        return Row(
            task=task.id,
            cell=job.cell,
            domain=task.domain,
            right=verdict.right,
            judge=verdict.judge,
            answer=trajectory.answer,
            stop_reason=trajectory.stop_reason.value,
            error=trajectory.error,
            turns=len(turns),
            legal_calls=sum(1 for turn in turns if turn.tool),
            illegal_calls=illegal_calls,
            right_tools=_right_tools(task, trajectory),
            calls=dict(Counter(turn.expert or turn.tool for turn in turns if turn.tool)),
            cost_usd=trajectory.bill.cost_usd,
            latency_s=self._latency_s(task, trajectory),
            own_cost_usd=Bill.of(own).cost_usd,
            own_latency_s=round(sum(usage.latency_s for usage in own), 6),
            own_tokens=sum(usage.input_tokens + usage.output_tokens for usage in own),
            judge_cost_usd=verdict.cost_usd,
        )

    def _verdict(self, task: EvalTask, trajectory: Trajectory) -> _Verdict:
        if trajectory.answer is None:
            return _Verdict(0.0)
        recorded = self._recorded_verdict(task, trajectory)
        if recorded is not None:
            return _Verdict(recorded, "record")
        answer = answer_of(trajectory) if task.judge == "state" else trajectory.answer
        grade, judge = self._judging.grade(task, answer)
        right = None if grade.right is None else float(grade.right)
        if judge == "reply" and _right_tools(task, trajectory) == 0.0:
            right = 0.0  # any words would do: what was done for them is all that can be wrong
        return _Verdict(right, judge, Bill.of(grade.usage).cost_usd)

    def _recorded_verdict(self, task: EvalTask, trajectory: Trajectory) -> float | None:
        """What the record says of the attempt that became the answer; the last such attempt."""
        record = self._spec.records.get(task.id)
        asked = [turn.expert for turn in reversed(trajectory.turns) if turn.expert]
        for expert in asked if record else ():
            assert record is not None
            outcome = record.outcomes[expert]
            if attempt_text(expert, outcome.answer) == trajectory.answer:
                return outcome.right
        return None

    def _latency_s(self, task: EvalTask, trajectory: Trajectory) -> float | None:
        """None where an expert was asked whose seconds were not recorded."""
        record = self._spec.records.get(task.id)
        asked = (turn.expert for turn in trajectory.turns if turn.expert)
        if record and any(record.outcomes[expert].latency_s is None for expert in asked):
            return None
        return trajectory.bill.latency_s


def _played(agent: Agent, task: EvalTask, preference: str) -> tuple[Trajectory, int]:
    """(the run, how many replies were no legal call). One that raises has its bill all the same."""
    illegal_calls = 0
    trajectory: Trajectory | None = None
    try:
        for event in agent.stream(task.as_task(preference=preference)):
            if isinstance(event, FormatErrorSeen):
                illegal_calls += 1
            elif isinstance(event, RunFinished):
                trajectory = event.trajectory
    except Exception:
        if trajectory is None:
            raise
    assert trajectory is not None  # the stream's last event
    return trajectory, illegal_calls


def _right_tools(task: EvalTask, trajectory: Trajectory) -> float | None:
    """Whether the tools were those that the task names; None where it names none."""
    if task.right_tools is None:
        return None
    called = {turn.tool for turn in trajectory.turns} - {None, ANSWER, ACCEPT}
    return float(called == set(task.right_tools))


def _not_begun(job: Job, task: EvalTask, error: Exception) -> Row:
    """Nothing ran and nothing was spent: it says nothing of the policy, right or wrong."""
    return Row(
        task=task.id,
        cell=job.cell,
        domain=task.domain,
        error=" ".join(str(error).split()),
        cost_usd=0.0,
        latency_s=0.0,
    )


def _judging(spec: BenchSpec) -> Judging:
    if spec.judge_model is None:
        return Judging()
    from orchestra_cli.evaluation.judges.model import open_model_judge

    return Judging(model=open_model_judge(spec.judge_model, api_key_env=spec.judge_api_key_env))
