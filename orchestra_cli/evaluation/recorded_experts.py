"""Recorded experts: the orchestrator chooses, the record answers. Nobody is called.

`Replay` holds the record of the task that is being run; one bench runs one task at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestra_cli.evaluation.records import Record
from orchestra_cli.evaluation.roster import Roster, tokens_used
from tools.base import CallContext, JsonObject, Usage
from tools.budget import BudgetError
from tools.experts import ExpertCard, ExpertFailedError, ExpertReply


@dataclass(slots=True)
class Replay:
    """What the experts are asked about now."""

    record: Record | None = None


@dataclass(slots=True)
class RecordedExpert:
    """An `Expert` whose answers were given long ago."""

    card: ExpertCard
    roster: Roster = field(repr=False)
    replay: Replay = field(repr=False)

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """At once; tokens, dollars and seconds are the recorded ones."""
        record, name = self.replay.record, self.card.name
        assert record is not None  # the bench sets it before each run
        outcome = record.outcomes[name]
        read, written = tokens_used(record.task, outcome)
        cost_usd = self.roster.cost_usd(record.task, name, outcome)
        try:
            context.budget.reserve_usd(cost_usd)
        except BudgetError as error:
            raise ExpertFailedError(f"{name}: {error}") from None
        usage = Usage(
            name,
            input_tokens=read,
            output_tokens=written,
            cost_usd=cost_usd,
            latency_s=outcome.latency_s or 0.0,
            estimated=outcome.output_tokens is None,
        )
        return ExpertReply(attempt_text(name, outcome.answer), usage)


def attempt_text(expert: str, answer: str | None) -> str:
    """A recorded answer as an attempt; what was not recorded is not made up."""
    if answer is None:
        return f"({expert} has answered; its words were not recorded)"
    return answer.strip() or "(no answer)"
