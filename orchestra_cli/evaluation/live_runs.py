"""Runs with the user's own tools and experts, as `orchestra ask` makes them."""

from __future__ import annotations

from dataclasses import replace

from orchestra_cli.agent import Agent
from orchestra_cli.assembly import TOOL_NAMES, assemble
from orchestra_cli.conducting import build_policy
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.conductor import CONDUCTORS, Conductor
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.suite_files import SuiteFiles
from orchestra_cli.evaluation.tasks import EvalTask
from prefs.profile import Profile
from tools.slots import AnswerSlot


class LiveRuns:
    """Agents over everything that is configured, less what the task does not allow."""

    def __init__(self, spec: BenchSpec, conductor: Conductor) -> None:
        self._spec = spec
        self._conductor = conductor
        self._files = SuiteFiles(spec.files) if spec.files else None

    def close(self) -> None:
        """Forget the files of the suite."""
        if self._files is not None:
            self._files.close()

    def agent(self, cell: Cell, task: EvalTask, *, max_cost_usd: float | None) -> Agent:
        """For one run of this task."""
        spec = self._spec
        fitted = spec.policies.get(cell)
        loaded = self._conductor.load(CONDUCTORS.get(cell.policy, "model"))
        if fitted:
            loaded = replace(loaded, checks_answers=not fitted.ends_at_answer)
        return assemble(
            spec.config.with_orchestrator(max_cost_usd=spec.limits(max_cost_usd).max_cost_usd),
            _restricted(spec.profiles[cell.profile], task),
            loaded,
            offline=spec.offline,
            ask_user=None,
            conduct=(lambda *_: fitted) if fitted else build_policy,
            index_path=self._files.index_path if self._files else None,
        )


def _restricted(profile: Profile, task: EvalTask) -> Profile:
    """What the task does not allow is ruled out as if the user had said so."""
    if task.tools is None:
        return profile
    allowed = {*task.tools, AnswerSlot.name}
    never = tuple(name for name in TOOL_NAMES if name not in allowed)
    return replace(profile, rules=profile.rules.and_never(never))
