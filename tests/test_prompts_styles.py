"""The two prompt styles: the chat's golden prompts, and what either cuts where a budget ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from counting_engine import CountingEngine
from golden_files import assert_golden
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestra_cli.engines.base import Message
from orchestra_cli.policy import PromptStyle, State, Task
from orchestra_cli.prompts.chat import SYSTEM as CHAT_SYSTEM
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import SYSTEM as TOOLORCHESTRA_SYSTEM
from orchestra_cli.prompts.toolorchestra import (
    ToolOrchestraStyle,
    render_context,
)
from orchestra_cli.trajectory import Turn
from tools.base import Buffers, CodeRun, JsonObject, Observation

CHAT, TOOLORCHESTRA = ChatStyle(), ToolOrchestraStyle()
STYLES = pytest.mark.parametrize("style", [CHAT, TOOLORCHESTRA], ids=["chat", "toolorchestra"])
FUNCTION: JsonObject = {
    "name": "search",
    "description": "Looks things up.",
    "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
}
TASK = Task("How far is the Moon?")
STATE = State(TASK, turns=(), buffers=Buffers(), functions=(FUNCTION,))
CALL_ERROR = ('<tool_call>\n{"name": "serch"}\n</tool_call>', "there is no function serch")


def turn(index: int, text: str, **arguments: object) -> Turn:
    return Turn(index, "thought", "search", arguments, Observation(text))


TURNS = (turn(0, "384,400 km — mean", query="Mond 😀"), turn(1, "no page found", query="moon"))
LONG_TURNS = tuple(turn(i, f"observation {i} " + "o" * 300, query=f"q{i}") for i in range(3))

CHAT_STATES = {
    "chat_empty": (STATE, 32_768),
    "chat_after_tool_turns": (replace(STATE, turns=TURNS), 32_768),
    "chat_after_format_error": (
        replace(STATE, turns=TURNS[:1], format_errors=(CALL_ERROR,)),
        32_768,
    ),
    "chat_trimmed": (replace(STATE, turns=LONG_TURNS), 1024 + 400),
    "chat_trimmed_to_the_newest_head": (replace(STATE, turns=LONG_TURNS), 1024 + 350),
}


@pytest.mark.parametrize("name", CHAT_STATES)
def test_prompt_is_the_golden_one(name: str) -> None:
    state, context_tokens = CHAT_STATES[name]
    assert_golden(name, as_text(CHAT.messages(state, CountingEngine(context_tokens))))


def as_text(messages: tuple[Message, ...]) -> str:
    """Each message under a line that names its role, its calls as JSON."""
    blocks = []
    for message in messages:
        extra = {k: v for k, v in message.items() if k not in ("role", "content")}
        block = f"=== {message['role']}\n{message['content']}\n"
        blocks.append(block + (json.dumps(extra, ensure_ascii=False) + "\n" if extra else ""))
    return "".join(blocks)


WORDS = st.text(max_size=3000)
STATES = st.builds(
    State,
    task=st.builds(Task, WORDS, attachment=WORDS, preference=st.text(max_size=200)),
    turns=st.lists(WORDS, max_size=4).map(lambda ts: tuple(turn(i, t) for i, t in enumerate(ts))),
    buffers=st.builds(
        Buffers,
        documents=st.lists(WORDS, max_size=4).map(tuple),
        code_runs=st.lists(st.builds(CodeRun, WORDS, WORDS), max_size=3).map(tuple),
        attempts=st.lists(WORDS, max_size=3).map(tuple),
    ),
    functions=st.just((FUNCTION,)),
    format_errors=st.lists(st.tuples(WORDS, st.text(max_size=50)), max_size=3).map(tuple),
)


@STYLES
@given(state=STATES, context_tokens=st.integers(512, 40_000))
def test_system_and_problem_are_never_cut(
    style: PromptStyle, state: State, context_tokens: int
) -> None:
    messages = style.messages(state, CountingEngine(context_tokens))
    system = CHAT_SYSTEM if style is CHAT else TOOLORCHESTRA_SYSTEM
    assert messages[0] == {"role": "system", "content": system}
    assert messages[1]["role"] == "user"
    assert state.task.problem_with_preference in messages[1]["content"]
    assert state.task.preference in messages[1]["content"]
    if style is TOOLORCHESTRA:
        assert messages[1]["content"].endswith("\n\nChoose an appropriate tool.")


@STYLES
@given(state=STATES, context_tokens=st.integers(3000, 40_000))
def test_the_prompt_fits_where_cutting_can_make_it_fit(
    style: PromptStyle, state: State, context_tokens: int
) -> None:
    engine = CountingEngine(context_tokens)
    bare = replace(state, turns=tuple(turn(t.index, "") for t in state.turns), buffers=Buffers())
    # Else nothing that may be cut is left.
    room = context_tokens - (1024 if style is CHAT else TOOLORCHESTRA.reply_tokens(engine))
    assume(num_tokens(style.messages(bare, engine), state, engine) + 200 < room)
    assert num_tokens(style.messages(state, engine), state, engine) <= room


def num_tokens(messages: tuple[Message, ...], state: State, engine: CountingEngine) -> int:
    functions = json.dumps(state.functions, ensure_ascii=False)
    calls = "".join(json.dumps(m["tool_calls"]) for m in messages if "tool_calls" in m)
    return engine.count_tokens(functions + calls + "".join(m["content"] for m in messages))


@given(buffers=STATES.map(lambda s: s.buffers), max_tokens=st.integers(0, 6000))
def test_the_context_keeps_its_budget(buffers: Buffers, max_tokens: int) -> None:
    engine = CountingEngine()
    context = render_context(buffers, engine, max_tokens=max_tokens)
    assert engine.count_tokens(context) <= max_tokens + 1  # parts are rounded up one by one


def test_attempts_keep_their_last_8_000_tokens() -> None:
    attempts = Buffers(attempts=("a" * 20_000, "b" * 20_000))
    context = render_context(attempts, CountingEngine(), max_tokens=24_000)
    assert len(context) == 8_000 * 4
    assert context.endswith("a\nAttempt 2: " + "b" * 20_000 + "\n")


def test_programs_and_attempts_keep_their_last_12_000_tokens() -> None:
    work = Buffers(code_runs=(CodeRun("c" * 30_000, "d"),), attempts=("a" * 20_000, "b" * 20_000))
    context = render_context(work, CountingEngine(), max_tokens=24_000)
    assert 11_990 * 4 <= len(context) <= 12_000 * 4
    heading = "\npython code and execution outputs:\n```\n"
    assert context.startswith(heading + "c" * 15_000)
    assert context.endswith("b" * 20_000 + "\n")


def test_everything_keeps_its_last_24_000_tokens() -> None:
    documents = tuple(str(i) * 5_000 for i in range(10, 30))
    work = Buffers(documents, (CodeRun("c" * 30_000, "d"),), ("a" * 20_000, "b" * 20_000))
    context = render_context(work, CountingEngine(), max_tokens=24_000)
    assert 23_980 * 4 < len(context) <= 24_000 * 4
    assert context.startswith("Documents:\n[cut: the last 12 of 20 documents are kept]\n1818")
    assert "Doc 10: 1919" in context
    assert "Doc 20: 2929" in context
    assert context.endswith("b" * 20_000 + "\n")


def test_the_note_counts_every_document_of_which_something_is_kept() -> None:
    documents = tuple(f"{i}" * 400 for i in range(1, 10))
    for max_tokens in range(30, 1_000, 7):
        context = render_context(Buffers(documents), CountingEngine(), max_tokens=max_tokens)
        kept = sum(f"{i}\n\n" in context for i in range(1, 10))
        said = [line for line in context.splitlines() if line.startswith("[cut:")]
        is_whole = "\nDoc 1: " in context
        assert said == ([] if is_whole else [f"[cut: the last {kept} of 9 documents are kept]"])


def test_nothing_is_said_of_a_cut_where_all_documents_fit() -> None:
    context = render_context(Buffers(("one", "two")), CountingEngine(), max_tokens=30)
    assert context == "Documents:\nDoc 1: one\n\nDoc 2: two\n\n"


def test_the_trained_window_holds_the_trained_context_and_the_trained_reply() -> None:
    state = replace(STATE, buffers=Buffers(documents=("d" * 4_000,) * 50))
    engine = CountingEngine(32_768)
    assert TOOLORCHESTRA.reply_tokens(engine) == 8_000
    content = TOOLORCHESTRA.messages(state, engine)[1]["content"]
    assert 23_900 * 4 < len(content) < 24_100 * 4


def test_a_smaller_window_keeps_a_fourth_for_the_reply() -> None:
    state = replace(STATE, buffers=Buffers(documents=("d" * 4_000,) * 50))
    engine = CountingEngine(8_192)
    used = num_tokens(TOOLORCHESTRA.messages(state, engine), state, engine)
    assert TOOLORCHESTRA.reply_tokens(engine) == 2_048
    assert 6_100 < used <= 8_192 - 2_048


def test_the_context_is_cut_to_24_000_tokens_however_much_the_model_holds() -> None:
    state = replace(STATE, buffers=Buffers(documents=("d" * 4_000,) * 50))
    content = TOOLORCHESTRA.messages(state, CountingEngine(1_000_000))[1]["content"]
    assert 23_900 * 4 < len(content) < 24_100 * 4


def test_a_document_is_cut_to_4_000_characters() -> None:
    context = render_context(Buffers(documents=("x" * 9_000,)), CountingEngine(), max_tokens=9_000)
    assert context == "Documents:\nDoc 1: " + "x" * 4_000 + "\n\n"


@STYLES
def test_a_rambling_reply_that_was_no_call_is_shown_by_its_end(style: PromptStyle) -> None:
    errors = tuple((f"{i}" * 8_000 + f" end {i}", "no call") for i in range(3))
    messages = style.messages(replace(STATE, format_errors=errors), CountingEngine(8_192))
    replies = [m["content"] for m in messages if m["role"] == "assistant"]
    assert [len(reply) for reply in replies] == [512 * 4] * 3
    assert [reply[-5:] for reply in replies] == ["end 0", "end 1", "end 2"]


def test_chat_cuts_the_oldest_observations_first_and_short_ones_not_at_all() -> None:
    turns = (turn(0, "o" * 8_000), turn(1, "42"), turn(2, "o" * 8_000), turn(3, "n" * 8_000))
    seen = observations(replace(STATE, turns=turns), context_tokens=1024 + 4_600)
    assert [text[:5] for text in seen] == ["[cut:", "42", "ooooo", "nnnnn"]
    assert [len(text) for text in seen[2:]] == [8_000, 8_000]
    seen = observations(replace(STATE, turns=turns), context_tokens=1024 + 2_600)
    assert [text[:5] for text in seen] == ["[cut:", "42", "[cut:", "nnnnn"]
    assert len(seen[3]) == 8_000


def test_chat_keeps_the_beginning_of_a_newest_observation_that_fills_the_context() -> None:
    huge = "".join(f"line {i}\n" for i in range(10_000))
    (seen,) = observations(replace(STATE, turns=(turn(0, huge),)), context_tokens=8_192)
    head, _, note = seen.rpartition("\n")
    assert huge.startswith(head)
    assert 6_000 * 4 < len(head) < 7_168 * 4
    assert note.startswith("[cut:")


def observations(state: State, *, context_tokens: int) -> list[str]:
    messages = CHAT.messages(state, CountingEngine(context_tokens))
    return [m["content"] for m in messages if m["role"] == "tool"]


def test_chat_shows_every_call_with_its_own_observation() -> None:
    messages = CHAT.messages(replace(STATE, turns=TURNS), CountingEngine())
    calls = {m["tool_calls"][0]["id"]: m["tool_calls"][0] for m in messages if "tool_calls" in m}
    seen = {m["tool_call_id"]: m["content"] for m in messages if m["role"] == "tool"}
    assert list(calls) == list(seen) == ["call_0", "call_1"]
    assert json.loads(calls["call_0"]["function"]["arguments"]) == {"query": "Mond 😀"}
    assert seen["call_1"] == "no page found"
