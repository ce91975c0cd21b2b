"""The rule policy: which tool each question gets, and what it does with what came back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestra_cli.agent import Agent
from orchestra_cli.policy import Decision, State, Task
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory, Turn
from tools.base import Buffers, CallContext, JsonObject, Observation, ToolError
from tools.python import PythonTool
from tools.toolbox import Toolbox

ALL = ("python", "local_search", "web_search", "web_page", "answer")
ORCHESTRATOR = Orchestrator("embedded", "rule", "chat")


def function(name: str) -> JsonObject:
    properties = {"model": {"enum": ["answer-1", "answer-2"]}} if name == "answer" else {}
    return {"name": name, "description": "", "parameters": {"properties": properties}}


def choose(
    question: str,
    *,
    offered: Sequence[str] = ALL,
    turns: tuple[Turn, ...] = (),
    attachment: str = "",
) -> Decision:
    """The decision in this state; a policy of rules shows its thought as it goes."""
    task = Task(question, attachment=attachment)
    state = State(task, turns, Buffers(), tuple(map(function, offered)))
    choosing = RulePolicy().choose(state)
    thought = next(choosing)
    with pytest.raises(StopIteration) as done:
        next(choosing)
    decision: Decision = done.value.value
    assert decision.thought == thought
    return decision


def tool_for(question: str, **given: object) -> str:
    decision = choose(question, **given)  # type: ignore[arg-type]
    assert decision.call is not None
    return decision.call.name


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("What is 17% of 2,350?", "python"),
        ("Hi, what is 17% of 2,350?", "python"),
        ("How many days until Christmas?", "python"),
        ("5 miles in km", "python"),
        ("Summarise https://example.org/a(b).", "web_page"),
        ("What's the weather in Oslo tonight?", "web_search"),
        ("latest news about Mars", "web_search"),
        ("Who won the match yesterday?", "web_search"),
        ("What does my rental contract say about pets?", "local_search"),
        ("Hello! What does my rental contract say about pets?", "local_search"),
        ("Thanks for that. Where is the spare key?", "local_search"),
        ("Hi-fi amplifiers: which one did I buy?", "local_search"),
        ("Hello", "answer"),
        ("hi there!", "answer"),
        ("Good morning, how are you?", "answer"),
        ("Thank you very much!!", "answer"),
        ("tell me a joke", "answer"),
        ("Write me a haiku about rain", "answer"),
        ("who are you?", "answer"),
        ("👋", "answer"),
    ],
)
def test_first_choice(question: str, tool: str) -> None:
    assert tool_for(question) == tool


@pytest.mark.parametrize(
    ("question", "offered", "tool"),
    [
        ("What is 17% of 2,350?", ("local_search", "answer"), "local_search"),
        ("latest news", ("local_search", "answer"), "local_search"),
        ("latest news", ("answer",), "answer"),
        ("Read https://example.org", ("answer",), "answer"),
        ("Where is the key?", ("python", "answer"), "answer"),
        ("2 + 2", ("answer",), "answer"),
    ],
)
def test_only_what_is_offered_is_called(question: str, offered: tuple[str, ...], tool: str) -> None:
    assert tool_for(question, offered=offered) == tool


def test_piped_text_is_neither_searched_for_nor_computed_with() -> None:
    assert tool_for("2 + 2", attachment="9 + 9") == "answer"
    assert tool_for("What does it say about news today?", attachment="notes") == "answer"


@pytest.mark.parametrize(
    ("question", "url"),
    [
        ("Read https://example.org/a.html.", "https://example.org/a.html"),
        ("(see http://example.org/?q=1&r=2)", "http://example.org/?q=1&r=2"),
        ("what is https://en.wikipedia.org/wiki/Go_(game)?",
         "https://en.wikipedia.org/wiki/Go_(game)"),
        ('the page "https://example.org" says', "https://example.org"),
    ],
)  # fmt: skip
def test_the_address_without_the_punctuation_around_it(question: str, url: str) -> None:
    decision = choose(question)
    assert decision.call is not None
    assert decision.call.arguments == {"url": url}


def turn(tool: str, text: str, *, error: str | None = None) -> Turn:
    return Turn(0, "", tool, {}, Observation(text, error=error))


def test_a_computed_result_is_the_answer() -> None:
    decision = choose("What is 17% of 2,350?", turns=(turn("python", "399.5"),))
    assert (decision.call, decision.answer) == (None, "17% of 2,350 is 399.5.")


@pytest.mark.parametrize("tool", ["python", "local_search", "web_page", "web_search"])
def test_after_a_failure_or_a_find_an_answerer_is_asked(tool: str) -> None:
    offered = ("python", "web_page", "answer")
    failed = choose("Where is it?", offered=offered, turns=(turn(tool, "no", error="no"),))
    assert failed.call is not None
    assert (failed.call.name, failed.call.arguments) == ("answer", {"model": "answer-1"})
    assert tool in failed.thought
    found = choose("Where is it?", offered=offered, turns=(turn(tool, "in the shed"),))
    assert found.call is not None
    assert found.call.name == "answer"


def test_after_an_answerer_that_failed_the_next_is_asked() -> None:
    failed = turn("answer", "HTTP 500", error="HTTP 500")
    asked = [choose("Hello", turns=(failed,) * tries).call for tries in range(1, 4)]
    assert [call and call.arguments["model"] for call in asked] == [
        "answer-2", "answer-1", "answer-2",
    ]  # fmt: skip


def test_where_the_web_fails_the_files_are_searched() -> None:
    question = "latest news"
    failed = turn("web_search", "offline", error="offline")
    assert tool_for(question, turns=(failed,)) == "local_search"
    assert tool_for(question, turns=(failed, turn("local_search", "found"))) == "answer"


def test_without_an_answerer_what_was_found_is_the_answer() -> None:
    offered = ("local_search",)
    found = choose("Where?", offered=offered, turns=(turn("local_search", "in the shed"),))
    assert found.answer == "in the shed"
    failed = choose("Where?", offered=offered, turns=(turn("local_search", "x", error="x"),))
    assert failed.answer == "No tool that could answer is available."


class Answerer:
    """An answer tool that says which question it was asked."""

    name = "answer"
    description = "answers"
    parameters: JsonObject = {
        "type": "object",
        "properties": {"model": {"enum": ["answer-1"]}},
        "required": ["model"],
    }
    timeout_s = 5.0

    def leaves_machine(self, arguments: JsonObject) -> bool:
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        if "fail" in context.question:
            raise ToolError("out of order")
        return Observation(f"asked: {context.question}")


def run(question: str) -> Trajectory:
    """The real loop with the real python tool."""
    agent = Agent(RulePolicy(), Toolbox([PythonTool(), Answerer()]), orchestrator=ORCHESTRATOR)
    try:
        return agent.run(Task(question))
    finally:
        agent.close()


@pytest.mark.parametrize(
    ("question", "tools", "answer"),
    [
        ("What is 17% of 2,350?", ["python", None], "17% of 2,350 is 399.5."),
        ("What weekday was 20 July 1969?", ["python", None], "20 July 1969 was a Sunday."),
        ("100 F to C", ["python", None], "100 F is 37.777778 C."),
        ("1 / 0", ["python", None],
         "That cannot be computed: ZeroDivisionError: division by zero"),
        ("What weekday was 30 February 2024?", ["answer"],
         "asked: What weekday was 30 February 2024?"),
    ],
)  # fmt: skip
def test_a_whole_run(question: str, tools: list[str | None], answer: str) -> None:
    trajectory = run(question)
    assert trajectory.stop_reason == StopReason.ANSWERED
    assert [turn.tool for turn in trajectory.turns] == tools
    assert trajectory.answer == answer


@pytest.mark.parametrize("question", ["9**9**9", "10**100000"])
def test_what_python_refuses_is_said_and_no_number_is_made_up(question: str) -> None:
    trajectory = run(question)
    assert [turn.tool for turn in trajectory.turns] == ["python", None]
    assert (trajectory.answer or "").startswith("That cannot be computed: ")


def test_an_answerer_that_always_fails_ends_the_run() -> None:
    trajectory = run("please fail")
    assert trajectory.stop_reason == StopReason.FAILED
    assert trajectory.answer is None
