"""A run's records by stage: the curves of one stage say nothing beside those of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.views.training_view import DEV


@dataclass(frozen=True, slots=True)
class Stage:
    """The optimizer steps of one stage, and the evaluations on dev tasks within it."""

    name: str
    steps: tuple[StepMetrics, ...]
    dev: tuple[StepMetrics, ...] = ()

    @property
    def seconds(self) -> float:
        """In all, evaluations included."""
        return sum(each.seconds for each in (*self.steps, *self.dev))


def stages_of(records: Iterable[StepMetrics]) -> list[Stage]:
    """In order. An evaluation belongs to the stage before it, the first of all to what follows."""
    return [
        _stage(list(group)) for _, group in groupby(_named(list(records)), lambda pair: pair[0])
    ]


def _named(records: list[StepMetrics]) -> Iterator[tuple[str, StepMetrics]]:
    name = next((each.stage for each in records if each.stage != DEV), DEV)
    for each in records:
        name = name if each.stage == DEV else each.stage
        yield name, each


def _stage(named: list[tuple[str, StepMetrics]]) -> Stage:
    records = [record for _, record in named]
    return Stage(
        name=named[0][0],
        steps=tuple(each for each in records if each.stage != DEV),
        dev=tuple(each for each in records if each.stage == DEV),
    )
