"""The published model's whole prompts, rendered as its file renders them, byte for byte.

What a model is fed is made of functions, messages and a template, so all of it is pinned: the real
slots with the paper's prices, the toolorchestra style, a template that renders what Qwen3's does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from counting_engine import CountingEngine
from golden_files import assert_golden
from qwen3_template import QWEN3_TEMPLATE
from scripted_searcher import Searcher

from orchestra_cli.config import OrchestratorTable
from orchestra_cli.engines.base import Sampling
from orchestra_cli.orchestrator import load_orchestrator
from orchestra_cli.policy import State, Task
from orchestra_cli.prompts.template import ChatTemplate
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from tools.base import Buffers, CallContext, CodeRun, JsonObject
from tools.experts import ExpertCard, ExpertReply
from tools.prices import FlatPrice
from tools.python import PythonTool
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot


@dataclass
class OnPaper:
    """An expert that is read about and never asked."""

    card: ExpertCard

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        raise NotImplementedError


def on_paper(
    name: str, skills: str, price: tuple[float, float] | None, latency_s: float | None
) -> OnPaper:
    known = None if price is None else FlatPrice(*price)
    return OnPaper(ExpertCard(name, name, skills=skills, price=known, latency_s=latency_s))


GPT_5 = on_paper("gpt-5", "broad knowledge,\nhard reasoning", (1.25, 10), 96)
GPT_5_MINI = on_paper("gpt-5-mini", "quick and mostly right", (0.25, 2), 27)
QWEN3 = on_paper("Qwen3-32B", "general reasoning – naïve at times", (0.8, 0.8), 11)
CODER = on_paper("Qwen2.5-Coder-32B", "writes programs", (0.8, 0.8), 9)
MATH = on_paper("Qwen2.5-Math-72B", "mathematics", (0.9, 0.9), 13)
UNKNOWN = on_paper("my-own", "", None, None)

SLOTS = (
    SearchSlot([GPT_5, GPT_5_MINI, QWEN3], [Searcher({})]),
    ReasonSlot([GPT_5, CODER], PythonTool()),
    AnswerSlot([GPT_5, GPT_5_MINI, UNKNOWN], math_experts=[MATH]),
)
FUNCTIONS: tuple[JsonObject, ...] = tuple(
    {"name": slot.name, "description": slot.description, "parameters": slot.parameters}
    for slot in SLOTS
)
BOOKING: JsonObject = {
    "name": "book_table",
    "description": 'Books a table; says "confirmé" or why not.',
    "parameters": {
        "type": "object",
        "properties": {
            "when": {"type": "string", "format": "date-time"},
            "people": {"type": "integer", "minimum": 1},
            "wishes": {"type": "array", "items": {"enum": ["quiet", "outside", "近窗"]}},
        },
        "required": ["when"],
    },
}

TASK = Task("How far is the Moon, in Earth diameters?")
STATE = State(TASK, turns=(), buffers=Buffers(), functions=FUNCTIONS)
DOCUMENTS = ("The Moon is 384,400 km away.", "Earth's diameter is 12,742 km – at the equator.")
RUNS = (CodeRun("print(384400 / 12742)", "30.17\n"), CodeRun("print(1 / 0)", "ZeroDivisionError"))
ATTEMPTS = ("About 30.", "30.17 Earth diameters.")
LONG = Buffers(
    documents=tuple(f"Document number {i} " + "d" * 300 for i in range(1, 6)),
    code_runs=(CodeRun("print('x' * 80)", "x" * 80), CodeRun("print('y' * 80)", "y" * 80)),
    attempts=("a" * 60,),
)
CALL_ERROR = (
    '<think>\nHm.\n</think>\n\n<tool_call>\n{"name": "serch"}',
    "there is no function serch",
)

STATES = {
    "empty": STATE,
    "documents": replace(STATE, buffers=Buffers(documents=DOCUMENTS)),
    "code": replace(STATE, buffers=Buffers(code_runs=RUNS)),
    "attempts": replace(STATE, buffers=Buffers(attempts=ATTEMPTS)),
    "everything": replace(STATE, buffers=Buffers(DOCUMENTS, RUNS, ATTEMPTS)),
    "documents_over_budget": replace(STATE, buffers=replace(LONG, code_runs=(), attempts=())),
    "code_over_budget": replace(STATE, buffers=replace(LONG, documents=())),
    "everything_over_budget": replace(STATE, buffers=LONG),
    "preference": replace(
        STATE,
        task=replace(TASK, attachment="a,b\n1,2", preference="Keep what I ask on this machine."),
    ),
    "extra_tools": replace(STATE, functions=(*FUNCTIONS, BOOKING)),
    "two_functions_left": replace(STATE, functions=FUNCTIONS[1:]),
    "after_format_error": replace(STATE, format_errors=(CALL_ERROR,)),
}
ROOM_TOKENS = {"documents": 250, "code": 60, "everything": 250}
"""For the context of the states over budget."""


@pytest.mark.parametrize("name", STATES)
def test_the_whole_prompt_is_the_golden_one(name: str) -> None:
    engine = CountingEngine(context_for(name))
    assert_golden(f"toolorchestra_{name}", prompt(STATES[name], engine))


def context_for(name: str) -> int:
    """The trained window, or one that leaves little beside the fixed parts and the reply."""
    if not name.endswith("over_budget"):
        return 32_768
    fixed = json.dumps(FUNCTIONS, ensure_ascii=False) + TASK.question + "Problem: \n\n" * 2
    return (CountingEngine().count_tokens(fixed) + 20 + ROOM_TOKENS[name.split("_")[0]]) * 4 // 3


def prompt(state: State, engine: CountingEngine) -> str:
    messages = ToolOrchestraStyle().messages(state, engine)
    return ChatTemplate(QWEN3_TEMPLATE).render(messages, state.functions)


@pytest.mark.parametrize("name", STATES)
def test_a_prompt_has_the_published_form(name: str) -> None:
    text = prompt(STATES[name], CountingEngine(context_for(name)))
    system, user, *_ = text.split("<|im_start|>")[1:]
    assert system.startswith("system\nYou are good at using tools.\n\n# Tools\n\n")
    lines = system.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
    functions = STATES[name].functions
    assert lines == [
        json.dumps({"type": "function", "function": function}, ensure_ascii=False)
        for function in functions
    ]
    assert '{"name": <function-name>, "arguments": <args-json-object>}' in system
    assert user.startswith("user\nProblem: How far is the Moon, in Earth diameters?\n\n")
    assert user.endswith("\n\nChoose an appropriate tool.<|im_end|>\n")


@pytest.mark.parametrize("name", STATES)
def test_the_reply_begins_with_nothing_of_ours(name: str) -> None:
    """Thinking is on: no `<think>`, open or empty, is put into the model's mouth."""
    text = prompt(STATES[name], CountingEngine(context_for(name)))
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")
    assert "<think>" not in text


