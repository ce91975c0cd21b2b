"""A rollout: one trajectory with its turns as the trainer needs them, text in and text out.

A turn's prompt is the rendered text up to where the reply begins, its reply what the policy wrote
up to the end of its turn: the two are tokenized as the engine does. Nothing of a prompt and nothing
of an observation is ever trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestra_cli.trajectory import Trajectory
from prefs.metrics import RunMetrics


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply of the policy; a retry after a format error is a sample of its own."""

    prompt: str
    """As rendered by the model's template; ends where the assistant's message begins."""
    reply: str
    """Without the end-of-turn mark."""
    options: tuple[str, ...] = ()
    """Where the choice was among few whole calls: the text of each, `reply` being one of them."""
    target: tuple[float, ...] = ()
    """How likely each option should be, where a teacher says so; 1 in sum."""
    is_legal: bool = True
    """Off for a reply that was a format error."""
    ended: bool = True
    """Whether the policy ended its turn itself; off for a reply that was cut."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One run of an episode."""

    task_id: str
    trajectory: Trajectory
    samples: tuple[Sample, ...]
    metrics: RunMetrics | None
    """None where it could not be scored."""

    @property
    def is_well_formed(self) -> bool:
        """Whether every reply was a legal call or an answer."""
        return all(sample.is_legal for sample in self.samples)

    @property
    def has_answer(self) -> bool:
        """Whether it came to a valid answer."""
        return bool(self.trajectory.answer)


@dataclass(frozen=True, slots=True)
class Group:
    """The rollouts of one episode, which are compared with each other."""

    episode_key: tuple[str, int, int]
    """(environment, index, seed)."""
    rollouts: tuple[Rollout, ...]
