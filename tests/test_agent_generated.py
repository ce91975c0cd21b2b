"""Any script, tools and limits: the run ends within its limits, with the whole bill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent_runs import Doing, by_name, played
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.agent import Limits
from orchestra_cli.policy import Decision
from orchestra_cli.trajectory import StopReason, Trajectory
from tools.base import CallContext, JsonObject, Observation, Tool, ToolCall, ToolError, Usage
from tools.experts import ExpertCard, ExpertReply
from tools.slots import AnswerSlot

USAGES = st.builds(
    Usage,
    st.sampled_from(["orchestrator", "oracle", "searx"]),
    input_tokens=st.integers(0, 9),
    cost_usd=st.none() | st.sampled_from([0.0, 0.25, 1.5]),
    latency_s=st.sampled_from([0.0, 0.5]),
)
SPENT = st.lists(USAGES, max_size=2).map(tuple)
CALLS = st.builds(
    ToolCall,
    st.sampled_from(["note", "note", "other", "answer", "answer", "nothing", ""]),
    st.sampled_from([{}, {"x": 1}, {"x": "1"}, {"model": "answer-1"}, {"model": "answer-9"}]),
)
DECISIONS = st.one_of(
    st.builds(Decision, call=CALLS, usage=SPENT),
    st.builds(Decision, call=CALLS, thought=st.text(max_size=5), usage=SPENT),
    st.builds(Decision, answer=st.text(), usage=SPENT),
    st.builds(Decision, error=st.text(min_size=1), reply=st.text(), usage=SPENT),
)
OUTCOMES = st.one_of(
    st.builds(
        Observation,
        st.text(),
        documents=st.lists(st.text(), max_size=2).map(tuple),
        attempt=st.none() | st.text(),
        usage=SPENT,
    ),
    st.builds(ToolError, st.text(), usage=SPENT),
    st.builds(ValueError, st.text()),
)


@dataclass
class Random:
    """A tool, or an expert, of random outcomes."""

    outcomes: list[Observation | Exception]
    spent: list[Usage]
    card: ExpertCard = ExpertCard("oracle", "m")

    def tool(self, name: str) -> Tool:
        return replace(Doing(self.seen), name=name)

    def take(self) -> Observation:
        outcome = self.outcomes.pop(0) if self.outcomes else Observation("nothing more")
        if isinstance(outcome, ToolError):
            self.spent += outcome.usage
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def seen(self, context: CallContext) -> Observation:
        observation = self.take()
        self.spent += observation.usage
        return observation

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        reply = ExpertReply(self.take().text, Usage("oracle", latency_s=0.25))
        self.spent.append(reply.usage)
        return reply


def check_bill(trajectory: Trajectory, spent: Sequence[Usage]) -> None:
    """Every usage is on the bill once, and an unknown price makes a sum unknown."""
    assert Counter(trajectory.usage) == Counter(spent)
    lines = {line.who: line for line in trajectory.bill.lines}
    assert set(lines) == {usage.who for usage in spent}
    for who, line in lines.items():
        own = [usage for usage in spent if usage.who == who]
        costs = [usage.cost_usd for usage in own if usage.cost_usd is not None]
        assert (line.calls, line.input_tokens) == (len(own), sum(u.input_tokens for u in own))
        assert line.cost_usd == (sum(costs) if len(costs) == len(own) else None)
        assert line.latency_s == sum(usage.latency_s for usage in own)
    known = [line.cost_usd for line in lines.values() if line.cost_usd is not None]
    assert trajectory.bill.cost_usd == (sum(known) if len(known) == len(lines) else None)
    assert trajectory.bill.latency_s == sum(usage.latency_s for usage in spent)


@given(
    script=st.lists(DECISIONS, min_size=1, max_size=12),
    outcomes=st.lists(OUTCOMES, max_size=8),
    names=st.sets(st.sampled_from(["note", "other", "answer"])),
    limits=st.builds(
        Limits,
        max_turns=st.integers(0, 5),
        format_retries=st.integers(0, 2),
        max_time_s=st.just(60),
    ),
    keyed_by_name=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_script_ends_within_its_limits_with_the_whole_bill(
    script: list[Decision],
    outcomes: list[Observation | Exception],
    names: set[str],
    limits: Limits,
    keyed_by_name: bool,
) -> None:
    world = Random(outcomes, spent=[])
    tools = [
        AnswerSlot([world]) if name == "answer" else world.tool(name) for name in sorted(names)
    ]
    run = played(script, *tools, limits=limits, repeat_key=by_name if keyed_by_name else None)
    trajectory = run.trajectory
    assert len(trajectory.turns) <= limits.max_turns
    assert trajectory.stop_reason in {
        StopReason.ANSWERED,
        StopReason.TURN_LIMIT,
        StopReason.FORMAT_ERRORS,
        StopReason.FAILED,
    }
    if trajectory.stop_reason == StopReason.ANSWERED:
        assert trajectory.answer is not None
    assert len(run.policy.states) <= limits.max_turns * (limits.format_retries + 2)
    for state in run.policy.states:
        assert set(state.offered) <= names and len(state.format_errors) < limits.format_retries + 2
    decided = [*script, *[script[-1]] * len(run.policy.states)][: len(run.policy.states)]
    tool_time = [u for u in trajectory.usage if u.who in names and u not in world.spent]
    assert all(u == Usage(u.who, latency_s=u.latency_s) for u in tool_time)
    thinking = [used for each in decided for used in each.usage]
    check_bill(trajectory, [*thinking, *world.spent, *tool_time])
