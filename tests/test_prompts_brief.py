"""What the embedded model reads: golden whole prompts, a run's system text, and the context."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from counting_engine import CountingEngine
from golden_files import assert_golden
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.policy import State, Task
from orchestra_cli.prompts.brief import BriefStyle, render_card
from orchestra_cli.prompts.template import ChatTemplate
from orchestra_cli.trajectory import Turn
from prefs.profile import Profile
from tools.accept import AcceptTool
from tools.base import Buffers, CallContext, JsonObject, Observation, Tool
from tools.experts import ExpertCard, ExpertReply
from tools.prices import FlatPrice
from tools.python import PythonTool
from tools.slots import AnswerSlot


@dataclass
class OnPaper:
    """An expert that is read about and never asked."""

    card: ExpertCard

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        raise NotImplementedError


LARGE = ExpertCard(
    "large", "l", skills="72% right;\nbest: law 80%", price=FlatPrice(2.0, 10.0), latency_s=31.4
)
SMALL = ExpertCard("small", "s", skills="41% right", price=FlatPrice(0.1, 0.1), reply_tokens=90.0)
OWN = ExpertCard("my-own", "m", price=FlatPrice(0.0, 0.0), latency_s=2.0, leaves_machine=False)
UNKNOWN = ExpertCard("unknown", "u", skills="says little")
TOOLS: tuple[Tool, ...] = (
    PythonTool(),
    AnswerSlot([OnPaper(card) for card in (LARGE, SMALL, OWN, UNKNOWN)]),
    AcceptTool(),
)
TASK = Task("How far is the Moon, in Earth diameters?")
STATE = State(TASK, turns=(), buffers=Buffers(), functions=(), tools=TOOLS)
PROGRAM = Turn(
    0, "", "python", {"code": "print(384400 / 12742)\n"}, Observation("30.1679485167164\n")
)
SEARCH = Turn(1, "", "local_search", {"query": "Moon"}, Observation("moon.md: 384,400 km away"))
ATTEMPT = Turn(
    2, "", "answer", {"model": "answer-1"}, Observation("30.2", attempt="30.2"), slot="answer-1"
)
REASONED = Turn(
    3, "", "answer", {"model": "answer-2"},
    Observation(long := "First " + "so " * 300 + "it is 31.", attempt=long), slot="answer-2",
)  # fmt: skip
FAILED = Turn(
    4, "", "answer", {"model": "answer-3"},
    Observation("it did not answer", error="it did not answer"), slot="answer-3",
)  # fmt: skip
STATES = {
    "empty": STATE,
    "preference": replace(
        STATE, task=replace(TASK, attachment="a,b\n1,2", preference="Keep costs low.")
    ),
    "gathered": replace(STATE, turns=(PROGRAM, SEARCH)),
    "attempts": replace(STATE, turns=(ATTEMPT, REASONED)),
    "everything": replace(STATE, turns=(PROGRAM, SEARCH, ATTEMPT, REASONED, FAILED)),
    "after_format_error": replace(STATE, format_errors=(("<tool_call>{", "not JSON"),)),
}
REQUIRED: JsonObject = {"required": ["model"]}
TEXT = st.builds(str.__mul__, st.text("ab \n", max_size=9), st.integers(0, 500))


def prompt(state: State, engine: CountingEngine) -> str:
    return ChatTemplate(None).render(BriefStyle().messages(state, engine), ())


def parts(state: State, engine: CountingEngine | None = None) -> list[str]:
    messages = BriefStyle().messages(state, engine or CountingEngine())
    return [message["content"] for message in messages]


@pytest.mark.parametrize("name", STATES)
def test_the_whole_prompt_is_the_golden_one(name: str) -> None:
    assert_golden(f"brief_{name}", prompt(STATES[name], CountingEngine()))


def test_the_system_text_is_the_same_in_every_turn() -> None:
    """Whatever is offered, withheld or tried again: it is evaluated once."""
    turns = (PROGRAM, SEARCH, ATTEMPT, REASONED, FAILED)
    states = [replace(STATE, turns=turns[:count]) for count in range(6)]
    states += [replace(each, withheld=("answer",), force_call=True) for each in states]
    states += [STATES["after_format_error"]]
    assert len({parts(state)[0] for state in states}) == 1


def test_a_turn_more_only_adds_to_what_was_read_before() -> None:
    turns = (PROGRAM, SEARCH, ATTEMPT, REASONED, FAILED)
    users = [parts(replace(STATE, turns=turns[:count]))[1] for count in range(6)]
    assert all(after.startswith(before) for before, after in zip(users, users[1:], strict=False))


def test_each_expert_is_a_line() -> None:
    system = parts(STATE)[0]
    assert "\nanswer-1 large: 72% right; best: law 80%; $4.5; 31 s\n" in system
    assert "\nanswer-2 small: 41% right; $0.034\n" in system


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (LARGE, "large: 72% right; best: law 80%; $4.5; 31 s"),
        (SMALL, "small: 41% right; $0.034"),
        (OWN, "my-own: free; 2 s"),
        (UNKNOWN, "unknown: says little; price unknown"),
        (replace(LARGE, skills="", price=FlatPrice(50.0, 100.0)), "large: $52; 31 s"),
    ],
    ids=["dear", "measured length", "own", "unknown", "no skills"],
)
def test_a_card_is_short(card: ExpertCard, line: str) -> None:
    """$4.5: 1,000 calls of 250 tokens at $2 and 400 at $10 a million."""
    assert render_card(card) == line


def test_a_long_attempt_keeps_its_beginning_and_its_end() -> None:
    line = parts(STATES["attempts"])[1].splitlines()[-1]
    assert line.startswith("answer-2: First so so") and line.endswith("so it is 31.")
    assert " … " in line and len(line) < 430


def test_nothing_is_cut_that_fits() -> None:
    short = replace(REASONED, observation=Observation("x" * 400, attempt="x" * 400))
    assert parts(replace(STATE, turns=(short,)))[1].endswith(f"answer-2: {'x' * 400}")


def test_a_small_context_gets_less_of_each_text() -> None:
    output = replace(PROGRAM, observation=Observation("o" * 1500))
    state = replace(STATE, turns=(output, SEARCH, REASONED))
    sizes = range(1200, 1800, 20)
    lengths = [len(parts(state, CountingEngine(size))[1]) for size in sizes]
    assert lengths == sorted(lengths) and len(set(lengths)) >= 4
    assert lengths[-1] == len(parts(state)[1])
    tight = parts(state, CountingEngine(1200))[1]
    assert TASK.question in tight and "print(384400 / 12742)" in tight


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([PROGRAM, SEARCH, ATTEMPT]), TEXT), max_size=8))
def test_a_prompt_and_its_reply_never_exceed_the_context(drawn: list[tuple[Turn, str]]) -> None:
    turns = []
    for turn, text in drawn:
        attempt = text if turn.slot else None
        arguments = {"code": text} if turn.tool == "python" else turn.arguments
        seen = Observation(text, attempt=attempt)
        turns.append(replace(turn, arguments=arguments, observation=seen))
    engine = CountingEngine(2048)
    text = prompt(replace(STATE, turns=tuple(turns)), engine)
    assert engine.count_tokens(text) + BriefStyle().reply_tokens(engine) <= engine.context_tokens


def test_what_the_cards_say_of_the_best_options_comes_last() -> None:
    """`Worth: answer-2 40, …`, the best first, in right answers of a hundred."""
    aliases = [f"answer-{number}" for number in range(1, 5)]
    cards = dict(zip(aliases, (LARGE, SMALL, OWN, UNKNOWN), strict=True))
    style = BriefStyle(Outlooks(cards, Profile()))
    parameters = {"type": "object", "properties": {"model": {"enum": aliases}}}
    answer = {"name": "answer", "description": "", "parameters": parameters | REQUIRED}
    state = replace(STATE, turns=(PROGRAM,), functions=(answer,))
    system, user = (each["content"] for each in style.messages(state, CountingEngine()))
    plain_system, plain_user = parts(state)
    assert system == plain_system and user.startswith(f"{plain_user}\nWorth: ")
    told = dict(each.split() for each in user.rpartition("Worth: ")[2].split(", "))
    assert set(told) <= set(aliases) and len(told) >= 2
    values = [int(value) for value in told.values()]
    assert values == sorted(values, reverse=True)
