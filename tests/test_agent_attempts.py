"""Where an answer is an attempt: it comes back, can be compared, and one is accepted."""

from agent_runs import ME, TASK, Oracle, check_events
from scripted import ScriptedPolicy, call

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.events import TurnStarted
from orchestra_cli.expectations import expect
from orchestra_cli.options import options_of
from orchestra_cli.policy import Decision
from orchestra_cli.trajectory import StopReason
from tools.accept import AcceptTool
from tools.base import ToolError
from tools.experts import ExpertCard
from tools.prices import FlatPrice
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

CHEAP = ExpertCard("cheap", "m", price=FlatPrice(1.0, 1.0), success_rate=0.6)
STRONG = ExpertCard("strong", "m", price=FlatPrice(9.0, 9.0), success_rate=0.9)
ASK_CHEAP, ASK_STRONG = call("answer", model="answer-1"), call("answer", model="answer-2")


def agent(
    *script: Decision, says: tuple[str | ToolError, str] = ("four", "five"), max_turns: int = 6
) -> tuple[Agent, ScriptedPolicy]:
    experts = [Oracle([says[0]], card=CHEAP), Oracle([says[1]], card=STRONG)]
    policy = ScriptedPolicy(script)
    tools = [AnswerSlot(experts), AcceptTool()]
    limits = Limits(max_turns=max_turns)
    return (
        Agent(policy, Toolbox(tools), orchestrator=ME, limits=limits, ends_at_answer=False),
        policy,
    )


def test_an_answer_comes_back_and_another_can_be_asked() -> None:
    conducting, policy = agent(ASK_CHEAP, ASK_STRONG, call("accept", attempt="attempt-1"))
    trajectory = conducting.run(TASK)
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "four")
    assert [turn.expert for turn in trajectory.turns] == ["cheap", "strong", None]
    assert policy.states[2].buffers.attempts == ("four", "five")
    assert [line.calls for line in trajectory.bill.lines if line.who == "oracle"] == [2]


def test_accepting_is_offered_once_there_is_something_to_accept() -> None:
    conducting, _ = agent(ASK_CHEAP, call("accept", attempt="attempt-1"))
    events = list(conducting.stream(TASK))
    check_events(events)
    offered = [event.offered for event in events if isinstance(event, TurnStarted)]
    assert offered == [("answer",), ("answer", "accept")]


def test_an_attempt_that_nobody_made_is_a_format_error() -> None:
    conducting, _ = agent(ASK_CHEAP, call("accept", attempt="attempt-2"))
    trajectory = conducting.run(TASK)
    assert trajectory.stop_reason is StopReason.FORMAT_ERRORS
    assert trajectory.answer == "four"


def test_a_policy_may_accept_in_its_own_words() -> None:
    conducting, _ = agent(ASK_CHEAP, Decision(answer="four"))
    assert conducting.run(TASK).answer == "four"


def test_the_last_turn_ends_with_the_answer_that_it_gives() -> None:
    conducting, _ = agent(ASK_CHEAP, ASK_STRONG, max_turns=2)
    trajectory = conducting.run(TASK)
    assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "five")


def test_who_has_answered_is_not_asked_again() -> None:
    conducting, policy = agent(ASK_CHEAP, ASK_STRONG, call("accept", attempt="attempt-1"))
    conducting.run(TASK)
    offered = [
        [option.name for option in options_of(state.functions, own_answer=False)]
        for state in policy.states
    ]
    assert offered == [
        ["answer-1", "answer-2"],
        ["answer-2", "attempt-1"],
        ["attempt-1", "attempt-2"],
    ]


def test_answers_that_fail_still_end_the_run() -> None:
    conducting, _ = agent(ASK_CHEAP, says=(ToolError("down"), "five"))
    trajectory = conducting.run(TASK)
    assert (trajectory.stop_reason, trajectory.error) == (StopReason.FAILED, "down")


def test_accepting_costs_nothing_and_is_as_good_as_who_gave_it() -> None:
    conducting, policy = agent(ASK_STRONG, Decision(answer="five"))
    conducting.run(TASK)
    state = policy.states[1]
    cards = {"answer-1": CHEAP, "answer-2": STRONG}
    options = options_of(state.functions, own_answer=False)
    expected = expect(options, state, cards, CHEAP, utility=lambda each: each.success)
    by_name = dict(zip([option.name for option in options], expected, strict=True))
    assert (by_name["attempt-1"].success, by_name["attempt-1"].cost_usd) == (0.9, 0.0)
    assert by_name["answer-1"].cost_usd > 0
