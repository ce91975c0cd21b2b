"""Tasks whose tools really run: Python, search in generated files or pages, several, or none.

Nothing leaves the machine and nothing is paid; `free_metrics` has the seconds that a run counts.

What was looked up is read by the first expert where experts are configured, and by the policy
itself where it is alone. Of two experts or more an answer is an attempt, which must be accepted.

A run that ends with an expert's answer cannot be scored, for it cannot be had, unless the golden
trajectory ends so too: then handing over was right, once what it takes was found. It is wrong where
only the limit on turns has forced it.

The index alone chooses the task, and the seed alone draws the menu and the preference, as far as
the task leaves it free: episodes of one seed share most of a prompt and are evaluated together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random
from typing import Any, Protocol

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.cascade.asking_order import asking_order, prospects_of
from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy, PromptStyle
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.training.environment import Episode, Golden
from orchestra_cli.training.environments.drawn_preferences import draw_preference, preference_words
from orchestra_cli.training.environments.free_metrics import free_metrics
from orchestra_cli.training.environments.handing_over import (
    HANDING_OVER,
    accepted,
    has_found,
    with_experts,
)
from orchestra_cli.training.environments.made_up_experts import draw_cards
from orchestra_cli.training.environments.tool_menu import ToolMenu, draw_menu
from orchestra_cli.training.environments.web_pages import is_address
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from prefs.metrics import RunMetrics
from prefs.profile import Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector
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
        """By file name or by address; what the searches find."""
        ...


DrawTask = Callable[[str, Random], ToolTask]
"""(kind, the generator to draw from)."""


@dataclass(frozen=True, slots=True)
class _Table:
    """What a seed draws whatever the task."""

    cards: tuple[ExpertCard, ...]
    preference: PreferenceVector
    worth: Worth
    style: PromptStyle


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
        self._table = lru_cache(maxsize=64)(self._draw_table)
        self._others = lru_cache(maxsize=16)(self._draw_others)

    def __reduce__(self) -> tuple[Any, ...]:
        """For workers elsewhere: what is kept from episode to episode does not travel."""
        make = partial(type(self), size=self._size, style=self._style, task_seed=self._task_seed)
        return make, (self._draw, self._kinds)

    def __len__(self) -> int:
        return self._size

    def episode(self, index: int, *, seed: int) -> Episode:
        """The task at `index`, its menu and its preference drawn."""
        drawn, table = self._task(index), self._table(seed)
        golden = with_experts(drawn.golden, table.cards)
        menu = draw_menu(
            Random(f"{self.name}/menu/{seed}"),
            needed=frozenset(call.name for call in golden.calls),
            cards=table.cards,
            documents=self._documents(drawn, seed),
            sought=accepted(drawn.task),
        )
        asked = drawn.task.as_task(preference=preference_words(table.preference, table.worth))
        by_name = {card.name: card for card in table.cards}
        return Episode(
            environment=self.name,
            task=drawn.task,
            asked=asked,
            preference=table.preference,
            worth=table.worth,
            style=table.style,
            agent=partial(_agent, menu, table.style),
            score=partial(self._score, drawn.task, golden, by_name),
            golden=golden,
            experts={f"answer-{n}": card.name for n, card in enumerate(table.cards, start=1)},
        )

    def _draw_table(self, seed: int) -> _Table:
        """As a run has it: the experts in the order in which it pays to ask them."""
        rng = Random(f"{self.name}/{seed}")
        cards, preference, worth = draw_cards(rng), draw_preference(rng), Worth()
        if len(cards) < 2:
            return _Table(cards, preference, worth, self._style)
        profile = Profile("drawn", preference=preference, worth=worth)
        order = asking_order(prospects_of(cards, profile))
        cards = tuple(cards[at] for at in order)
        style = self._style
        if isinstance(style, BriefStyle):
            by_alias = {f"answer-{n}": card for n, card in enumerate(cards, start=1)}
            style = BriefStyle(Outlooks(by_alias, profile))
        return _Table(cards, preference, worth, style)

    def _task(self, index: int) -> ToolTask:
        rng = Random(f"{self.name}/{self._task_seed}/{index}")
        (kind,) = rng.choices(list(self._kinds), list(self._kinds.values()))
        return self._draw(kind, rng)

    def _documents(self, drawn: ToolTask, seed: int) -> Mapping[str, str]:
        """The task's own; other files, or pages, where it has none of the kind."""
        files, pages = self._others(seed)
        kinds = {is_address(name) for name in drawn.documents}
        return {
            **({} if False in kinds else files),
            **({} if True in kinds else pages),
            **drawn.documents,
        }

    def _draw_others(self, seed: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Files and pages that have nothing to do with the task."""
        rng = Random(f"{self.name}/documents/{seed}")
        found: dict[bool, Mapping[str, str]] = {}
        for kind in rng.sample(list(self._kinds), k=len(self._kinds)):
            documents = self._draw(kind, rng).documents
            if documents:
                found.setdefault(is_address(next(iter(documents))), documents)
            if len(found) == 2:
                break
        return found.get(False, {}), found.get(True, {})

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
        hands_over = bool(golden.calls) and golden.calls[-1].name in HANDING_OVER
        if trajectory.turns[-1].tool in HANDING_OVER:
            is_forced = len(trajectory.turns) == _LIMITS.max_turns
            if hands_over:
                return len(golden.calls) < 2 or has_found(task, golden, trajectory)
            return False if is_forced else None
        right = self._judging.grade(task, trajectory.answer)[0].right
        return False if hands_over and right is None else right


def _agent(menu: ToolMenu, style: PromptStyle, policy: Policy) -> Agent:
    return Agent(
        policy,
        Toolbox(menu.open(), at_once=True),  # none of these tools hangs
        orchestrator=Orchestrator(policy.name, policy.name, style.name),
        limits=_LIMITS,
        ends_at_answer=menu.ends_at_answer,
    )
