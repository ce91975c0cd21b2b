"""Runs over a function-calling domain: its tools on a database of their own, its policy in words.

There is no simulated user: the task says all that the user wants, and nobody answers questions.
"""

from __future__ import annotations

from dataclasses import replace

from orchestra_cli.agent import Agent
from orchestra_cli.conducting import build_policy
from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.conductor import Conductor
from orchestra_cli.evaluation.domains.catalog import domain_of
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.trajectory import Orchestrator
from tools.toolbox import Toolbox

_MAX_TURNS = 30
"""Golden lists of ten calls and more are usual."""


class DomainRuns:
    """Agents that the model conducts: the rules know nothing of a domain's tools."""

    def __init__(self, spec: BenchSpec, conductor: Conductor) -> None:
        self._spec = spec
        self._conductor = conductor

    def agent(self, cell: Cell, task: EvalTask, *, max_cost_usd: float | None) -> Agent:
        """For one run of this task. Raises UsageError where the domain or the model is missing."""
        if cell.policy == "rule" or cell in self._spec.policies:
            raise UsageError(f"{cell.policy} cannot call a domain's functions: --policy model")
        session = domain_of(task).open()
        loaded = self._conductor.load("model")
        style = ChatStyle()
        unsteered = replace(self._spec.profiles[cell.profile], beta=0.0)  # nothing has a price here
        policy = build_policy(loaded, style, unsteered, [])
        limits = self._spec.limits(max_cost_usd)
        return Agent(
            policy,
            Toolbox(session.tools),
            orchestrator=Orchestrator(loaded.engine.name, policy.name, style.name),
            limits=replace(limits, max_turns=max(limits.max_turns, _MAX_TURNS)),
        )


def with_policy(task: EvalTask) -> EvalTask:
    """The task with its domain's policy, which comes with the question as piped text does."""
    return replace(task, attachment=domain_of(task).policy)
