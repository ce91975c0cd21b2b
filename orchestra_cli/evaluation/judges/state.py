"""Judges a run by the database it leaves: that of the golden calls, however it was reached.

Right is a run (1) whose final database equals the golden one, (2) that has said all that it must,
and (3) that has touched every entry the golden calls touch, where the task asks for that (ToolScale
does, τ²-bench does not). The reference is `{"actions": [calls], "communicate": [texts],
"touch": true}`; the answer is `{"calls": [calls], "said": text}`, which is replayed. A text that is
no such JSON is what a run says that has called nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.catalog import domain_of
from orchestra_cli.evaluation.domains.database import Entry, difference
from orchestra_cli.evaluation.domains.domain import Domain, Session
from orchestra_cli.evaluation.domains.must_say import says, tokens
from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.trajectory import Trajectory
from tools.base import JsonObject, ToolCall


@dataclass(frozen=True, slots=True)
class Golden:
    """What a right run comes to."""

    actions: tuple[ToolCall, ...]
    communicate: tuple[str, ...] = ()
    """What must be said."""
    touch: bool = True
    """Whether every entry that the actions touch must be touched."""

    @classmethod
    def of(cls, task: EvalTask) -> Golden:
        """The task's reference; a bare list is the actions alone."""
        answer = task.answer
        values = {"actions": answer} if isinstance(answer, list) else answer
        if not isinstance(values, dict):
            raise UsageError(f'task {task.id}: answer: must be {{"actions": [...]}}')
        try:
            actions = calls_from(values["actions"])
        except (ValueError, LookupError):
            raise UsageError(
                f"task {task.id}: answer.actions: must be a list of calls with name and arguments"
            ) from None
        communicate = values.get("communicate") or []
        return cls(actions, tuple(map(str, communicate)), touch=values.get("touch") is not False)


class StateJudge:
    """A `Judge`. `domains` by name go before those that a task's tags lead to."""

    name = "state"

    def __init__(self, domains: Mapping[str, Domain] | None = None) -> None:
        self._domains = domains or {}

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Replays the answer's calls."""
        try:
            session, said = self._replay(task, answer)
            return score_state(session.domain, task, session, said)
        except UsageError as error:
            return Grade(None, str(error))
        except RecursionError:
            return Grade(False, "the answer is nested too deeply")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """The same database, and where neither has changed anything, the same words."""
        try:
            (first, said), (second, also_said) = (self._replay(task, a) for a in (one, other))
        except (UsageError, RecursionError):
            return False
        if changed_entries(first) or changed_entries(second):
            return state_difference(first, second) is None
        return tokens(said) == tokens(also_said)

    def _replay(self, task: EvalTask, answer: str) -> tuple[Session, str]:
        calls, said = parse_state_answer(answer)
        session = (self._domains.get(task.domain) or domain_of(task)).open()
        session.replay(calls)
        return session, said


def score_state(domain: Domain, task: EvalTask, session: Session, said: str) -> Grade:
    """Whether the session, and what was said in the end, come to what the task wants."""
    golden = Golden.of(task)
    wanted = domain.open()
    wanted.replay(golden.actions)
    if found := state_difference(session, wanted):
        return Grade(False, f"{found} in the end")
    unsaid = [needed for needed in golden.communicate if not says(said, needed)]
    if unsaid:
        return Grade(False, f"did not say {unsaid[0]!r}")
    untouched = sorted(wanted.touched - session.touched)
    if golden.touch and untouched:
        return Grade(False, f"never looked at {'/'.join(untouched[0])}")
    return Grade(True, "the database is as it should be, and all that must be said was said")


def state_difference(one: Session, other: Session) -> str | None:
    """Where two sessions of one domain differ first; None where their databases are equal."""
    for entry in sorted(changed_entries(one) | changed_entries(other)):
        mine, theirs = one.row(entry), other.row(entry)
        place = "/".join(entry)
        if mine is None or theirs is None:
            if mine is not theirs:
                return f"{place} is {'absent' if mine is None else 'there'}"
        elif found := difference(mine, theirs, where=place):
            return found
    return None


def changed_entries(session: Session) -> set[Entry]:
    """Entries that are no longer as the domain has them."""
    tables = session.domain.database
    return {
        (table, key)
        for table, key in session.touched
        if difference(session.row((table, key)), tables[table].get(key)) is not None
    }


def verify_golden(domain: Domain, actions: Sequence[ToolCall]) -> tuple[str, ...]:
    """What goes wrong when the calls are executed, a line for each call that fails."""
    session = domain.open()
    session.replay(actions)
    return tuple(
        f"call {number} ({executed.call.name}): {executed.text}"
        for number, executed in enumerate(session.log, start=1)
        if executed.failed
    )


def is_solved_by_doing_nothing(domain: Domain, task: EvalTask) -> bool:
    """Whether a run that calls nothing and says nothing would be right."""
    return score_state(domain, task, domain.open(), "").right is True


def state_answer(calls: Iterable[ToolCall], said: str | None) -> str:
    """A run's calls and last words, as `StateJudge` reads them."""
    written = [{"name": call.name, "arguments": call.arguments} for call in calls]
    return json.dumps({"calls": written, "said": said or ""}, ensure_ascii=False)


def answer_of(trajectory: Trajectory) -> str:
    """The same, from a trajectory; calls of tools that are not the domain's do no harm."""
    turns = trajectory.turns
    calls = [ToolCall(turn.tool, turn.arguments) for turn in turns if turn.tool is not None]
    return state_answer(calls, trajectory.answer)


def parse_state_answer(answer: str) -> tuple[tuple[ToolCall, ...], str]:
    """(calls, what was said)."""
    try:
        values = json.loads(answer)
        return calls_from(values["calls"]), str(values.get("said", ""))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return (), answer


def calls_from(values: object) -> tuple[ToolCall, ...]:
    """Calls from `[{"name": …, "arguments": {…}}]`; a `ValueError` where they are not."""
    if not isinstance(values, list):
        raise ValueError("calls are a list")
    return tuple(map(_call_from, values))


def _call_from(value: object) -> ToolCall:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise ValueError("a call has a name")
    arguments: JsonObject | None = value.get("arguments", {})
    if not isinstance(arguments, dict):
        raise ValueError("a call's arguments are an object")
    return ToolCall(value["name"], arguments)
