"""The loop: ask the policy, check its call, run the tool, record the turn, until it has an answer.

`Agent.stream` is a generator of events. It prints nothing and knows no view: the terminal, the JSON
lines, evaluation and training all drive this one generator.

    policy.choose(state) ─→ legal call? ─no─→ say why, ask again; in the end force one by grammar
           ▲                     │yes
           │                     ▼
        buffers ←─ observation ←─ toolbox.call          an `answer` call that succeeds ends the run,
                                                or gives an attempt that the policy may accept
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from orchestra_cli.engines.base import EngineError
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
from orchestra_cli.run import ACCEPT, ANSWER, Run
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory, Turn
from tools.base import JsonObject, Observation, ToolCall
from tools.budget import Budget, BudgetError
from tools.experts import ExpertCard
from tools.slots import SLOTS, Slot
from tools.toolbox import Toolbox, problem_with


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run stops whether or not it has an answer."""

    max_turns: int = 12
    max_time_s: float = 600.0
    max_cost_usd: float | None = None
    """None is no limit. Where there is one, no call is made whose worst case may exceed it."""
    max_failed_answers: int = 3
    """`answer` calls in a row that may fail before the run does."""
    format_retries: int = 2
    """Tries after a reply that was no legal call, before a grammar forces one."""


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
        ends_at_answer: bool = True,
    ) -> None:
        """`ends_at_answer` off: an expert's answer is an attempt that the policy may accept."""
        self._policy = policy
        self._toolbox = toolbox
        self._orchestrator = orchestrator
        self._limits = limits
        self._preference = preference or {}
        self._notes = notes
        self._repeat_key = repeat_key
        self._ends_at_answer = ends_at_answer

    @property
    def slots(self) -> list[Slot]:
        """The functions that ask an expert."""
        return [tool for tool in self._toolbox.tools.values() if isinstance(tool, SLOTS)]

    @property
    def experts(self) -> list[ExpertCard]:
        """Every expert that some slot offers, once."""
        cards = (each.card for slot in self.slots for each in slot.choices.experts.values())
        return list({card.name: card for card in cards}.values())

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
            run.stop(StopReason.INTERRUPTED, answer=run.best_attempt)
        except Exception as error:
            run.stop(StopReason.FAILED, answer=run.best_attempt, error=_words(error))
            yield RunFinished(run.trajectory)
            raise
        yield RunFinished(run.trajectory)

    def _begin(self, task: Task) -> Run:
        return Run(
            task=task,
            deadline=time.monotonic() + self._limits.max_time_s,
            budget=Budget(self._limits.max_cost_usd),
            trajectory=Trajectory(
                run_id=uuid.uuid4().hex[:12],
                question=task.question,
                orchestrator=self._orchestrator,
                preference=self._preference,
            ),
        )

    def _turn(self, run: Run) -> Generator[Event, None, None]:
        index = len(run.trajectory.turns)
        if index >= self._limits.max_turns:
            return run.stop_out_of_turns()
        last = index == self._limits.max_turns - 1 and ANSWER in self._toolbox.tools
        names = self._endings() if last else self._offered(run)
        functions, withheld = self._toolbox.offer(names, run.context)
        yield TurnStarted(index, tuple(f["name"] for f in functions), withheld)
        if withheld and not self._can_end(functions):
            return run.stop(StopReason.COST_LIMIT, answer=run.best_partial)
        state = State(
            task=run.task,
            turns=run.trajectory.turns,
            buffers=run.buffers,
            functions=functions,
            withheld=tuple(set(names) - {function["name"] for function in functions}),
            tools=tuple(self._toolbox.tools.values()),
            force_call=last and bool(functions),
            deadline=run.deadline,
            budget=run.budget,
        )
        try:
            decision = yield from self._decide(run, state)
        except BudgetError as error:
            return run.stop(StopReason.COST_LIMIT, answer=run.best_partial, error=str(error))
        if time.monotonic() >= run.deadline:
            return run.stop(StopReason.TIME_LIMIT, answer=decision.answer or run.best_partial)
        if decision.call is not None:
            return (yield from self._act(run, decision, decision.call))
        if decision.answer is None and ANSWER in state.withheld:
            return run.stop(StopReason.COST_LIMIT, answer=run.best_partial)
        if decision.answer is None:
            answer = run.best_attempt
            return run.stop(StopReason.FORMAT_ERRORS, answer=answer, error=decision.error)
        turn = Turn(
            index,
            decision.thought,
            usage=run.turn_usage,
            candidates=decision.candidates,
            why=decision.why,
        )
        yield self._record(run, turn)
        return run.stop(StopReason.ANSWERED, answer=decision.answer)

    def _offered(self, run: Run) -> tuple[str, ...]:
        """All tools less the withheld one, unless there is no other."""
        names = tuple(self._toolbox.tools)
        return tuple(n for n in names if n != run.repeated) or names

    def _can_end(self, functions: tuple[JsonObject, ...]) -> bool:
        """Whether an answer can still come about with what is offered."""
        if self._policy.answers_itself or ANSWER not in self._toolbox.tools:
            return True
        return any(function["name"] in self._endings() for function in functions)

    def _endings(self) -> tuple[str, ...]:
        """The tools whose success ends a run."""
        return tuple(name for name in (ANSWER, ACCEPT) if name in self._toolbox.tools)

    def _decide(self, run: Run, state: State) -> Generator[Event, None, Decision]:
        """Ask until there is a legal call or an answer; the last try is made under a grammar."""
        for retries_left in range(self._limits.format_retries, -2, -1):
            forced = state.force_call or (retries_left < 0 and bool(state.functions))
            decision = yield from self._ask(run, replace(state, force_call=forced))
            problem = decision.error
            if decision.call is not None:
                problem = problem_with(decision.call, state.functions)
            if problem is None or time.monotonic() >= run.deadline:
                return decision
            decision = replace(decision, call=None, error=problem)
            yield FormatErrorSeen(problem, max(0, retries_left))
            errors = (*state.format_errors, (decision.reply, problem))
            state = replace(state, format_errors=errors)
        return decision

    def _ask(self, run: Run, state: State) -> Generator[Event, None, Decision]:
        choosing = self._policy.choose(state)
        try:
            while True:
                yield ThoughtDelta(next(choosing))
        except StopIteration as done:
            decision: Decision = done.value
        except EngineError as error:
            run.spend(error.usage)
            raise
        run.spend(decision.usage)
        return decision

    def _act(self, run: Run, decision: Decision, call: ToolCall) -> Generator[Event, None, None]:
        """Run the call; an `answer` that succeeds ends the run."""
        chosen = self._describe(call, decision)
        yield chosen
        calling = self._toolbox.call(call, run.context)
        try:
            while True:
                yield ToolOutput(next(calling))
        except StopIteration as done:
            observation: Observation = done.value
        before = run.trajectory.turns[-1:]
        run.buffers = run.buffers.add(observation)
        run.repeated = call.name if self._repeats(call, before) else None
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
                candidates=chosen.candidates,
                why=chosen.why,
            ),
        )
        if observation.error is None and self._ends(run, call):
            run.stop(StopReason.ANSWERED, answer=observation.attempt or observation.text)
        elif run.num_failed_answers >= self._limits.max_failed_answers:
            run.stop(StopReason.FAILED, answer=run.best_attempt, error=observation.error)

    def _ends(self, run: Run, call: ToolCall) -> bool:
        """Whether this call, which has succeeded, gives the run's answer."""
        is_last = len(run.trajectory.turns) >= self._limits.max_turns
        is_answer = call.name == ANSWER and (self._ends_at_answer or is_last)
        return is_answer or call.name == ACCEPT

    def _describe(self, call: ToolCall, decision: Decision) -> CallChosen:
        tool = self._toolbox.tools[call.name]
        slot = expert = None
        if isinstance(tool, SLOTS):
            slot = call.arguments["model"]
            expert = tool.choices.experts[slot].card.name
        leaves_machine = tool.leaves_machine(call.arguments)
        return CallChosen(
            tool=call.name,
            arguments=call.arguments,
            slot=slot,
            expert=expert,
            leaves_machine=leaves_machine,
            candidates=decision.candidates,
            why=decision.why,
        )

    def _record(self, run: Run, turn: Turn) -> TurnFinished:
        run.trajectory = replace(run.trajectory, turns=(*run.trajectory.turns, turn))
        return TurnFinished(turn)

    def _repeats(self, call: ToolCall, before: tuple[Turn, ...]) -> bool:
        """Whether the turn before made the same call: a third one would tell nothing new."""
        if not before or before[0].tool is None or call.name == ANSWER:
            return False
        return self._repeat_key(call) == self._repeat_key(
            ToolCall(before[0].tool, before[0].arguments)
        )


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
