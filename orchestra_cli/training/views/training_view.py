"""What is known of a training run: the state behind the views, made of metrics and of nothing else.

Every record makes a new `TrainingView`; none is ever changed. So the display's own thread may
render the one it holds while the trainer is inside a step, without a lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from orchestra_cli.training.metrics import StepMetrics

DEV = "dev"
RECENT_STEPS = 20
"""Over how many steps the figures that vary from step to step are taken together."""


@dataclass(frozen=True, slots=True)
class TrainingView:
    """All optimizer steps and all evaluations so far."""

    of: Mapping[str, int] = field(default_factory=dict)
    """By stage, in order: the step at which it ends, where it is known."""
    steps: tuple[StepMetrics, ...] = ()
    dev: tuple[StepMetrics, ...] = ()
    since: float = 0.0
    """When the last record came, in the seconds of any one clock."""

    def apply(self, metrics: StepMetrics, now: float) -> Self:
        """The view after one more record; a resumed run repeats steps, and the last one counts."""
        dev = tuple(each for each in self.dev if each.step < metrics.step)
        if metrics.stage == DEV:
            return replace(self, dev=(*dev, metrics), since=now)
        steps = tuple(
            each
            for each in self.steps
            if each.step < metrics.step or each.stage != metrics.stage
        )  # fmt: skip
        return replace(self, steps=(*steps, metrics), dev=dev, since=now)

    @property
    def latest(self) -> StepMetrics | None:
        """The last optimizer step."""
        return self.steps[-1] if self.steps else None

    @property
    def step(self) -> int:
        """The last one of which anything is known."""
        return max((records[-1].step for records in (self.steps, self.dev) if records), default=0)

    @property
    def stage(self) -> str | None:
        """Of the last optimizer step; before the first one, what comes first."""
        return self.latest.stage if self.latest else next(iter(self.of), None)

    @property
    def end(self) -> int | None:
        """The step at which the present stage ends; None where nobody knows."""
        return self.of.get(self.stage) if self.stage else None

    @property
    def is_finished(self) -> bool:
        """Whether the last step of the last stage has been made."""
        if self.latest is None or self.end is None or self.stage != list(self.of)[-1]:
            return False
        return self.latest.step >= self.end

    @property
    def of_stage(self) -> tuple[StepMetrics, ...]:
        """The optimizer steps of the present stage."""
        return tuple(each for each in self.steps if each.stage == self.stage)

    @property
    def recent(self) -> tuple[StepMetrics, ...]:
        """The last steps of the present stage."""
        return self.of_stage[-RECENT_STEPS:]

    @property
    def left_s(self) -> float | None:
        """Until the stage ends, at the pace of its last steps and the evaluations among them."""
        if self.end is None or self.latest is None:
            return None
        first = self.recent[0].step
        spent = sum(each.seconds for each in (*self.recent, *self.dev) if each.step >= first)
        return max(0, self.end - self.latest.step) * spent / len(self.recent)


def known(records: Iterable[StepMetrics], name: str) -> list[float]:
    """A figure of each record that has it."""
    return [value for each in records if (value := figure_of(each, name)) is not None]


def figure_of(metrics: StepMetrics, name: str) -> float | None:
    """A field, or `tokens_per_s`."""
    if name == "tokens_per_s":
        return tokens_per_s([metrics])
    value: float | None = getattr(metrics, name)
    return value


def tokens_per_s(records: Sequence[StepMetrics]) -> float | None:
    """Over all of them together; None where no time was taken."""
    seconds = sum(each.seconds for each in records)
    tokens = sum(each.tokens for each in records)
    return tokens / seconds if seconds and tokens else None


def added_up(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of several steps, the names in the order in which they first appear."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
