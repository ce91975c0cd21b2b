"""Tasks whose tools really run: Python, search in a generated corpus, both, or neither.

Nothing leaves the machine and nothing is paid; `free_metrics` has the seconds that a run counts.

A run that ends with `answer` cannot be scored, for the experts' answers cannot be had, unless the
golden trajectory ends so too: then handing over was right. It is wrong where only the limit on
turns has forced it.

The index alone chooses the task, and the seed alone draws the menu and the preference, as far as
the task leaves it free: episodes of one seed share most of a prompt and are evaluated together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Protocol

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy, PromptStyle
from orchestra_cli.training.environment import Episode, Golden
from orchestra_cli.training.environments.drawn_preferences import draw_preference, preference_words
from orchestra_cli.training.environments.free_metrics import free_metrics
from orchestra_cli.training.environments.made_up_experts import draw_cards
from orchestra_cli.training.environments.tool_menu import ANSWER, ToolMenu, draw_menu
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from prefs.metrics import RunMetrics
from prefs.steering import Worth
from tools.base import ToolCall
from tools.experts import ExpertCard
from tools.toolbox import Toolbox

_LIMITS = Limits(max_turns=8)
_EXPERT_S = 5.0
"""Of an expert whose card does not say."""


class ToolTask(Protocol):
    """A drawn task."""

    @property
    def task(self) -> EvalTask: ...
    @property
    def golden(self) -> Golden: ...
    @property
    def documents(self) -> Mapping[str, str]:
        """By file name; what local search finds."""
        ...


DrawTask = Callable[[str, Random], ToolTask]
"""(kind, the generator to draw from)."""


class ToolsEnvironment:
    """An `Environment` of `size` generated tasks."""

    name = "tools"

    def __init__(
        self,
        draw: DrawTask,
        kinds: Mapping[str, float],
        *,
        size: int,
        style: PromptStyle,
        task_seed: int = 0,
    ) -> None:
        """`kinds` with the share of each; another `task_seed` gives other tasks."""
        self._draw = draw
        self._kinds = dict(kinds)
        self._size = size
        self._style = style
        self._task_seed = task_seed
        self._judging = Judging()

    def __len__(self) -> int:
        return self._size

    def episode(self, index: int, *, seed: int) -> Episode:
        """The task at `index`, its menu and its preference drawn."""
        drawn = self._task(index)
        rng = Random(f"{self.name}/{seed}")
        golden, cards, preference, worth = (
            drawn.golden,
            draw_cards(rng),
            draw_preference(rng),
            Worth(),
        )
        menu = draw_menu(
            rng,
            needed=frozenset(call.name for call in golden.calls),
            cards=cards,
            documents=drawn.documents or self._other_documents(seed),
        )
        golden = replace(golden, calls=tuple(_aliased(call, cards) for call in golden.calls))
        return Episode(
            environment=self.name,
            task=drawn.task,
            asked=drawn.task.as_task(preference=preference_words(preference, worth)),
            preference=preference,
            worth=worth,
            style=self._style,
            agent=partial(_agent, menu, self._style),
            score=partial(self._score, drawn.task, golden, {card.name: card for card in cards}),
            golden=golden,
            experts={f"answer-{n}": card.name for n, card in enumerate(cards, start=1)},
        )

    def _task(self, index: int) -> ToolTask:
        rng = Random(f"{self.name}/{self._task_seed}/{index}")
        (kind,) = rng.choices(list(self._kinds), list(self._kinds.values()))
        return self._draw(kind, rng)

    def _other_documents(self, seed: int) -> Mapping[str, str]:
        """Files that are there and have nothing to do with the task."""
        rng = Random(f"{self.name}/documents/{seed}")
        kinds = rng.sample(list(self._kinds), k=len(self._kinds))
        return next((d for kind in kinds if (d := self._draw(kind, rng).documents)), {})

    def _score(
        self,
        task: EvalTask,
        golden: Golden,
        cards: Mapping[str, ExpertCard],
        trajectory: Trajectory,
    ) -> RunMetrics | None:
        right = self._is_right(task, golden, trajectory)
        if right is None:
            return None
        seconds = {
            name: _EXPERT_S if c.latency_s is None else c.latency_s for name, c in cards.items()
        }
        return free_metrics(trajectory, is_right=right, expert_s=seconds)

    def _is_right(self, task: EvalTask, golden: Golden, trajectory: Trajectory) -> bool | None:
        if trajectory.stop_reason in (StopReason.TIME_LIMIT, StopReason.INTERRUPTED):
            return None
        if trajectory.stop_reason is not StopReason.ANSWERED or trajectory.answer is None:
            return False
        hands_over = bool(golden.calls) and golden.calls[-1].name == ANSWER
        if trajectory.turns[-1].tool == ANSWER:
            is_forced = len(trajectory.turns) == _LIMITS.max_turns
            return hands_over or (False if is_forced else None)
        right = self._judging.grade(task, trajectory.answer)[0].right
        return False if hands_over and right is None else right


def _agent(menu: ToolMenu, style: PromptStyle, policy: Policy) -> Agent:
    return Agent(
        policy,
        Toolbox(menu.open(), at_once=True),  # none of these tools hangs
        orchestrator=Orchestrator(policy.name, policy.name, style.name),
        limits=_LIMITS,
    )


def _aliased(call: ToolCall, cards: Sequence[ExpertCard]) -> ToolCall:
    """A golden call of an expert that this episode does not have goes to the first one."""
    alias = str(call.arguments.get("model", ""))
    role, _, number = alias.rpartition("-")
    if not number.isdigit() or int(number) <= len(cards):
        return call
    return ToolCall(call.name, {"model": f"{role}-1"})