def test_the_choices_are_aliases_with_a_line_and_a_row_each() -> None:
    answer = next(f for f in FUNCTIONS if f["name"] == "answer")["parameters"]["properties"]
    assert list(answer) == ["model"]
    aliases = ["answer-1", "answer-2", "answer-3", "answer-math-1"]
    assert answer["model"]["enum"] == aliases
    lines = answer["model"]["description"].splitlines()
    assert lines[0].endswith(f"Choices: {aliases}.")
    assert [line.partition(":")[0] for line in lines[1:5]] == aliases
    assert lines[5] == (
        "Model | price per million input tokens | price per million output tokens | average latency"
    )
    assert lines[6:] == [
        "answer-1 | $1.25 | $10 | 96s",
        "answer-2 | $0.25 | $2 | 27s",
        "answer-3 | ? | ? | ?",
        "answer-math-1 | $0.9 | $0.9 | 13s",
    ]
    assert "gpt-5" not in json.dumps(FUNCTIONS)  # it reads descriptions and prices, no names


def test_the_style_brings_the_sampling_of_its_training() -> None:
    table = OrchestratorTable(model="http://127.0.0.1:9/v1#m", prompt_style="toolorchestra")
    loaded = load_orchestrator(table, fetch=lambda entry: Path(entry.name))
    trained = Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0, repeat_penalty=1.0)
    assert loaded.sampling == trained
