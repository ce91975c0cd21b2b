"""Who judges a task, and whether the judges agree.

A rule judges wherever one can; the model only what no rule can read. Judges are made when a task
first needs them and kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.judges.base import Grade, Judge
from orchestra_cli.evaluation.tasks import EvalTask, JudgeName

if TYPE_CHECKING:
    from orchestra_cli.evaluation.judges.model import ModelJudge

_NO_MODEL = "no rule can judge this: name a model with --judge http://host/v1#model"


class Judging:
    """Every judge by name."""

    def __init__(self, *, model: ModelJudge | None = None) -> None:
        """Without a model, what no rule can judge stays unjudged."""
        self._model = model
        self._rules: dict[JudgeName, Judge] = {}

    def grade(self, task: EvalTask, answer: str) -> tuple[Grade, str]:
        """(what the task's judge says, the judge's name)."""
        if task.judge != "model":
            return self._rule(task.judge).grade(task, answer), task.judge
        if self._model is None:
            return Grade(None, _NO_MODEL), "model"
        return self._model.grade(task, answer), "model"

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether two answers say the same, by the task's judge; no model is asked for it."""
        name: JudgeName = "exact" if task.judge == "model" else task.judge
        return self._rule(name).same(task, one, other)

    def _rule(self, name: JudgeName) -> Judge:
        judge = self._rules.get(name)
        if judge is None:
            judge = self._rules[name] = _rule(name)
        return judge


def agreement(
    answers: Iterable[tuple[EvalTask, str, float]], *, model: ModelJudge | None = None
) -> dict[str, list[bool]]:
    """By judge, for each answer whose recorded verdict is 1 or 0: whether the judge says so.

    The model, where there is one, judges every answer, so that it stands beside the rules on the
    same ones. An answer that a judge cannot judge does not count for it.
    """
    judging = Judging(model=model)
    agrees: dict[str, list[bool]] = {}
    for task, answer, right in answers:
        if right not in (0.0, 1.0):
            continue
        grades = [judging.grade(task, answer)]
        if model is not None and task.judge != "model":
            grades.append((model.grade(task, answer), "model"))
        for grade, name in grades:
            if grade.right is not None:
                agrees.setdefault(name, []).append(grade.right == bool(right))
    return agrees


def _rule(name: JudgeName) -> Judge:
    """Imported where it is needed: a suite has one judge or two."""
    if name == "exact":
        from orchestra_cli.evaluation.judges.exact import ExactJudge

        return ExactJudge()
    if name == "numeric":
        from orchestra_cli.evaluation.judges.numeric import NumericJudge

        return NumericJudge()
    if name == "choice":
        from orchestra_cli.evaluation.judges.choice import ChoiceJudge

        return ChoiceJudge()
    if name == "code":
        from orchestra_cli.evaluation.judges.code import CodeJudge

        return CodeJudge()
    if name == "call":
        from orchestra_cli.evaluation.judges.calls import CallJudge

        return CallJudge()
    if name == "state":
        from orchestra_cli.evaluation.judges.state import StateJudge

        return StateJudge()
    if name == "reply":
        from orchestra_cli.evaluation.judges.reply import ReplyJudge

        return ReplyJudge()
    raise ValueError(f"{name} is no rule")
