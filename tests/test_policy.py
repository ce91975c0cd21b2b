"""A model as policy: what it is asked, and what its replies are taken for."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from orchestra_cli.engines.base import Completion, Engine, Message, RawCall, Request, Sampling
from orchestra_cli.policy import Decision, ModelPolicy, State, Task
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from tools.base import Buffers, JsonObject, ToolCall, Usage

USED = Usage("orchestrator", input_tokens=7, output_tokens=3, cost_usd=None, latency_s=0.1)
PYTHON: JsonObject = {
    "name": "python",
    "description": "Runs.",
    "parameters": {"type": "object", "properties": {"code": {"type": "string"}}},
}
CALL = '<tool_call>\n{"name": "python", "arguments": {"code": "1"}}\n</tool_call>'
CALLED = ToolCall("python", {"code": "1"})
CUT_OFF = "the reply was cut off before its call was whole: think less, then call a function"
NO_OBJECT = "the text inside <tool_call> is not one JSON object"


@dataclass
class Playing:
    """An engine that says what the test gives it, a few characters at a time."""

    says: Completion
    name: str = "playing"
    context_tokens: int = 4096
    asked: list[Request] = field(default_factory=list)

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        self.asked.append(request)
        for start in range(0, len(self.says.text), 5):
            yield self.says.text[start : start + 5]
        return self.says

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Style:
    """A style of one message."""

    answers_itself: bool
    lists_functions: bool = False
    name: str = "plain"

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        return ({"role": "user", "content": state.task.problem},)


def state_of(question: str = "q", **more: Any) -> State:
    return State(Task(question), (), Buffers(), (PYTHON,), **more)


def decided(
    text: str, *calls: RawCall, answers_itself: bool = True, truncated: bool = False
) -> Decision:
    engine = Playing(Completion(text, USED, calls, truncated))
    policy = ModelPolicy(engine, Style(answers_itself), sampling=Sampling())
    return drained(policy, state_of())[1]


def drained(policy: ModelPolicy, state: State) -> tuple[list[str], Decision]:
    choosing = policy.choose(state)
    pieces: list[str] = []
    try:
        while True:
            pieces.append(next(choosing))
    except StopIteration as done:
        decision: Decision = done.value
    return pieces, decision


@pytest.mark.parametrize("answers_itself", [True, False])
@pytest.mark.parametrize(
    ("text", "thought"),
    [
        (CALL, ""),
        (f"<think>hm</think>{CALL}", "hm"),
        (f"<think>hm{CALL}", "hm"),
        (f"I compute.\n{CALL}\nDone.", "I compute.\n\nDone."),
        (f"<think>hm</think>I compute.{CALL}", "hm"),
        (f'{CALL}<tool_call>{{"name": "second"}}</tool_call>', ""),
        (f"{CALL}<tool_call>malformed</tool_call>", ""),
    ],
    ids=["bare", "thought", "unclosed", "text", "both", "second call", "malformed second"],
)
def test_the_first_call_of_a_reply_is_the_decision(
    text: str, thought: str, answers_itself: bool
) -> None:
    decision = decided(text, answers_itself=answers_itself)
    assert decision == Decision(thought, CALLED, reply=text, usage=(USED,))


def test_a_call_that_was_whole_before_the_reply_was_cut_off_counts() -> None:
    assert decided(f"{CALL}\nand then", truncated=True).call == CALLED


def test_text_is_an_answer_where_the_style_has_answers() -> None:
    decision = decided("<think>hm</think>\nParis.\n")
    assert decision == Decision(
        "hm", answer="Paris.", reply="<think>hm</think>\nParis.\n", usage=(USED,)
    )


@pytest.mark.parametrize(
    ("text", "answers_itself", "truncated", "error"),
    [
        ("Paris.", False, False, "no function was called"),
        ("Paris.", True, True, CUT_OFF),
        ("Paris.", False, True, CUT_OFF),
        ("", True, False, "the reply was empty"),
        ("", False, False, "the reply was empty"),
        ("<think>hm</think> \n", True, False, "the reply was empty"),
        ("<think>hm", True, False, "the reply was empty"),
        ("<think>hm", True, True, CUT_OFF),
        ("<tool_call>{", True, False, NO_OBJECT),
        ("Paris.<tool_call>{", True, False, NO_OBJECT),
        ('<tool_call>{"name": "python", "argum', False, True, CUT_OFF),
        ('<tool_call>{"arguments": {}}', True, False, 'the call has no "name"'),
    ],
)
def test_what_is_neither_call_nor_answer_is_a_format_error(
    text: str, answers_itself: bool, truncated: bool, error: str
) -> None:
    decision = decided(text, answers_itself=answers_itself, truncated=truncated)
    assert (decision.call, decision.answer, decision.error) == (None, None, error)
    assert (decision.reply, decision.usage) == (text, (USED,))


def test_structured_calls_are_read_like_written_ones() -> None:
    calls = (RawCall("python", '{"code": "1"}'), RawCall("python", "{}"))
    decision = decided("<think>hm</think>", *calls, answers_itself=False)
    assert (decision.thought, decision.call, decision.error) == ("hm", CALLED, None)
    assert decided("Let me see.", *calls).thought == "Let me see."


def test_a_malformed_structured_call_is_shown_back_to_the_model() -> None:
    decision = decided("", RawCall("python", '{"code": é'))
    assert decision.error == "python: the arguments are not a JSON object"
    assert decision.reply == (
        '<tool_call>\n{"name": "python", "arguments": "{\\"code\\": é"}\n</tool_call>'
    )
    assert decided("Hm.", RawCall("f", "[]")).reply.startswith("Hm.\n<tool_call>")


def test_the_reply_streams_and_the_engine_gets_all_that_the_state_says() -> None:
    cancelled = threading.Event()
    engine = Playing(Completion(CALL, USED))
    sampling = Sampling(temperature=1.0)
    policy = ModelPolicy(engine, Style(False), sampling=sampling, max_tokens=99)
    state = state_of("How far?", force_call=True, deadline=12.0, cancelled=cancelled)
    pieces, decision = drained(policy, state)
    assert len(pieces) > 3 and "".join(pieces) == CALL
    assert decision.call == CALLED
    assert engine.asked == [
        Request(
            messages=({"role": "user", "content": "How far?"},),
            functions=(PYTHON,),
            max_tokens=99,
            sampling=sampling,
            force_call=True,
            deadline=12.0,
            cancelled=cancelled,
            budget=state.budget,
        )
    ]


@pytest.mark.parametrize("style", [ChatStyle(), ToolOrchestraStyle()], ids=lambda s: str(s.name))
def test_a_format_error_is_told_in_either_style(style: ChatStyle | ToolOrchestraStyle) -> None:
    engine = Playing(Completion("Paris.", USED))
    policy = ModelPolicy(engine, style, sampling=Sampling())
    first = drained(policy, state_of())[1]
    assert (first.answer is not None) is style.answers_itself
    drained(policy, state_of(format_errors=(("I say", "no function was called"),)))
    *_, assistant, user = engine.asked[-1].messages
    assert assistant == {"role": "assistant", "content": "I say"}
    assert user["role"] == "user" and "no function was called" in user["content"]


@pytest.mark.parametrize(
    ("task", "problem", "with_preference"),
    [
        (Task("q"), "q", "q"),
        (Task("q", attachment="a"), "q\n\nInput:\na", "q\n\nInput:\na"),
        (Task("q", preference="p"), "q", "q\n\np"),
        (Task("q", attachment="a", preference="p"), "q\n\nInput:\na", "q\n\nInput:\na\n\np"),
    ],
)
def test_the_task_as_experts_and_as_the_orchestrator_read_it(
    task: Task, problem: str, with_preference: str
) -> None:
    assert (task.problem, task.problem_with_preference) == (problem, with_preference)


def test_a_state_names_what_it_offers() -> None:
    assert state_of().offered == ("python",)
