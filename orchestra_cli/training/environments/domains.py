"""Function-calling domains: the golden calls are known, the database that a run leaves is judged.

A task's policy text comes with the question as piped text does, as in an evaluation. Tools work on
a database of the run's own; nothing leaves the machine and nothing is paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.evaluation.domain_runs import with_policy
from orchestra_cli.evaluation.domains.catalog import domain_of
from orchestra_cli.evaluation.judges import state
from orchestra_cli.evaluation.judges.state import StateJudge
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy, PromptStyle
from orchestra_cli.training.environment import Episode, Golden
from orchestra_cli.training.environments.drawn_preferences import draw_preference, preference_words
from orchestra_cli.training.environments.free_metrics import free_metrics
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from prefs.metrics import RunMetrics
from prefs.steering import Worth
from tools.toolbox import Toolbox

_MAX_TURNS = 30
_USUAL_ORDER = 0.5
_NOTHING_TO_SAY = "Done."


class DomainsEnvironment:
    """An `Environment` over tasks judged by the state of a domain's database."""

    name = "domains"

    def __init__(self, tasks: Sequence[EvalTask], *, style: PromptStyle) -> None:
        """Raises UsageError for a task whose domain is missing."""
        self._tasks = tuple(map(with_policy, tasks))
        self._style = style
        self._judge = StateJudge()

    def __len__(self) -> int:
        return len(self._tasks)

    def episode(self, index: int, *, seed: int) -> Episode:
        """The task at `index`; the seed draws the order of the functions and the preference."""
        task = self._tasks[index]
        rng = Random(f"{self.name}/{seed}")
        preference, worth = draw_preference(rng), Worth()
        order = [tool.name for tool in domain_of(task).tools]
        if rng.random() >= _USUAL_ORDER:
            rng.shuffle(order)
        return Episode(
            environment=self.name,
            task=task,
            asked=task.as_task(preference=preference_words(preference, worth)),
            preference=preference,
            worth=worth,
            style=self._style,
            agent=partial(self._agent, task, order),
            score=partial(self._score, task),
            golden=golden_of(task),
        )

    def _agent(self, task: EvalTask, order: Sequence[str], policy: Policy) -> Agent:
        tools = {tool.name: tool for tool in domain_of(task).open().tools}
        return Agent(
            policy,
            Toolbox([tools[name] for name in order], at_once=True),  # in memory, without a wait
            orchestrator=Orchestrator(policy.name, policy.name, self._style.name),
            limits=Limits(max_turns=_MAX_TURNS),
        )

    def _score(self, task: EvalTask, trajectory: Trajectory) -> RunMetrics | None:
        """A run without a last word is wrong, whatever it has done."""
        if trajectory.stop_reason in (StopReason.TIME_LIMIT, StopReason.INTERRUPTED):
            return None
        grade = self._judge.grade(task, state.answer_of(trajectory))
        if grade.right is None:
            return None
        ended = trajectory.stop_reason is StopReason.ANSWERED
        return free_metrics(trajectory, is_right=grade.right and ended)


def golden_of(task: EvalTask) -> Golden:
    """The reference as a run: its calls, then all that must be said."""
    reference = state.Golden.of(task)
    return Golden(reference.actions, " ".join(reference.communicate) or _NOTHING_TO_SAY)
