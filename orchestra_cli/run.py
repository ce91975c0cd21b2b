"""What changes while a run goes on: the trajectory so far, the buffers, the money and the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile

from orchestra_cli.policy import Task
from orchestra_cli.trajectory import StopReason, Trajectory, Turn
from tools.accept import AcceptTool
from tools.base import Buffers, CallContext, Usage
from tools.budget import Budget
from tools.slots import AnswerSlot

ANSWER = AnswerSlot.name
ACCEPT = AcceptTool.name


@dataclass
class Run:
    """One question on its way to an answer; `orchestra_cli.agent` moves it on."""

    task: Task
    deadline: float
    budget: Budget
    trajectory: Trajectory
    buffers: Buffers = Buffers()
    repeated: str | None = None
    """A function that was just called twice in the same way, not offered in the next turn."""
    finished: bool = False

    @property
    def context(self) -> CallContext:
        """What a tool may know of it."""
        return CallContext(
            question=self.task.problem,
            buffers=self.buffers,
            deadline=self.deadline,
            budget=self.budget,
            attempted=frozenset(
                turn.slot
                for turn in self.trajectory.turns
                if turn.slot and turn.observation and turn.observation.attempt is not None
            ),
        )

    def spend(self, usage: tuple[Usage, ...]) -> None:
        """Put it on the bill."""
        self.trajectory = replace(self.trajectory, usage=self.trajectory.usage + usage)

    @property
    def turn_usage(self) -> tuple[Usage, ...]:
        """What this turn has cost so far, replies included that were no legal call."""
        return self.trajectory.usage[sum(len(t.usage) for t in self.trajectory.turns) :]

    def stop(
        self, reason: StopReason, *, answer: str | None = None, error: str | None = None
    ) -> None:
        """End the run after this turn."""
        self.trajectory = replace(self.trajectory, stop_reason=reason, answer=answer, error=error)
        self.finished = True

    def stop_out_of_turns(self) -> None:
        """A failed last `answer` is a failure of the experts, not of the budget."""
        last = self.trajectory.turns[-1] if self.trajectory.turns else None
        error = _answer_error(last) if last else None
        reason = StopReason.FAILED if error else StopReason.TURN_LIMIT
        self.stop(reason, answer=self.best_partial, error=error)

    @property
    def best_attempt(self) -> str | None:
        """The last answer that an expert gave."""
        return self.buffers.attempts[-1] if self.buffers.attempts else None

    @property
    def best_partial(self) -> str | None:
        """The last attempt, else what the last program that worked has printed."""
        seen = (turn.observation for turn in reversed(self.trajectory.turns))
        outputs = (o.code_runs[-1].output for o in seen if o and o.error is None and o.code_runs)
        return self.best_attempt or next(outputs, None)

    @property
    def num_failed_answers(self) -> int:
        """The last `answer` calls in a row that failed."""
        return sum(1 for _ in takewhile(_answer_error, reversed(self.trajectory.turns)))


def _answer_error(turn: Turn) -> str | None:
    """What went wrong with an `answer` call; None for any other turn."""
    seen = turn.observation if turn.tool == ANSWER else None
    return seen.error if seen else None
