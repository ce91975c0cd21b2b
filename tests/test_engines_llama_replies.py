"""How a reply can be begun, ended and bounded: openings, marks to stop at, forced and barred calls.

Where a text must come token by token, a small Qwen3 model recites it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from llama_requests import CAT, CAT_REPLY, SEARCH, ask, drain, engine_over, user, works
from qwen3_gguf import call_text, write_reciting

from orchestra_cli.engines.base import EngineError, Sampling
from orchestra_cli.engines.llama import LlamaEngine
from tools.base import JsonObject

THOUGHT = "<think>Which one? The big one.</think>"
TELL: JsonObject = {
    "name": "tell",
    "parameters": {
        "type": "object",
        "properties": {"number": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["number"],
    },
}


@pytest.fixture(scope="module")
def engine(gguf: Path) -> Iterator[LlamaEngine]:
    with engine_over(gguf) as engine:
        yield engine


@pytest.fixture
def reciting(tmp_path: Path) -> Iterator[Callable[[str], LlamaEngine]]:
    made: list[LlamaEngine] = []

    def engine_that_says(text: str) -> LlamaEngine:
        from orchestra_cli.engines.weights import Weights

        path = write_reciting(tmp_path / f"{len(made)}.gguf", text)
        made.append(LlamaEngine(Weights(path, context=512), name="reciting"))
        return made[-1]

    yield engine_that_says
    for engine in made:
        engine.close()


# Openings


def test_an_opening_is_given_and_gone_on_from(engine: LlamaEngine) -> None:
    pieces, completion = drain(engine, user(CAT, opening="The cat", max_tokens=50))
    assert pieces[0] == "The cat"
    assert "".join(pieces) == completion.text == CAT_REPLY
    assert completion.usage.output_tokens == 5
    assert not completion.truncated
    without = drain(engine, user(CAT, max_tokens=1))[1].usage.input_tokens
    assert completion.usage.input_tokens == without + 2


def test_an_opening_is_there_even_where_nothing_was_drawn(engine: LlamaEngine) -> None:
    pieces, completion = drain(engine, user(CAT, opening="The cat", deadline=0.0))
    assert (pieces, completion.text, completion.truncated) == (["The cat"], "The cat", True)


def test_a_forced_call_follows_the_opening(engine: LlamaEngine) -> None:
    text = ask(
        engine,
        "Who won?",
        opening="I do not know.\n\n",
        functions=(SEARCH, TELL),
        force_call=True,
        max_tokens=200,
    )
    before, _, call = text.partition("<tool_call>\n")
    assert before == "I do not know.\n\n"
    assert json.loads(call.removesuffix("\n</tool_call>"))["name"] in ("search", "tell")


# Forced and barred calls


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=2.0, seed=3)])
@pytest.mark.parametrize("name", ["search", "tell"])
def test_a_forced_function_is_the_one_called(
    name: str, sampling: Sampling, engine: LlamaEngine
) -> None:
    request = user(
        "Who won?",
        functions=(SEARCH, TELL),
        force_call=True,
        forced=name,
        max_tokens=300,
        sampling=sampling,
    )
    pieces, completion = drain(engine, request)
    assert "".join(pieces) == completion.text
    assert pieces[0] == f'<tool_call>\n{{"name": "{name}", "arguments":'
    call = json.loads(completion.text.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>"))
    assert call["name"] == name
    assert not completion.truncated
    if name == "tell":
        assert call["arguments"]["number"] in range(1, 10)
        assert completion.usage.output_tokens < 12


def test_a_forced_function_has_the_prompt_of_all(engine: LlamaEngine) -> None:
    options = {"functions": (SEARCH, TELL), "force_call": True, "max_tokens": 1}
    free = drain(engine, user("Who won?", **options))[1].usage.input_tokens
    forced = drain(engine, user("Who won?", forced="tell", **options))[1].usage.input_tokens
    head = engine.count_tokens('{"name": "tell", "arguments":')
    assert forced == free + head


def test_a_forced_function_that_is_not_offered_says_so(engine: LlamaEngine) -> None:
    with pytest.raises(EngineError, match="no function guess is on offer"):
        ask(engine, "Who won?", functions=(SEARCH,), force_call=True, forced="guess")
    assert works(engine)


def test_a_barred_call_is_not_begun(reciting: Callable[[str], LlamaEngine]) -> None:
    engine = reciting(call_text("answer", "answer-1"))
    assert ask(engine, "Hi", max_tokens=1) == "<tool_call>"
    barred = ask(engine, "Hi", no_call=True, max_tokens=1)
    assert barred != "<tool_call>"
    hot = Sampling(temperature=1.0, seed=1)
    assert ask(engine, "Hi", no_call=True, max_tokens=1, sampling=hot) != "<tool_call>"


def test_only_the_first_token_is_barred(reciting: Callable[[str], LlamaEngine]) -> None:
    engine = reciting(f"{THOUGHT}<tool_call>")
    assert ask(engine, "Hi", no_call=True, max_tokens=40) == f"{THOUGHT}<tool_call>"


def test_barring_changes_nothing_of_a_reply_that_calls_nothing(engine: LlamaEngine) -> None:
    assert ask(engine, CAT, no_call=True, max_tokens=50) == CAT_REPLY


# Marks to stop at


def test_a_mark_that_is_one_token(reciting: Callable[[str], LlamaEngine]) -> None:
    engine = reciting(f"{THOUGHT}<tool_call>")
    request = user("Hi", stop_at=("</think>", "<tool_call>"), max_tokens=60)
    pieces, completion = drain(engine, request)
    assert "".join(pieces) == completion.text == THOUGHT
    assert not completion.truncated
    rest = ask(engine, "Hi", opening=THOUGHT, stop_at=("<tool_call>",), max_tokens=60)
    assert rest == f"{THOUGHT}<tool_call>"


def test_a_mark_that_is_drawn_at_once(reciting: Callable[[str], LlamaEngine]) -> None:
    _, completion = drain(reciting(THOUGHT), user("Hi", stop_at=("<think>",), max_tokens=60))
    assert (completion.text, completion.truncated) == ("<think>", False)
    assert completion.usage.output_tokens == 1


@pytest.mark.parametrize(
    ("marks", "text"),
    [
        ((" cat sat on",), "The cat sat on"),
        (("sat", "the mat"), "The cat sat"),
        (("he ca",), "The ca"),  # in the middle of two tokens
        (("The", "The cat"), "The"),
        ((".",), CAT_REPLY),
        (("dog", "catsat"), CAT_REPLY),
    ],
    ids=["over tokens", "the first", "within tokens", "the shortest", "the last", "never"],
)
def test_it_ends_as_soon_as_a_mark_does(
    marks: tuple[str, ...], text: str, engine: LlamaEngine
) -> None:
    pieces, completion = drain(engine, user(CAT, stop_at=marks, max_tokens=50))
    assert "".join(pieces) == completion.text == text
    assert not completion.truncated
    assert works(engine)


def test_a_mark_in_the_opening_is_none(engine: LlamaEngine) -> None:
    assert ask(engine, CAT, opening="The cat", stop_at=("cat",), max_tokens=50) == CAT_REPLY
    assert ask(engine, CAT, opening="The cat", stop_at=("cat sat",), max_tokens=50) == CAT_REPLY


def test_a_cut_before_the_mark_is_a_cut(engine: LlamaEngine) -> None:
    _, completion = drain(engine, user(CAT, stop_at=("mat",), max_tokens=3))
    assert (completion.text, completion.truncated) == ("The cat sat", True)


def test_a_forced_call_that_was_stopped_is_not_closed(engine: LlamaEngine) -> None:
    options = {"functions": (SEARCH,), "force_call": True, "max_tokens": 60}
    _, completion = drain(engine, user("Who won?", stop_at=('"arguments"',), **options))
    assert completion.text == '<tool_call>\n{"name": "search", "arguments"'
    assert not completion.truncated
