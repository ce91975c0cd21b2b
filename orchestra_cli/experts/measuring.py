"""Runs experts on the tasks of their cards, within a budget, keeping every result at once.

Remote experts take a few tasks at a time, those on this machine one, or they would only slow each
other down and their latency would be none that a question ever sees. An expert whose provider
fails several times on end is given up; Ctrl-C ends the calls that run and keeps all that is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date

from orchestra_cli.experts.card_tasks import CardTask
from orchestra_cli.experts.cards import Outcome, ResultStore, TaskResult
from tools.base import CallContext, ToolError, Usage
from tools.budget import Budget, max_input_tokens
from tools.experts import Expert, ExpertCard

MAX_TOKENS = 4_096
"""For an answer with the thinking before it; the tasks are small."""
_CALL_S = 180.0
_REMOTE_AT_ONCE = 3
_POLL_S = 0.5
_MOST_FAILURES = 3
"""On end, until an expert is given up."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of an expert's tasks."""

    left: int
    """Tasks that were not tried any more."""
    failure: str | None = None
    """The provider's words where the last call failed."""
    out_of_budget: bool = False


def worst_cost_usd(card: ExpertCard, tasks: Sequence[CardTask]) -> float | None:
    """Dollars if every answer is as long as it may be; None where the price is not known."""
    if not tasks:
        return 0.0
    if card.price is None:
        return None
    return sum(
        card.price.worst_usd(
            input_tokens=max_input_tokens(task.messages), output_tokens=_max_tokens(card)
        )
        for task in tasks
    )


def to_do(tasks: Sequence[CardTask], done: Sequence[TaskResult]) -> list[CardTask]:
    """The tasks without an answer yet: one that never reached the expert is tried again."""
    answered = {result.task for result in done if result.outcome is not Outcome.UNREACHED}
    return [task for task in tasks if task.name not in answered]


def measure(
    expert: Expert,
    tasks: Sequence[CardTask],
    *,
    store: ResultStore,
    budget: Budget,
    show: Callable[[TaskResult], None],
) -> Measured:
    """Give the expert the tasks; `show` is called after each, from any thread."""
    measuring = _Measuring(expert, store, budget, show)
    # One at a time under a tight budget too: calls in flight would hold what the next one needs.
    worst = worst_cost_usd(expert.card, tasks)
    is_tight = budget.max_cost_usd is not None and (worst is None or worst > budget.left_usd)
    alone = is_tight or not expert.card.leaves_machine
    pool = ThreadPoolExecutor(1 if alone else _REMOTE_AT_ONCE, thread_name_prefix="card")
    try:
        running = [pool.submit(measuring.run, task) for task in tasks]
        while wait(running, timeout=_POLL_S).not_done:
            pass  # where a wait without end cannot be interrupted, one of these can
    finally:
        measuring.cancelled.set()
        pool.shutdown(cancel_futures=True)
    for each in running:
        each.result()  # raises what went wrong here: a full disk, or a bug
    return measuring.outcome(len(tasks))


class _Measuring:
    """One expert's tasks, whose threads share what they have found out."""

    def __init__(
        self,
        expert: Expert,
        store: ResultStore,
        budget: Budget,
        show: Callable[[TaskResult], None],
    ) -> None:
        self.cancelled = threading.Event()
        self._expert = expert
        self._store = store
        self._budget = budget
        self._show = show
        self._lock = threading.Lock()
        self._num_tried = 0
        self._failures_on_end = 0
        self._failure: str | None = None
        self._out_of_budget = False

    def run(self, task: CardTask) -> None:
        """Try one task, unless there is no use in it any more."""
        if self._over(task):
            return
        try:
            self._run(task)
        except BaseException:
            self.cancelled.set()  # what cannot be kept must not be paid for
            raise

    def _run(self, task: CardTask) -> None:
        began = time.monotonic()
        context = CallContext(
            task.prompt, deadline=began + _CALL_S, cancelled=self.cancelled, budget=self._budget
        )
        try:
            reply = self._expert.complete(
                task.messages, max_tokens=_max_tokens(self._expert.card), context=context
            )
        except ToolError as error:
            if not self.cancelled.is_set():
                spent = sum(error.usage, Usage(self._expert.card.name, calls=0))
                self._keep(task, Outcome.UNREACHED, spent, failure=str(error))
            return
        if self.cancelled.is_set():  # an engine's reply may have been cut
            return
        outcome = Outcome.RIGHT if task.check.passes(reply.text) else Outcome.WRONG
        self._keep(task, outcome, reply.usage)

    def outcome(self, num_tasks: int) -> Measured:
        """What became of the tasks."""
        failure = self._failure if self._failures_on_end else None
        return Measured(num_tasks - self._num_tried, failure, self._out_of_budget)

    def _over(self, task: CardTask) -> bool:
        """Whether to stop: a budget that would cut the answer short makes a right one wrong."""
        with self._lock:
            if self.cancelled.is_set() or self._failures_on_end >= _MOST_FAILURES:
                return True
            if self._budget.max_cost_usd is not None:
                worst = worst_cost_usd(self._expert.card, [task])
                self._out_of_budget |= worst is None or worst > self._budget.left_usd
            return self._out_of_budget

    def _keep(
        self, task: CardTask, outcome: Outcome, usage: Usage, *, failure: str | None = None
    ) -> None:
        result = TaskResult(task.name, task.domain, outcome, usage, date.today().isoformat())
        with self._lock:
            self._store.save(result)
            self._num_tried += 1
            self._failures_on_end = 0 if failure is None else self._failures_on_end + 1
            self._failure = failure
            self._show(result)


def _max_tokens(card: ExpertCard) -> int:
    return min(MAX_TOKENS, card.max_tokens)
