"""The tasks run under a preference, and without steering, by the loop of `orchestra ask`.

Cost and seconds are those of the experts, which are simulated and do not depend on this machine;
what the orchestrator itself takes is not among them. With the plain rules, and with a model
without temperature, nothing is left to chance and one run of a task is exact; with temperature it
is a draw.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from orchestra_cli.agent import Agent
from orchestra_cli.assembly import assemble
from orchestra_cli.config import (
    AskUserTable,
    Config,
    LocalSearchTable,
    ToolTables,
    WebPageTable,
    WebSearchTable,
)
from orchestra_cli.events import CallChosen, RunFinished, TurnFinished
from orchestra_cli.experts.card_tasks import CardTask
from orchestra_cli.options import OWN_ANSWER
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import Task
from orchestra_cli.preference_test.adherence import total_adherence
from orchestra_cli.preference_test.simulated import World, simulate_slots, task_question
from orchestra_cli.trajectory import Trajectory
from prefs.metrics import RunMetrics
from prefs.profile import Profile
from prefs.steering import Candidate

Show = Callable[[str], None]
"""Told after each run."""


@dataclass(frozen=True, slots=True)
class TaskRun:
    """What came of a task."""

    task: str
    choices: tuple[str, ...]
    """Who was asked in each turn: an expert, a tool, or `own answer`."""
    metrics: RunMetrics


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tasks under one preference, and the same without steering."""

    name: str
    profile: Profile
    steered: tuple[TaskRun, ...]
    unsteered: tuple[TaskRun, ...]
    """With β = 0: same hard rules, same words."""

    @property
    def adherence(self) -> float:
        """Of the steered runs."""
        return self._score(self.steered)

    @property
    def unsteered_adherence(self) -> float:
        """Of the runs with β = 0, measured against themselves."""
        return self._score(self.unsteered)

    def _score(self, runs: Sequence[TaskRun]) -> float:
        return total_adherence(
            [run.metrics for run in runs],
            [run.metrics for run in self.unsteered],
            self.profile.preference,
        )


class Bench:
    """One orchestrator and one world, in which profiles are compared."""

    def __init__(
        self,
        config: Config,
        loaded: LoadedOrchestrator,
        world: World,
        tasks: Sequence[CardTask],
        *,
        offline: bool = False,
        show: Show = lambda _name: None,
    ) -> None:
        self._config = _test_config(config, world)
        self._loaded = loaded
        self._world = world
        self._tasks = tuple(tasks)
        self._offline = offline
        self._show = show

    def compare(self, name: str, profile: Profile) -> Comparison:
        """Run every task twice. Raises RefusedError where the profile allows no such run."""
        return Comparison(name, profile, self.run(profile), self.run(replace(profile, beta=0.0)))

    def run(self, profile: Profile) -> tuple[TaskRun, ...]:
        """Every task once."""
        return tuple(self._run(task, profile) for task in self._tasks)

    def decisions(
        self, profile: Profile, *, words: str | None = None
    ) -> tuple[tuple[Candidate, ...], ...]:
        """What the first steered choice of each task was among; `words` other than the profile's.

        A task without such a choice is left out: nothing there could be steered.
        """
        firsts = (
            self._first(task, profile, profile.words if words is None else words)
            for task in self._tasks
        )
        return tuple(first for first in firsts if first)

    def _run(self, task: CardTask, profile: Profile) -> TaskRun:
        with self._agent(task, profile) as agent:
            trajectory = agent.run(Task(task_question(task), preference=profile.words))
            experts = {card.name for card in agent.experts}
        self._show(task.name)
        return _task_run(task, trajectory, experts)

    def _first(self, task: CardTask, profile: Profile, words: str) -> tuple[Candidate, ...]:
        with self._agent(task, profile) as agent:
            for event in agent.stream(Task(task_question(task), preference=words)):
                if isinstance(event, RunFinished):
                    break
                steered = event.candidates if isinstance(event, CallChosen) else ()
                steered = event.turn.candidates if isinstance(event, TurnFinished) else steered
                if steered:
                    self._show(task.name)
                    return tuple(each.candidate for each in steered)
        return ()

    @contextmanager
    def _agent(self, task: CardTask, profile: Profile) -> Iterator[Agent]:
        seed = zlib.crc32(task.name.encode())  # else every task would meet the same draw
        loaded = replace(
            self._loaded,
            sampling=replace(self._loaded.sampling, seed=seed),
            own_expert=self._world.simulate(self._loaded.own_expert.card),
        )
        agent = assemble(self._config, profile, loaded, offline=self._offline, ask_user=None)
        for slot in agent.slots:
            slot.choices.experts = simulate_slots(slot.choices.experts, self._world)
        with closing(agent):
            yield agent


def _test_config(config: Config, world: World) -> Config:
    """The world's experts, and of the tools `python` alone: the tasks need no search."""
    tools = ToolTables(
        python=config.tools.python,
        local_search=LocalSearchTable(enabled=False),
        web_search=WebSearchTable(enabled=False),
        web_page=WebPageTable(enabled=False),
        ask_user=AskUserTable(enabled=False),
    )
    return config.model_copy(update={"experts": dict(world.tables), "tools": tools})


def _task_run(task: CardTask, trajectory: Trajectory, experts: set[str]) -> TaskRun:
    choices = tuple(turn.expert or turn.tool or OWN_ANSWER for turn in trajectory.turns)
    spent = [usage for usage in trajectory.usage if usage.who in experts]
    metrics = RunMetrics(
        is_right=task.check.passes(trajectory.answer or ""),
        cost_usd=sum(usage.cost_usd or 0.0 for usage in spent),
        latency_s=sum(usage.latency_s for usage in spent),
        calls=Counter(choice for choice in choices if choice != OWN_ANSWER),
    )
    return TaskRun(task.name, choices, metrics)
