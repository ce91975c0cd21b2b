"""The seam to what a policy is trained in: episodes that drive the same loop as a user's question.

All that varies from task to task (names, order and subset of the experts, prices, card texts, the
preference and its sentence) is drawn from the seed of the episode, so that a policy reads and does
not memorise, and so that all rollouts of a group see the very same episode, in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from orchestra_cli.agent import Agent
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy, PromptStyle, Task
from orchestra_cli.trajectory import Trajectory
from prefs.metrics import RunMetrics
from prefs.steering import Worth
from prefs.vector import PreferenceVector
from tools.base import ToolCall


@dataclass(frozen=True, slots=True)
class Golden:
    """A trajectory known to be right: its calls, then an answer of the policy's own, if any."""

    calls: tuple[ToolCall, ...]
    answer: str | None = None
    """None where the last call ends the run."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One task with everything drawn; `agent` makes a fresh agent for each rollout of the group."""

    environment: str
    task: EvalTask
    asked: Task
    """The task as the run is asked it, the preference's sentence included."""
    preference: PreferenceVector
    worth: Worth
    style: PromptStyle
    agent: Callable[[Policy], Agent]
    score: Callable[[Trajectory], RunMetrics | None]
    """None where the rollout cannot be scored; it is then dropped and never counted as wrong."""
    golden: Golden | None = None
    experts: Mapping[str, str] = field(default_factory=dict)
    """By alias of this episode: the expert's name in the data, for the counts of calls."""


class Environment(Protocol):
    """Tasks of one kind; `training.environments` has them."""

    name: str

    def __len__(self) -> int:
        """How many tasks there are."""
        ...

    def episode(self, index: int, *, seed: int) -> Episode:
        """The task at `index`; what varies is drawn from (index, seed) and from nothing else."""
        ...
