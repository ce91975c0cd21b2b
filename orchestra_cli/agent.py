"""The loop: ask the policy, check its call, run the tool, record the turn, until it has an answer.

`Agent.stream` is a generator of events. It prints nothing and knows no view: the terminal, the JSON
lines, evaluation and training all drive this one generator.

    policy.choose(state) ─→ legal call? ─no─→ say why, ask again; in the end force one by grammar
           ▲                     │yes
           │                     ▼
        buffers ←─ observation ←─ toolbox.call          an `answer` call that succeeds ends the run
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from itertools import takewhile

from orchestra_cli.events import (
    CallChosen,
    Event,
    Events,
    FormatErrorSeen,
    RunFinished,
    RunStarted,
    ThoughtDelta,
    ToolOutput,
    TurnFinished,
    TurnStarted,
)
from orchestra_cli.policy import Decision, Policy, State, Task
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory, Turn
from tools.base import Buffers, CallContext, JsonObject, Observation, ToolCall, Usage
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot
from tools.toolbox import Toolbox

ANSWER = AnswerSlot.name


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run stops whether or not it has an answer."""

    max_turns: int = 12
    max_time_s: float = 600.0
    max_failed_answers: int = 3
    """`answer` calls in a row that may fail before the run does."""
    format_retries: int = 2
    """Tries after a reply that was no legal call, before a grammar forces one."""


@dataclass
class _Run:
    """What changes while a run goes on."""

    task: Task
    deadline: float
    trajectory: Trajectory
    buffers: Buffers = Buffers()
    withheld: str | None = None
    """A function that was just called twice in the same way, not offered in the next turn."""
    finished: bool = False

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


