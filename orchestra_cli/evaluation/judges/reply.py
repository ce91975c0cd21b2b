"""The judge of small talk: any reply at all is right."""

from __future__ import annotations

import re

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.tasks import EvalTask


class ReplyJudge:
    """A rule."""

    name = "reply"

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Right where something is said."""
        says = re.search(r"\w", answer) is not None
        return Grade(says, "" if says else "nothing is said")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether both say something, or neither does."""
        return self.grade(task, one).right == self.grade(task, other).right
