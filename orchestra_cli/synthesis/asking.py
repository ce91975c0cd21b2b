"""Questions to an expert, a few at a time, each answer kept at once and none asked for twice.

Ctrl-C ends the calls that run and keeps all that is done. An expert that fails several times on end
is given up, and nothing is asked whose worst case does not fit what may still be spent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from orchestra_cli.synthesis.ledger import Ledger, key_of
from tools.base import CallContext, JsonObject, ToolError
from tools.budget import Budget, max_input_tokens
from tools.experts import Expert, ExpertCard

MAX_TOKENS = 4_096
_CALL_S = 180.0
_REMOTE_AT_ONCE = 3
_POLL_S = 0.5
_MOST_FAILURES = 3
"""On end, until the expert is given up."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    system: str
    user: str

    @property
    def messages(self) -> list[JsonObject]:
        """As a model reads it."""
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.user},
        ]

    def key(self, model: str) -> str:
        """The same words to the same model."""
        return key_of(model, self.system, self.user)


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of the questions."""

    unanswered: int
    failure: str | None = None
    """The provider's words where the expert was given up."""
    out_of_budget: bool = False


def worst_cost_usd(card: ExpertCard, questions: Sequence[Question]) -> float | None:
    """Dollars if every answer is as long as it may be; None where the price is not known."""
    if not questions:
        return 0.0
    if card.price is None:
        return None
    return sum(
        card.price.worst_usd(
            input_tokens=max_input_tokens(question.messages), output_tokens=_max_tokens(card)
        )
        for question in questions
    )


def open_questions(expert: Expert, questions: Sequence[Question], ledger: Ledger) -> list[Question]:
    """Those without an answer yet, each once."""
    by_key = {question.key(expert.card.model): question for question in questions}
    return [question for key, question in by_key.items() if key not in ledger]


def ask_all(
    expert: Expert,
    questions: Sequence[Question],
    ledger: Ledger,
    *,
    budget: Budget,
    show: Callable[[float | None], None],
) -> Asked:
    """Ask what is open; `show` is called with the dollars of each answer, from any thread."""
    asking = _Asking(expert, ledger, budget, show)
    at_once = _REMOTE_AT_ONCE if expert.card.leaves_machine else 1
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="synth")
    try:
        running = [
            pool.submit(asking.ask, each) for each in open_questions(expert, questions, ledger)
        ]
        while wait(running, timeout=_POLL_S).not_done:
            pass  # where a wait without end cannot be interrupted, one of these can
    finally:
        asking.cancelled.set()
        pool.shutdown(cancel_futures=True)
    for each in running:
        each.result()  # raises what went wrong here: a full disk, or a bug
    return asking.outcome(len(running))


class _Asking:
    """What the threads share of what they have found out."""

    def __init__(
        self, expert: Expert, ledger: Ledger, budget: Budget, show: Callable[[float | None], None]
    ) -> None:
        self.cancelled = threading.Event()
        self._expert = expert
        self._ledger = ledger
        self._budget = budget
        self._show = show
        self._lock = threading.Lock()
        self._num_answered = 0
        self._failures_on_end = 0
        self._failure: str | None = None
        self._out_of_budget = False

    def ask(self, question: Question) -> None:
        """Ask it, unless there is no use in it any more."""
        if self._over(question):
            return
        context = CallContext(
            question.user,
            deadline=time.monotonic() + _CALL_S,
            cancelled=self.cancelled,
            budget=self._budget,
        )
        try:
            reply = self._expert.complete(
                question.messages, max_tokens=_max_tokens(self._expert.card), context=context
            )
        except ToolError as error:
            with self._lock:
                self._failures_on_end += 1
                self._failure = str(error)
            return
        if self.cancelled.is_set():  # an engine's reply may have been cut
            return
        self._keep(question, reply.text, reply.usage.cost_usd)

    def outcome(self, num_questions: int) -> Asked:
        """What became of them."""
        failure = self._failure if self._failures_on_end else None
        return Asked(num_questions - self._num_answered, failure, self._out_of_budget)

    def _over(self, question: Question) -> bool:
        with self._lock:
            if self.cancelled.is_set() or self._failures_on_end >= _MOST_FAILURES:
                return True
            if self._budget.max_cost_usd is not None:
                worst = worst_cost_usd(self._expert.card, [question])
                self._out_of_budget |= worst is None or worst > self._budget.left_usd
            return self._out_of_budget

    def _keep(self, question: Question, text: str, cost_usd: float | None) -> None:
        try:
            key = question.key(self._expert.card.model)
            self._ledger.add(key, {"reply": text, "cost_usd": cost_usd})
        except BaseException:
            self.cancelled.set()  # what cannot be kept must not be paid for
            raise
        with self._lock:
            self._num_answered += 1
            self._failures_on_end = 0
            self._show(cost_usd)


def _max_tokens(card: ExpertCard) -> int:
    return min(MAX_TOKENS, card.max_tokens)
