"""The slots with experts behind a real loopback server, and the prompts they send."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai_server import OpenAIServer, Reply, refused, streamed

from tools.base import (
    Buffers,
    CallContext,
    CodeRun,
    JsonObject,
    Observation,
    Tool,
    ToolCall,
    ToolError,
    Usage,
)
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert, without_thinking
from tools.expert_prompts import answer_messages, reason_messages, render_context, search_messages
from tools.experts import Expert, ExpertCard
from tools.python import PythonTool
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot, parse_program, parse_queries
from tools.toolbox import Toolbox

QUESTION = "Who wrote the opera that Verdi admired most?"


@dataclass
class Searcher:
    """A searcher over a dict; a query it does not know fails."""

    documents: dict[str, tuple[str, ...]]
    name: str = "local_search"
    description: str = "Searches."
    parameters: JsonObject = field(default_factory=dict)
    timeout_s: float = 5.0
    remote: bool = False
    asked: list[str] = field(default_factory=list)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        return self.remote

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        self.asked.append(arguments["query"])
        if arguments["query"] == "bug":
            raise KeyError("hits")
        if arguments["query"] not in self.documents:
            raise ToolError(f"{self.name} is down", usage=(Usage(self.name, cost_usd=0.01),))
        found = self.documents[arguments["query"]]
        return Observation("found" if found else "nothing there", documents=found)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def python() -> Iterator[Tool]:
    tool = PythonTool()
    yield tool
    tool.close()


def card(name: str = "gpt-5-mini", **more: Any) -> ExpertCard:
    known: dict[str, Any] = {
        "skills": "broad knowledge",
        "price_in_usd_per_mtok": 0.25,
        "price_out_usd_per_mtok": 2.0,
        "latency_s": 27,
    }
    return ExpertCard(name, "m", **known | more)


def expert(server: OpenAIServer, **more: Any) -> EndpointExpert:
    return EndpointExpert(card(**more), Endpoint(server.base_url, "m"))


def context(**more: Any) -> CallContext:
    return CallContext(QUESTION, **{"deadline": time.monotonic() + 20} | more)


def prompt_of(server: OpenAIServer) -> str:
    (message,) = server.requests[-1].body["messages"]
    return str(message["content"])


# The expert


def test_an_expert_shows_its_text_and_not_its_thinking(server: OpenAIServer) -> None:
    shown: list[str] = []
    server.script(
        streamed("<th", "ink>hm</", "think>Ver", "di <t", "oo", thought="ah", tokens=(40, 1_000))
    )
    reply = expert(server).complete([], max_tokens=99, context=context(emit=shown.append))
    assert reply.text == "".join(shown) == "Verdi <too"
    assert len(shown) > 2
    assert (reply.usage.who, reply.usage.input_tokens, reply.usage.output_tokens) == (
        "gpt-5-mini",
        40,
        1_000,
    )
    assert reply.usage.cost_usd == pytest.approx(0.00201)
    assert reply.usage.latency_s > 0


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("a<think>b</think>c", "ac"),
        ("<think>never closed", ""),
        ("opened in the prompt</think>\n\nc", "c"),
        ("a < b <think", "a < b <think"),
        ("<think>a</think>b<think>c</think>d", "bd"),
    ],
)
def test_thinking_is_removed(text: str, visible: str) -> None:
    assert without_thinking(text) == visible


def test_an_unknown_price_makes_the_cost_unknown(server: OpenAIServer) -> None:
    server.script(streamed("x"))
    unpriced = expert(server, price_out_usd_per_mtok=None)
    assert unpriced.complete([], max_tokens=9, context=context()).usage.cost_usd is None


def test_an_expert_that_fails_is_named_and_what_it_cost_is_kept(server: OpenAIServer) -> None:
    server.script(refused(500, "kaputt"))
    with pytest.raises(ToolError, match="^gpt-5-mini: .*kaputt") as caught:
        expert(server).complete([], max_tokens=9, context=context())
    assert caught.value.usage == ()
    server.script(streamed("x" * 40, ending="cut"))
    with pytest.raises(ToolError, match="broke off") as caught:
        expert(server).complete([], max_tokens=9, context=context())
    assert caught.value.usage[0].output_tokens == 10


def test_half_a_reply_is_no_answer(server: OpenAIServer) -> None:
    server.script(streamed("It was not", ending="hang"))
    late = context(deadline=time.monotonic() + 0.2)
    with pytest.raises(ToolError, match="stopped before") as caught:
        expert(server).complete([], max_tokens=9, context=late)
    assert caught.value.usage[0].output_tokens > 0
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    with pytest.raises(ToolError, match="stopped before"):
        expert(server).complete([], max_tokens=9, context=context(cancelled=cancelled))


# What the policy reads


def test_the_argument_lists_choices_strengths_and_prices(server: OpenAIServer) -> None:
    cheap = expert(server, name="local", price_in_usd_per_mtok=0, price_out_usd_per_mtok=0)
    unknown = EndpointExpert(ExpertCard("x", "m"), Endpoint(server.base_url, "m"))
    slot = AnswerSlot([expert(server, skills="broad\nknowledge"), cheap, unknown])
    assert slot.parameters["required"] == ["model"]
    model = slot.parameters["properties"]["model"]
    assert model["enum"] == list(slot.experts) == ["answer-1", "answer-2", "answer-3"]
    lines = model["description"].splitlines()
    assert "- answer-1: broad knowledge" in lines
    assert "- answer-3: no particular strength known" in lines
    assert lines[-4:] == [
        "Model | price per million input tokens | price per million output tokens"
        " | average latency",
        "answer-1 | $0.25 | $2 | 27 s",
        "answer-2 | $0 | $0 | 27 s",
        "answer-3 | ? | ? | ?",
    ]
    assert slot.experts["answer-2"].card.name == "local"
    assert "enough" in slot.description


def test_names_and_numbers_of_choices(server: OpenAIServer, python: Tool) -> None:
    many: list[Expert] = [expert(server, name=f"e{n}") for n in range(6)]
    slots = (SearchSlot(many, [Searcher({})]), ReasonSlot(many, python), AnswerSlot(many))
    assert {slot.name: list(slot.experts) for slot in slots} == {
        "search": ["search-1", "search-2", "search-3"],
        "enhance_reasoning": ["reasoner-1", "reasoner-2", "reasoner-3"],
        "answer": ["answer-1", "answer-2", "answer-3", "answer-4"],
    }


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


# search


def test_each_query_goes_to_each_searcher(server: OpenAIServer) -> None:
    server.script(streamed("<query>verdi</query> <query>opera</query>", tokens=(100, 20)))
    here = Searcher({"verdi": ("a", "b"), "opera": ("b", "c")})
    there = Searcher({"verdi": ("c", "d"), "opera": ()}, name="web_search")
    seen = SearchSlot([expert(server)], [here, there]).run({"model": "search-1"}, context())
    assert here.asked == there.asked == ["verdi", "opera"]
    assert seen.documents == ("a", "b", "c", "d")
    assert seen.text.startswith("Queries: verdi; opera\n")
    assert "[4] d" in seen.text
    assert [(line.who, line.output_tokens) for line in seen.usage] == [("gpt-5-mini", 20)]
    assert QUESTION in prompt_of(server)


@pytest.mark.parametrize(
    ("reply", "queries"),
    [
        ("<query> verdi\nopera </query>", ["verdi opera"]),
        ("<QUERY>a</QUERY><query>a</query><query></query>", ["a"]),
        ("".join(f"<query>{n}</query>" for n in range(5)), ["0", "1", "2"]),
        ("<query>never closed", ["never closed"]),
        ("<query>one<query>two</query>", ["one", "two"]),
        ("\nverdi opera\nbecause", ["verdi opera"]),
        ("x" * 999, ["x" * 300]),
        ("", []),
    ],
)
def test_queries_in_a_reply(reply: str, queries: list[str]) -> None:
    assert parse_queries(reply) == queries


def test_without_any_query_the_question_is_searched(server: OpenAIServer) -> None:
    server.script(streamed("<think>all of it"))
    searcher = Searcher({QUESTION: ("a",)})
    SearchSlot([expert(server)], [searcher]).run({"model": "search-1"}, context())
    assert searcher.asked == [QUESTION]


@pytest.mark.parametrize(
    ("query", "words"), [("unknown", "web_search is down"), ("bug", "KeyError: 'hits'")]
)
def test_one_searcher_that_fails_is_told_of(server: OpenAIServer, query: str, words: str) -> None:
    server.script(streamed(f"<query>{query}</query><query>known</query>"))
    seen = SearchSlot([expert(server)], [Searcher({"known": ("a",)}, name="web_search")]).run(
        {"model": "search-1"}, context()
    )
    assert seen.documents == ("a",)
    assert words in seen.text
    assert seen.error is None


def test_all_searchers_failing_is_an_error_that_keeps_the_bill(server: OpenAIServer) -> None:
    server.script(streamed("<query>unknown</query>", tokens=(100, 20)))
    slot = SearchSlot([expert(server)], [Searcher({}), Searcher({}, name="web_search")])
    with pytest.raises(ToolError) as caught:
        slot.run({"model": "search-1"}, context())
    assert str(caught.value) == "no search worked: local_search is down; web_search is down"
    names = [line.who for line in caught.value.usage]
    assert names == ["gpt-5-mini", "local_search", "web_search"]


def test_to_find_nothing_is_no_error(server: OpenAIServer) -> None:
    server.script(streamed("<query>a</query>"))
    seen = SearchSlot([expert(server)], [Searcher({"a": ()})]).run({"model": "search-1"}, context())
    assert (seen.documents, seen.text) == ((), "Queries: a\nnothing there")


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


def test_the_toolbox_runs_a_slot(server: OpenAIServer) -> None:
    server.script(streamed("Ros", "sini"))
    toolbox = Toolbox([AnswerSlot([expert(server)])])
    call = ToolCall("answer", {"model": "answer-1"})
    assert toolbox.problem_with(call, ["answer"]) is None
    assert toolbox.problem_with(ToolCall("answer", {"model": "answer-2"}), ["answer"])
    run, shown = toolbox.call(call, context()), ""
    while True:
        try:
            shown += next(run)
        except StopIteration as end:
            assert (shown, end.value.attempt) == ("Rossini", "Rossini")
            return


# The prompts


def test_documents_are_cut_and_the_newest_are_kept() -> None:
    buffers = Buffers(documents=tuple(f"<{n}>" + "x" * 9_000 for n in range(20)))
    text = render_context(buffers, max_chars=24_000)
    assert "<19>" in text and "<0>" not in text
    assert max(map(len, text.split("\n\n"))) == 4_000


def test_a_small_budget_shortens_documents_before_it_drops_them() -> None:
    buffers = Buffers(documents=tuple(f"<{n}>" + "x" * 9_000 for n in range(5)))
    text = render_context(buffers, max_chars=3_000)
    assert all(f"<{n}>" in text for n in range(5))


def test_one_huge_output_leaves_room_for_the_rest() -> None:
    runs = (CodeRun("a = 1", "y" * 99_000 + "the end"),)
    text = render_context(Buffers(("doc",), runs, ("z" * 99_000,)), max_chars=6_000)
    assert "doc" in text and "the end" in text and "zzz" in text


def test_nothing_gathered_is_nothing_said() -> None:
    assert render_context(Buffers(), max_chars=24_000) == ""


texts = st.lists(st.text(max_size=400), max_size=5).map(tuple)


@given(
    documents=texts,
    outputs=texts,
    attempts=texts,
    max_chars=st.integers(0, 1_500),
    question=st.text(max_size=3_000),
)
def test_the_budget_holds_and_the_problem_is_whole(
    documents: tuple[str, ...],
    outputs: tuple[str, ...],
    attempts: tuple[str, ...],
    max_chars: int,
    question: str,
) -> None:
    buffers = Buffers(documents, tuple(CodeRun("a", output) for output in outputs), attempts)
    assert len(render_context(buffers, max_chars=max_chars)) <= max_chars
    for render in (search_messages, reason_messages, answer_messages):
        (message,) = render(question, buffers, context_chars=max_chars)
        assert question in message["content"]
        assert len(message["content"]) < len(question) + max_chars + 600


def test_a_small_expert_gets_a_small_context(server: OpenAIServer) -> None:
    server.script(streamed("ok"))
    buffers = Buffers(documents=("x" * 9_000,) * 9)
    slot = AnswerSlot([expert(server)], context_chars=1_000)
    slot.run({"model": "answer-1"}, context(buffers=buffers))
    assert len(prompt_of(server)) < 1_500
