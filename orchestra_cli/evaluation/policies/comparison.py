"""Whether two experts say the same: as the task's judge has it, on train rows and in a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.policies.base import Setting, UnavailableError
from orchestra_cli.evaluation.recorded_experts import attempt_text
from orchestra_cli.evaluation.records import Record
from orchestra_cli.evaluation.tasks import EvalTask, JudgeName
from orchestra_cli.policy import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an expert has said."""

    expert: str
    text: str

    @property
    def is_blank(self) -> bool:
        """No answer was given, or its words were not recorded: that agrees with nobody."""
        unsaid = (attempt_text(self.expert, None), attempt_text(self.expert, ""))
        return not self.text.strip() or self.text in unsaid


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares answers to the tasks of a run."""

    same: Callable[[EvalTask, str, str], bool]
    judge: JudgeName
    tasks: Mapping[str, EvalTask]
    """Those that are evaluated, without their reference answers."""

    @classmethod
    def of(cls, setting: Setting, records: Mapping[str, Record]) -> Comparison:
        """`records` are those of the tasks to be evaluated."""
        tasks = {name: replace(record.task, answer=None) for name, record in records.items()}
        judge: JudgeName = setting.train[0].task.judge if setting.train else "exact"
        return cls(setting.same, judge, tasks)

    def agree(self, task: Task, one: Answer, other: Answer) -> bool:
        """Whether both answer, and the same."""
        if one.is_blank or other.is_blank:
            return False
        known = self.tasks.get(task.id)
        if known is None:
            known = EvalTask(task.id, task.question, judge=self.judge, domain=task.domain)
        return self.same(known, one.text, other.text)


def agreements(
    rows: Sequence[Record], names: Sequence[str], same: Callable[[EvalTask, str, str], bool]
) -> Flags:
    """(rows, experts, experts), symmetric. Raises UnavailableError where no words were recorded."""
    import numpy as np

    for name in names:
        if all(row.outcomes[name].answer is None for row in rows):
            raise UnavailableError(f"needs recorded answers: of {name} only the verdicts are known")
    flags = np.zeros((len(rows), len(names), len(names)), dtype=bool)
    for row, flag in zip(rows, flags, strict=True):
        groups = _groups(row, names, same)
        flag[:] = groups[:, None] == groups[None, :]
        flag[groups < 0] = False
    return flags


def _groups(
    row: Record, names: Sequence[str], same: Callable[[EvalTask, str, str], bool]
) -> NDArray[np.int_]:
    """By expert the number of the answer that it gave; -1 where it gave none."""
    import numpy as np

    found: list[Answer] = []
    groups = np.full(len(names), -1)
    for place, name in enumerate(names):
        answer = Answer(name, attempt_text(name, row.outcomes[name].answer))
        if answer.is_blank:
            continue
        for number, earlier in enumerate(found):
            if same(row.task, earlier.text, answer.text):
                groups[place] = number
                break
        else:
            if same(row.task, answer.text, answer.text):
                groups[place] = len(found)
                found.append(answer)
    return groups
