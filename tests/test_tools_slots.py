"""The slots as the policy reads them, and `enhance_reasoning` and `answer` with real experts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from expert_calls import QUESTION, context, expert, prompt_of
from openai_server import OpenAIServer, Reply, streamed
from scripted_searcher import Searcher
from toolbox_calls import problem

from tools.base import Buffers, CodeRun, Observation, Tool, ToolCall, ToolError
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import Expert, ExpertCard
from tools.prices import FREE
from tools.python import PythonTool
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot, parse_program
from tools.toolbox import Toolbox


@pytest.fixture
def python() -> Iterator[Tool]:
    tool = PythonTool()
    yield tool
    tool.close()


# What the policy reads


def test_the_argument_lists_choices_strengths_and_prices(server: OpenAIServer) -> None:
    cheap = expert(server, name="local", price=FREE)
    unknown = EndpointExpert(ExpertCard("x", "m"), Endpoint(server.base_url, "m"))
    slot = AnswerSlot([expert(server, skills="broad\nknowledge"), cheap, unknown])
    assert slot.parameters["required"] == ["model"]
    model = slot.parameters["properties"]["model"]
    assert model["enum"] == list(slot.choices.experts) == ["answer-1", "answer-2", "answer-3"]
    lines = model["description"].splitlines()
    assert lines[0].endswith("Choices: ['answer-1', 'answer-2', 'answer-3'].")
    assert lines[1] == "answer-1: broad knowledge"
    assert lines[3] == "answer-3: no particular strength known"
    assert lines[4:] == [
        "Model | price per million input tokens | price per million output tokens"
        " | average latency",
        "answer-1 | $0.25 | $2 | 27s",
        "answer-2 | $0 | $0 | 27s",
        "answer-3 | ? | ? | ?",
    ]
    assert slot.choices.experts["answer-2"].card.name == "local"
    assert "enough" in slot.description


def test_names_and_numbers_of_choices(server: OpenAIServer, python: Tool) -> None:
    many: list[Expert] = [expert(server, name=f"e{n}") for n in range(6)]
    slots = (SearchSlot(many, [Searcher({})]), ReasonSlot(many, python), AnswerSlot(many))
    assert {slot.name: list(slot.choices.experts) for slot in slots} == {
        "search": ["search-1", "search-2", "search-3"],
        "enhance_reasoning": ["reasoner-1", "reasoner-2", "reasoner-3"],
        "answer": ["answer-1", "answer-2", "answer-3", "answer-4"],
    }


def test_mathematicians_stand_after_the_other_answerers(server: OpenAIServer) -> None:
    many: list[Expert] = [expert(server, name=f"e{n}") for n in range(6)]
    math: list[Expert] = [expert(server, name=f"m{n}") for n in range(3)]
    slot = AnswerSlot(many, math_experts=math)
    aliases = [f"answer-{n}" for n in range(1, 5)] + ["answer-math-1", "answer-math-2"]
    model = slot.parameters["properties"]["model"]
    assert model["enum"] == list(slot.choices.experts) == aliases
    assert slot.choices.experts["answer-math-2"].card.name == "m1"
    assert list(AnswerSlot([], math_experts=math[:1]).choices.experts) == ["answer-math-1"]


def test_a_slot_without_choices_is_a_mistake(server: OpenAIServer, python: Tool) -> None:
    with pytest.raises(ValueError, match="expert"):
        AnswerSlot([])
    with pytest.raises(ValueError, match="searches"):
        SearchSlot([expert(server)], [])


@pytest.mark.parametrize(
    ("expert_leaves", "searcher_leaves", "leaves"),
    [(True, False, True), (False, True, True), (False, False, False)],
)
def test_what_leaves_the_machine(
    server: OpenAIServer, python: Tool, expert_leaves: bool, searcher_leaves: bool, leaves: bool
) -> None:
    chosen = expert(server, leaves_machine=expert_leaves)
    search = SearchSlot([chosen], [Searcher({}), Searcher({}, remote=searcher_leaves)])
    assert search.leaves_machine({"model": "search-1"}) is leaves
    assert ReasonSlot([chosen], python).leaves_machine({"model": "reasoner-1"}) is expert_leaves
    assert AnswerSlot([chosen]).leaves_machine({"model": "answer-1"}) is expert_leaves
    assert AnswerSlot([chosen]).leaves_machine({"model": ["nobody's"]})


# enhance_reasoning


def reason(server: OpenAIServer, python: Tool, *replies: Reply) -> Observation:
    server.script(*replies)
    return ReasonSlot([expert(server)], python).run({"model": "reasoner-1"}, context())


def test_the_program_is_run(server: OpenAIServer, python: Tool) -> None:
    seen = reason(server, python, streamed("Add.\n```python\nprint(20 + 22)\n```\nDone."))
    assert seen.code_runs == (CodeRun("print(20 + 22)", "42\n"),)
    assert seen.text.startswith("Add.") and seen.text.endswith("42")
    assert seen.attempt is None
    assert [line.who for line in seen.usage] == ["gpt-5-mini"]


def test_a_programs_error_is_its_output(server: OpenAIServer, python: Tool) -> None:
    seen = reason(server, python, streamed("```python\nprint(1)\nprint(1 / 0)\n```"))
    assert seen.code_runs[0].code == "print(1)\nprint(1 / 0)"
    assert "ZeroDivisionError" in seen.code_runs[0].output
    assert seen.error is None


def test_analysis_without_a_program_takes_the_outputs_place(
    server: OpenAIServer, python: Tool
) -> None:
    seen = reason(server, python, streamed("It must be Rossini."))
    assert seen.text == "It must be Rossini."
    assert [run.output for run in seen.code_runs] == ["It must be Rossini."]
    assert (seen.attempt, seen.documents) == (None, ())


def test_no_analysis_at_all(server: OpenAIServer, python: Tool) -> None:
    with pytest.raises(ToolError, match=r"reasoner-1 \(gpt-5-mini\) gave an empty") as caught:
        reason(server, python, streamed(" ", tokens=(5, 1)))
    assert caught.value.usage[0].input_tokens == 5


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("```python\nfirst\n```\nbetter:\n```python\nlast\n```", "last"),
        ("```py\na\n```", "a"),
        ("```Python3 \n\n  a\n```", "  a"),
        ("```python\ncut of", "cut of"),
        ("```python\n```", None),
        ("```\nno python\n```", None),
        ("plain", None),
    ],
)
def test_programs_in_a_reply(reply: str, code: str | None) -> None:
    assert parse_program(reply) == code


# answer


def test_the_answer_is_an_attempt(server: OpenAIServer) -> None:
    server.script(streamed("<think>…</think>\nRossini\n", tokens=(30, 5)))
    shown: list[str] = []
    gathered = Buffers(("doc text",), (CodeRun("print(1)", "1"),), ("Bellini",))
    seen = AnswerSlot([expert(server)]).run(
        {"model": "answer-1"}, context(buffers=gathered, emit=shown.append)
    )
    assert seen.text == seen.attempt == "Rossini"
    assert seen.usage[0].cost_usd == pytest.approx((30 * 0.25 + 5 * 2) / 1e6)
    assert "".join(shown).strip() == "Rossini"
    prompt = prompt_of(server)
    assert all(part in prompt for part in (QUESTION, "doc text", "print(1)", "Bellini"))


def test_an_empty_answer_is_an_error(server: OpenAIServer) -> None:
    server.script(streamed("<think>and on, and on", finish="length", tokens=(30, 8_192)))
    with pytest.raises(ToolError, match="empty reply") as caught:
        AnswerSlot([expert(server)]).run({"model": "answer-1"}, context())
    assert caught.value.usage[0].output_tokens == 8_192


def test_a_small_expert_gets_a_small_context(server: OpenAIServer) -> None:
    server.script(streamed("ok"))
    buffers = Buffers(documents=("x" * 9_000,) * 9)
    slot = AnswerSlot([expert(server)], context_chars=1_000)
    slot.run({"model": "answer-1"}, context(buffers=buffers))
    assert len(prompt_of(server)) < 1_500


def test_the_toolbox_runs_a_slot(server: OpenAIServer) -> None:
    server.script(streamed("Ros", "sini"))
    toolbox = Toolbox([AnswerSlot([expert(server)])])
    call = ToolCall("answer", {"model": "answer-1"})
    assert problem(toolbox, call, "answer") is None
    assert problem(toolbox, ToolCall("answer", {"model": "answer-2"}), "answer")
    run, shown = toolbox.call(call, context()), ""
    while True:
        try:
            shown += next(run)
        except StopIteration as end:
            assert (shown, end.value.attempt) == ("Rossini", "Rossini")
            return