class Agent:
    """A policy with a toolbox and limits."""

    def __init__(
        self,
        policy: Policy,
        toolbox: Toolbox,
        *,
        orchestrator: Orchestrator,
        limits: Limits = Limits(),
        preference: JsonObject | None = None,
        notes: tuple[str, ...] = (),
        repeat_key: Callable[[ToolCall], object] = lambda call: (call.name, str(call.arguments)),
    ) -> None:
        self._policy = policy
        self._toolbox = toolbox
        self._orchestrator = orchestrator
        self._limits = limits
        self._preference = preference or {}
        self._notes = notes
        self._repeat_key = repeat_key

    def close(self) -> None:
        """Release what the tools hold."""
        self._toolbox.close()

    def run(self, task: Task) -> Trajectory:
        """Drain the stream."""
        *_, last = self.stream(task)
        assert isinstance(last, RunFinished)
        return last.trajectory

    def stream(self, task: Task) -> Events:
        """Everything that happens, ending in RunFinished even where an exception follows it."""
        run = self._begin(task)
        yield RunStarted(
            run_id=run.trajectory.run_id,
            question=task.question,
            orchestrator=self._orchestrator,
            tools=tuple(self._toolbox.tools),
            preference=self._preference,
            notes=self._notes,
        )
        try:
            while not run.finished:
                yield from self._turn(run)
        except KeyboardInterrupt:
            run.stop(StopReason.INTERRUPTED, answer=_best_attempt(run))
        except Exception as error:
            run.stop(StopReason.FAILED, answer=_best_attempt(run), error=_words(error))
            yield RunFinished(run.trajectory)
            raise
        yield RunFinished(run.trajectory)

    def _begin(self, task: Task) -> _Run:
        return _Run(
            task=task,
            deadline=time.monotonic() + self._limits.max_time_s,
            trajectory=Trajectory(
                run_id=uuid.uuid4().hex[:12],
                question=task.question,
                orchestrator=self._orchestrator,
                preference=self._preference,
            ),
        )

    def _turn(self, run: _Run) -> Generator[Event, None, None]:
        index = len(run.trajectory.turns)
        if index >= self._limits.max_turns:
            return _stop_out_of_turns(run)
        last = index == self._limits.max_turns - 1 and ANSWER in self._toolbox.tools
        names = (ANSWER,) if last else self._offered(run)
        yield TurnStarted(index, names)
        decision = yield from self._decide(run, names, force_call=last)
        if time.monotonic() >= run.deadline:
            return run.stop(StopReason.TIME_LIMIT, answer=decision.answer or _best_attempt(run))
        if decision.call is not None:
            return (yield from self._act(run, decision, decision.call))
        if decision.answer is None:
            answer = _best_attempt(run)
            return run.stop(StopReason.FORMAT_ERRORS, answer=answer, error=decision.error)
        yield self._record(run, Turn(index, decision.thought, usage=run.turn_usage))
        return run.stop(StopReason.ANSWERED, answer=decision.answer)

    def _offered(self, run: _Run) -> tuple[str, ...]:
        """All tools less the withheld one, unless there is no other."""
        names = tuple(self._toolbox.tools)
        return tuple(n for n in names if n != run.withheld) or names

    def _decide(
        self, run: _Run, names: tuple[str, ...], *, force_call: bool
    ) -> Generator[Event, None, Decision]:
        """Ask until there is a legal call or an answer; the last try is made under a grammar."""
        state = State(
            task=run.task,
            turns=run.trajectory.turns,
            buffers=run.buffers,
            functions=self._toolbox.specs(names),
            force_call=force_call,
            deadline=run.deadline,
        )
        for retries_left in range(self._limits.format_retries, -2, -1):
            forced = state.force_call or (retries_left < 0 and bool(names))
            decision = yield from self._ask(run, replace(state, force_call=forced))
            problem = decision.error
            if decision.call is not None:
                problem = self._toolbox.problem_with(decision.call, names)
            if problem is None or time.monotonic() >= run.deadline:
                return decision
            decision = replace(decision, call=None, error=problem)
            yield FormatErrorSeen(problem, max(0, retries_left))
            errors = (*state.format_errors, (decision.reply, problem))
            state = replace(state, format_errors=errors)
        return decision

    def _ask(self, run: _Run, state: State) -> Generator[Event, None, Decision]:
        choosing = self._policy.choose(state)
        try:
            while True:
                yield ThoughtDelta(next(choosing))
        except StopIteration as done:
            decision: Decision = done.value
        run.spend(decision.usage)
        return decision

    def _act(self, run: _Run, decision: Decision, call: ToolCall) -> Generator[Event, None, None]:
        """Run the call; an `answer` that succeeds ends the run."""
        chosen = self._describe(call)
        yield chosen
        context = CallContext(question=run.task.problem, buffers=run.buffers, deadline=run.deadline)
        calling = self._toolbox.call(call, context)
        try:
            while True:
                yield ToolOutput(next(calling))
        except StopIteration as done:
            observation: Observation = done.value
        before = run.trajectory.turns[-1:]
        run.buffers = run.buffers.add(observation)
        run.withheld = call.name if self._repeats(call, before) else None
        run.spend(observation.usage)
        yield self._record(
            run,
            Turn(
                index=len(run.trajectory.turns),
                thought=decision.thought,
                tool=call.name,
                arguments=call.arguments,
                observation=observation,
                slot=chosen.slot,
                expert=chosen.expert,
                leaves_machine=chosen.leaves_machine,
                usage=run.turn_usage,
            ),
        )
        if call.name == ANSWER and observation.error is None:
            run.stop(StopReason.ANSWERED, answer=observation.attempt or observation.text)
        elif _num_failed_answers(run) >= self._limits.max_failed_answers:
            run.stop(StopReason.FAILED, answer=_best_attempt(run), error=observation.error)

    def _describe(self, call: ToolCall) -> CallChosen:
        tool = self._toolbox.tools[call.name]
        slot = expert = None
        if isinstance(tool, SearchSlot | ReasonSlot | AnswerSlot):
            slot = call.arguments["model"]
            expert = tool.experts[slot].card.name
        leaves_machine = tool.leaves_machine(call.arguments)
        return CallChosen(call.name, call.arguments, slot, expert, leaves_machine)

    def _record(self, run: _Run, turn: Turn) -> TurnFinished:
        run.trajectory = replace(run.trajectory, turns=(*run.trajectory.turns, turn))
        return TurnFinished(turn)

    def _repeats(self, call: ToolCall, before: tuple[Turn, ...]) -> bool:
        """Whether the turn before made the same call: a third one would tell nothing new."""
        if not before or before[0].tool is None or call.name == ANSWER:
            return False
        return self._repeat_key(call) == self._repeat_key(
            ToolCall(before[0].tool, before[0].arguments)
        )


def _best_attempt(run: _Run) -> str | None:
    return run.buffers.attempts[-1] if run.buffers.attempts else None


def _num_failed_answers(run: _Run) -> int:
    """How many of the last turns in a row were `answer` calls: one that worked ended the run."""
    return sum(1 for _ in takewhile(lambda t: t.tool == ANSWER, reversed(run.trajectory.turns)))


def _stop_out_of_turns(run: _Run) -> None:
    """A failed last `answer` is a failure of the experts, not of the budget."""
    last = run.trajectory.turns[-1] if run.trajectory.turns else None
    failed = last.observation if last and last.tool == ANSWER else None
    reason = StopReason.FAILED if failed else StopReason.TURN_LIMIT
    run.stop(reason, answer=_best_attempt(run), error=failed.error if failed else None)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
