"""What the judges are tried on: tasks made here, and texts of every kind."""

from typing import Any

from hypothesis import strategies as st

from orchestra_cli.evaluation.judges.base import Judge
from orchestra_cli.evaluation.tasks import EvalTask, JudgeName

ANY_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.,/^e-+*_`$\\{}()[]%€ \n:=ABCIabc½²√π'\"", max_size=60),
    st.sampled_from(
        ["", "Answer:", "```", "\\boxed{", "\\frac{1}{0}", "1/0", "9" * 5000, "(" * 3000, "['",
         "answer" + " " * 15_000 + "x", " " * 15_000, "a=" * 5000, "{" * 5000, "1 " * 5000]
    ),
    st.binary(max_size=40).map(lambda each: each.decode("utf-8", "surrogateescape")),
)  # fmt: skip


def task_of(
    answer: Any, judge: JudgeName, *, question: str = "What is it?", **more: Any
) -> EvalTask:
    """A task with nothing but what a judge reads."""
    return EvalTask(id="t", question=question, answer=answer, judge=judge, **more)


def is_right(judge: Judge, answer: Any, said: str, **more: Any) -> bool | None:
    """What the judge says of these words for that reference."""
    return judge.grade(task_of(answer, "exact", **more), said).right
