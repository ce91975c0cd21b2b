"""The door that every task goes through, wherever it comes from.

A task passes if its golden calls run, if what they need and what must be said can be known, if
doing nothing fails, and if no order of its wishes was meant that the words do not tell.
"""

from __future__ import annotations

from dataclasses import replace

from orchestra_cli.evaluation.domains.must_say import says
from orchestra_cli.evaluation.judges.state import (
    changed_entries,
    is_solved_by_doing_nothing,
    state_difference,
    verify_golden,
)
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.wording import scalars_in


def verify(candidate: Candidate) -> EvalTask:
    """The candidate as a task. Raises Dropped."""
    domain, actions = candidate.world.domain, candidate.actions
    if failures := verify_golden(domain, actions):
        raise Dropped(DropReason.GOLDEN_FAILS, failures[0])
    task = candidate.as_task()
    if not actions or is_solved_by_doing_nothing(domain, _untouched(task)):
        raise Dropped(DropReason.NOTHING_TO_DO)
    _require_known(candidate)
    _require_any_order(candidate)
    return task


def _untouched(task: EvalTask) -> EvalTask:
    """Looking at rows alone is no task: it must change something or say something."""
    assert isinstance(task.answer, dict)
    return replace(task, answer={**task.answer, "touch": False})


def _require_known(candidate: Candidate) -> None:
    """Every value stands in the instruction, the policy or an earlier result."""
    session = candidate.world.domain.open()
    known = f"{candidate.instruction}\n{candidate.world.domain.policy}"
    for call in candidate.actions:
        for value in scalars_in(call.arguments):
            if not says(known, value):
                raise Dropped(DropReason.UNKNOWN_VALUE, f"{call.name}: {value}")
        known += f"\n{session.call(call)}"
    for needed in candidate.say:
        if not says(known, needed):
            raise Dropped(DropReason.UNKNOWN_WORDS, needed)
    if not changed_entries(session) and all(
        says(candidate.instruction, needed) for needed in candidate.say
    ):
        raise Dropped(DropReason.GIVEN_AWAY, ", ".join(candidate.say))


def _require_any_order(candidate: Candidate) -> None:
    if len(candidate.starts) < 2:
        return
    first, *others = candidate.starts
    bounds = zip((first, *others), (*others, len(candidate.actions)), strict=True)
    groups = [candidate.actions[start:end] for start, end in bounds]
    calls = [*candidate.actions[:first], *(call for group in reversed(groups) for call in group)]
    one, other = candidate.world.domain.open(), candidate.world.domain.open()
    one.replay(candidate.actions)
    other.replay(calls)
    if any(executed.failed for executed in other.log):
        raise Dropped(DropReason.ORDER_MATTERS)
    if found := state_difference(one, other):
        raise Dropped(DropReason.ORDER_MATTERS, found)
